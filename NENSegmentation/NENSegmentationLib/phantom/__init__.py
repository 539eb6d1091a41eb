"""The digital patient."""
