"""The browser reader (not part of this version)."""
