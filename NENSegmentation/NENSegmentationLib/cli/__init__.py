"""The `nenseg` commands, one file a command."""

from .main import main

__all__ = ["main"]
