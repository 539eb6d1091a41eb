"""The readings of a store and the chain of hashes that binds each to the study and its events to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace


@dataclass(frozen=True, kw_only=True)
class BegunReading:
    """A reading as the store has it, from the moment it was begun.

    Attributes
    ----------
    number : int
        From 1, in the order in which readings were begun.
    reader, case, arm : str
        Who reads what in which arm; the case by its code name.
    position, block, training
        As in `ReadingRow`.
    begun : str
        UTC, ISO 8601.
    previous, hash : str
        SHA-256 (hex) of the reading before, and of this one; its own is where the chain of its events begins.
    """

    number: int
    reader: str
    case: str
    arm: str
    position: int
    block: int
    training: bool
    begun: str
    previous: str
    hash: str = ""

    def sealed(self) -> BegunReading:
        """Return it with the hash of its content."""
        content = json.dumps(astuple(self)[:-1])
        return replace(self, hash=hashlib.sha256(content.encode()).hexdigest())

    def __str__(self) -> str:
        return f"{self.reader}, case {self.case}, arm {self.arm}"


def genesis(plan: str, made: str) -> str:
    """Return where the chain of readings begins: a hash of the study and of when its store was made."""
    return hashlib.sha256(json.dumps([plan, made]).encode()).hexdigest()


def broken_readings(readings: Sequence[BegunReading], previous: str) -> list[str]:
    """Return a sentence for each reading that is not as it was begun.

    Parameters
    ----------
    readings : sequence of BegunReading
        By their numbers.
    previous : str
        As `genesis` returns it.
    """
    number, said = 0, []
    for reading in readings:
        if reading.number != number + 1 or reading.previous != previous:
            said.append(f"reading {number + 1} (before that of {reading}) was altered or taken out.")
        if reading.sealed() != reading:
            said.append(f"reading {reading.number} ({reading}) was altered after it was begun.")
        number, previous = reading.number, reading.hash
    return said
