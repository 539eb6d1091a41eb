"""Random draws that are the same on every machine and in every version of Python."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TypeVar

_T = TypeVar("_T")
# What is drawn is part of a study's record: whoever changes the algorithm changes this too.
_ALGORITHM = "NENSegmentation draw 1"
_WORD_BYTES = 8


class Draw:
    """A stream of random numbers: the SHA-256 of a key and a running number.

    Python promises that ``random.random`` stays as it is, but not what ``shuffle`` makes of it.

    Parameters
    ----------
    *key : str or int
        Streams of different keys have nothing to do with each other.
    """

    def __init__(self, *key: str | int) -> None:
        # Lengths keep ("a", "bc") apart from ("ab", "c").
        self._key = "".join(f"{len(text)}:{text}" for text in (_ALGORITHM, *map(str, key))).encode()
        self._drawn = 0

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below ``limit``, each as likely as the others."""
        # Numbers above the largest multiple of the limit would make the small remainders a little more likely.
        usable = (1 << 8 * _WORD_BYTES) // limit * limit
        while True:
            digest = hashlib.sha256(self._key + b"#%d" % self._drawn).digest()
            self._drawn += 1
            word = int.from_bytes(digest[:_WORD_BYTES], "big")
            if word < usable:
                return word % limit

    def shuffled(self, items: Iterable[_T]) -> list[_T]:
        """Return the items in random order (Fisher and Yates), every order as likely as the others."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
