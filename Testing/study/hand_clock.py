from __future__ import annotations

from datetime import datetime, timedelta, timezone

from NENSegmentationLib.study.clock import Clock
from NENSegmentationLib.study.timer import Timer


class HandClock:
    """Clocks that stand still until a test moves them."""

    def __init__(self) -> None:
        self.elapsed_ns = 1_000_000_000_000
        self.wall = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)

    def clock(self) -> Clock:
        return Clock(lambda: self.elapsed_ns, lambda: self.wall)

    def wait(self, seconds: float) -> None:
        self.elapsed_ns += round(seconds * 1e9)
        self.wall += timedelta(seconds=seconds)

    def wait_ticking(self, timer: Timer, seconds: int) -> None:
        """Let time pass as an interface does: with a tick every second."""
        for _ in range(seconds):
            self.wait(1)
            timer.tick()
