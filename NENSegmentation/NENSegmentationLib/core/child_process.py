"""Programs of this package in processes of their own that speak lines of JSON: what all who start them share."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_PACKAGE_ROOT = Path(__file__).parents[2]


def surroundings(changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of a child that finds this package wherever it lies: in Slicer nobody has installed it.

    Parameters
    ----------
    changed : mapping of str to str, optional
        Variables besides those of this process, or with other values.

    Returns
    -------
    dict of str to str
    """
    paths = [str(_PACKAGE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(changed or {})}


def end_group(pid: int) -> None:
    """End a process that leads a session of its own (POSIX), with all that it has started, at once."""
    # macOS refuses the signal where only processes are left that have ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def events_out() -> Callable[[Mapping[str, Any]], None]:
    """Be the child: take the standard output for events alone.

    Returns
    -------
    callable
        Writes an event as a line of JSON. What libraries print goes to standard error from now on.
    """
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def emit(event: Mapping[str, Any]) -> None:
        output.write(json.dumps(event) + "\n")
        output.flush()

    return emit
