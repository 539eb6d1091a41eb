"""The time and the peak memory of a program with all that it starts (Linux)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PAUSE_S = 0.1


@dataclass(frozen=True)
class Cost:
    """What a program took.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    peak_mb : float
        Largest sum over its processes of their proportional set size: what they share is counted once.
    """

    seconds: float
    peak_mb: float

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(self.seconds + other.seconds, max(self.peak_mb, other.peak_mb))


def cost_of(command: Sequence[str], environment: dict[str, str], log: Path) -> Cost:
    """Run a program to its end.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    environment : dict of str
        Its variables.
    log : Path
        Where what it prints goes.

    Returns
    -------
    Cost

    Raises
    ------
    subprocess.CalledProcessError
        If it fails; the log says why.
    """
    start = time.monotonic()
    peak = 0.0
    with log.open("ab") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process:
        while process.poll() is None:
            peak = max(peak, sum(_proportional_mb(pid) for pid in _tree(process.pid)))
            time.sleep(_PAUSE_S)
    seconds = time.monotonic() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Cost(seconds, peak)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in path.read_text().split()]
    return found


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)
