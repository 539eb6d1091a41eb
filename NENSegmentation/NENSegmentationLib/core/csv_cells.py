"""Text in CSV files that a spreadsheet must not take for a formula."""

from __future__ import annotations

import re
from typing import TypeVar

_T = TypeVar("_T")

# What a spreadsheet computes, and what would look like such a text with its mark.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MARKED = re.compile(r"'+[=+\-@\t\r]")


def cell(value: _T) -> _T | str:
    """Return a value for a cell: a text that begins like a formula gets an apostrophe before it, numbers stay.

    Parameters
    ----------
    value : object
        Of any type.

    Examples
    --------
    >>> cell("=1+1"), cell("Liver"), cell(-2.5)
    ("'=1+1", 'Liver', -2.5)
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def text_of(written: str) -> str:
    """Return the text that `cell` wrote.

    Examples
    --------
    >>> text_of("'=1+1"), text_of("'s ochtends")
    ('=1+1', "'s ochtends")
    """
    return written[1:] if _MARKED.match(written) else written
