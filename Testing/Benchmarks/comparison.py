"""A comparison with a named peer, measured in the same run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Comparison:
    """Our figure beside a peer's, and the ratio that is demanded.

    Attributes
    ----------
    name : str
        What was measured.
    ours, theirs : float
        Seconds, or the ``unit`` given.
    peer : str
        Whom ours is compared with.
    at_least : float
        Demanded ratio ``theirs / ours``.
    unit : str
        Of ``ours`` and ``theirs``.
    """

    name: str
    ours: float
    peer: str
    theirs: float
    at_least: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """How many times better than the peer."""
        return self.theirs / self.ours

    @property
    def holds(self) -> bool:
        """Whether the demand is met."""
        return self.ratio >= self.at_least

    def __str__(self) -> str:
        verdict = "holds" if self.holds else "FAILS"
        return (
            f"| {self.name} | {self.ours:.4g} {self.unit} | {self.peer} | {self.theirs:.4g} {self.unit} | "
            f"{self.ratio:.1f} | {self.at_least:g} | {verdict} |"
        )


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """Return the shortest time of several rounds in seconds: the one least disturbed by the rest of the machine."""
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        made = work()
        seconds.append(perf_counter() - start)
        del made
    return min(seconds)
