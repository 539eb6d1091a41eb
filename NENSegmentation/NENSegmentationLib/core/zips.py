"""Zips of others: what every layer that unpacks one looks at first, and how a file comes out of it."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError)
"""What reading a zip raises that is damaged, or packed in a way that is not known."""

_CHUNK_BYTES = 1 << 20
_DRIVE = re.compile(r"[A-Za-z]:")


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the members that are no folders, in their order."""
    return [member for member in archive.infolist() if not member.is_dir()]


def leads_outside(name: str) -> bool:
    """Tell whether a name would lead out of the folder that it is unpacked to, on any system.

    Examples
    --------
    >>> [leads_outside(name) for name in ("a/b", "../b", "/b", "C:b")]
    [False, True, True, True]
    """
    path = name.replace("\\", "/")
    return bool(path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/") or "\0" in path)


def is_plain_file(member: zipfile.ZipInfo) -> bool:
    """Tell whether a member is a file, and no link or device; a zip need not say."""
    return stat.S_IFMT(member.external_attr >> 16) in (0, stat.S_IFREG)


def unpack_file(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, count: Callable[[int], object] | None = None
) -> None:
    """Write a file of a zip, and the folders to it.

    Parameters
    ----------
    archive : ZipFile
        Open.
    member : ZipInfo
        The file in it.
    place : Path
        Where it goes.
    count : callable, optional
        Called with the bytes that are about to be written, which may be more than the zip says; an error in it ends
        the work.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as packed, place.open("wb") as unpacked:
        while chunk := packed.read(_CHUNK_BYTES):
            if count is not None:
                count(len(chunk))
            unpacked.write(chunk)
