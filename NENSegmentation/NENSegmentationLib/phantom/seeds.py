"""Random numbers that stay the same when something else about the patient changes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Seeds:
    """The source of every random number of one digital patient.

    Each part of the phantom asks for a stream by its name, so that drawing more numbers for one part (another
    lesion, a finer grid) leaves all the others as they were.

    Parameters
    ----------
    seed : int
        The patient's seed, 0 or more.
    """

    seed: int

    def stream(self, *name: str | int) -> np.random.Generator:
        """Return the stream of one part, for example ``stream("lesions", 3)``.

        PCG64 gives the same numbers on every machine.
        """
        digest = hashlib.sha256("/".join(map(str, name)).encode()).digest()
        words = np.frombuffer(digest[:16], dtype="<u4")
        return np.random.Generator(np.random.PCG64([self.seed, *words.tolist()]))
