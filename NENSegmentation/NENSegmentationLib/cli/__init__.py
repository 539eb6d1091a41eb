"""The `nenseg` commands."""
