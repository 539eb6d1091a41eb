"""Whether the end of SQLite's write-ahead log was torn: SQLite itself passes over that in silence.

The layout is that of https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
"""

from __future__ import annotations

import struct

_HEADER = 32
_FRAME_HEADER = 24
_BIG_ENDIAN_SUMS = 0x377F0683


def is_torn(log: bytes, whole_frames: int) -> bool:
    """Return whether a log goes on after its last committed frame, with something that is not an older log.

    Parameters
    ----------
    log : bytes
        The file; empty if there is none.
    whole_frames : int
        How many frames SQLite took over.

    Returns
    -------
    bool
        A log that was cut off exactly between two transactions cannot be told from one that ends there.
    """
    if not log:
        return False
    if len(log) < _HEADER or not _header_is_whole(log):
        return True
    frame = _FRAME_HEADER + int.from_bytes(log[8:12], "big")
    rest = log[_HEADER + whole_frames * frame :]
    salts = log[16:24]
    of_this_log = (rest[start + 8 : start + 16] == salts for start in range(0, len(rest), frame))
    return len(rest) % frame != 0 or any(of_this_log)


def _header_is_whole(log: bytes) -> bool:
    order = ">" if int.from_bytes(log[:4], "big") == _BIG_ENDIAN_SUMS else "<"
    words = struct.unpack(f"{order}6I", log[:24])
    first = second = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return (first, second) == struct.unpack(">2I", log[24:32])
