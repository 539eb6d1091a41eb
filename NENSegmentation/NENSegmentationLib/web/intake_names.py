"""Where a file of an upload goes: names of others never reach the disk as they are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ..core.zips import leads_outside
from .errors import WebError

# Windows forbids these in its own names, and zips of old programs hold names in unknown alphabets.
_ODD = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_PART = 64
_LONGEST_NAME = 4096
_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".zip", ".dcm")


class Places:
    """Gives each file a place of its own inside one folder.

    Parameters
    ----------
    depth : int
        Folders in each other, at most.

    Examples
    --------
    >>> places = Places(depth=16)
    >>> str(places.of("Müller, Jan/PET/IM 1.dcm")), str(places.of("M_ller__Jan/PET/im_1.dcm"))
    ('M_ller__Jan/PET/IM_1.dcm', 'M_ller__Jan-2/PET/im_1.dcm')
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._given: dict[tuple[str, ...], PurePosixPath] = {(): PurePosixPath()}
        self._files: set[tuple[str, ...]] = set()
        self._taken: set[str] = set()

    def of(self, name: str) -> PurePosixPath:
        """Return where a file goes.

        Parameters
        ----------
        name : str
            Path and name as a browser or a zip says them.

        Returns
        -------
        PurePosixPath
            Relative, of letters, digits, dots, dashes and underscores only, and different for each name.

        Raises
        ------
        WebError
            If the name leads out of its folder, is none, came before, or is too deep.
        """
        parts = _parts(name)
        if len(parts) > self._depth:
            message = f"{shown(name)}: the file lies in more than {self._depth - 1} folders. Upload its inmost folder."
            raise WebError(message)
        if parts in self._files:
            message = f"{shown(name)}: the name is there twice. Give each file a name of its own."
            raise WebError(message)
        if parts in self._given or any(parts[:length] in self._files for length in range(1, len(parts))):
            message = f"{shown(name)}: the same name is a folder and a file. Give each a name of its own."
            raise WebError(message)
        self._files.add(parts)
        for length in range(1, len(parts) + 1):
            self._give(parts[:length])
        return self._given[parts]

    def _give(self, parts: tuple[str, ...]) -> None:
        if parts in self._given:
            return
        wanted = plain = self._given[parts[:-1]] / _plain(parts[-1])
        number = 1
        # Also where only the case of letters differs, which some disks do not see.
        while str(wanted).casefold() in self._taken:
            number += 1
            suffix = _suffix(plain.name)
            wanted = plain.with_name(f"{plain.name.removesuffix(suffix)}-{number}{suffix}")
        self._taken.add(str(wanted).casefold())
        self._given[parts] = wanted


def shown(name: str) -> str:
    """Return a name as it may stand in a message: on one line, and not too long."""
    short = name if len(name) <= 80 else f"{name[:40]}...{name[-37:]}"
    return repr(short)[1:-1]


def _parts(name: str) -> tuple[str, ...]:
    if leads_outside(name):
        message = (
            f"{shown(name)}: the name leads out of the upload, so nothing was taken. Upload files from a source that "
            "you trust."
        )
        raise WebError(message)
    parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
    if not parts or len(name) > _LONGEST_NAME:
        message = f"{shown(name)}: a file has no name, or one that is too long. Rename it."
        raise WebError(message)
    return parts


def _plain(part: str) -> str:
    """Return a name without anything odd; its suffix stays, since images are told by it."""
    plain = _ODD.sub("_", part)
    suffix = _suffix(plain)
    return plain[: len(plain) - len(suffix)][: _LONGEST_PART - len(suffix)] + suffix


def _suffix(name: str) -> str:
    return next((name[-len(suffix) :] for suffix in _SUFFIXES if name.lower().endswith(suffix)), "")
