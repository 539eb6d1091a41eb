"""Whether a session of a reader still runs, so that there is never a second one."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import datetime

from .processes import runs

LEASE_S = 120.0
"""A session that has written nothing for so long (s) may be taken over; a reading on the screen writes every 10 s."""


@dataclass(frozen=True)
class Lease:
    """A session that a reader has open.

    Attributes
    ----------
    reader : str
        Who.
    run : str
        The run of its events.
    host : str
        The machine.
    process : int
        Its number there.
    seen : str
        When it last wrote, UTC, ISO 8601.
    """

    reader: str
    run: str
    seen: str
    host: str = field(default_factory=platform.node)
    process: int = field(default_factory=os.getpid)

    def is_held(self, now: datetime) -> bool:
        """Return whether the session may still run.

        One on this machine ends with its process; of one elsewhere only its silence tells. A session that was taken
        over although it ran is refused at its next event, so a wrong answer here costs a sentence and no data.
        """
        silent_s = abs((now - datetime.fromisoformat(self.seen)).total_seconds())
        return silent_s < LEASE_S and (self.host != platform.node() or runs(self.process))
