"""What the processes of the reader log: their own words, in which no patient is named."""

from __future__ import annotations

import logging
import sys

_OWN = __name__.partition(".")[0]


def log_to_stderr() -> None:
    """Log what this package says, and of all others only warnings: trame tells every value that the page shows."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger(_OWN).setLevel(logging.INFO)
