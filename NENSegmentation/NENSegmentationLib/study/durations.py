"""Active, idle and paused time of a case, counted from its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from .events import ACTIONS, Event, Kind


class State(str, Enum):
    """What the time of a case counts as."""

    AWAY = "away"
    """The case is not on the screen, or nobody was there to write down that it was: nothing counts."""
    ACTIVE = "active"
    IDLE = "idle"
    PAUSED = "paused"
    DONE = "done"


COUNTED = (State.ACTIVE, State.IDLE, State.PAUSED)

_ENDS_IDLENESS = frozenset({Kind.ACTIVE, Kind.RATED, Kind.REGION_USED, *ACTIONS})


@dataclass(frozen=True)
class Durations:
    """Times of a case (s), each apart; their sum is the time from shown to done."""

    active_s: float
    idle_s: float
    paused_s: float


@dataclass
class Reckoning:
    """Counts time from event to event; whatever lies between two runs of the program does not count.

    Attributes
    ----------
    state : State
        What the time after the last event counts as.
    since_ns : int
        Up to where it is counted, on the clock of ``run``.
    run : str
        The run of the last event.
    spent_ns : dict
        Time counted so far (ns) for active, idle and paused.
    """

    state: State = State.AWAY
    since_ns: int = 0
    run: str = ""
    spent_ns: dict[State, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    def take(self, event: Event) -> None:
        """Count the time up to an event, and note what the time after it counts as."""
        if event.run != self.run:
            self.run, self.since_ns = event.run, event.elapsed_ns
            self.state = State.DONE if self.state is State.DONE else State.AWAY
        if event.kind is Kind.IDLE and self.state is State.ACTIVE:
            self.turn_idle(event.payload["began_ns"])
        self.advance(event.elapsed_ns)
        self.state = self._state_after(event.kind)

    def turn_idle(self, began_ns: int) -> None:
        """Count the time up to when idleness began as active, and what follows as idle."""
        self.advance(max(began_ns, self.since_ns))
        self.state = State.IDLE

    def advance(self, now_ns: int) -> None:
        """Count the time up to now; a clock that was turned back adds nothing and goes on from there."""
        if self.state in self.spent_ns:
            self.spent_ns[self.state] += max(now_ns - self.since_ns, 0)
        self.since_ns = now_ns

    def durations(self) -> Durations:
        """Return the time counted so far."""
        return Durations(*(self.spent_ns[state] / 1e9 for state in COUNTED))

    def _state_after(self, kind: Kind) -> State:
        always = {Kind.SHOWN: State.ACTIVE, Kind.DONE: State.DONE, Kind.OPENED: State.AWAY, Kind.CLOSED: State.AWAY}
        if kind in always and not (self.state is State.DONE and kind in (Kind.OPENED, Kind.CLOSED)):
            return always[kind]
        if kind is Kind.PAUSED and self.state in (State.ACTIVE, State.IDLE):
            return State.PAUSED
        if kind is Kind.RESUMED and self.state is State.PAUSED:
            return State.ACTIVE
        if kind in _ENDS_IDLENESS and self.state is State.IDLE:
            return State.ACTIVE
        return self.state


def durations_of(events: Iterable[Event]) -> Durations:
    """Return the times of a case from its events, in their order."""
    reckoning = Reckoning()
    for event in events:
        reckoning.take(event)
    return reckoning.durations()
