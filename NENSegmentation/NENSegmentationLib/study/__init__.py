"""Timed reader studies (not part of this version)."""
