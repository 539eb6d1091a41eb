"""A zip of a PET/CT, unpacked without letting a file out of its folder or filling the disk."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from ..core.zips import DAMAGED, files_in, is_plain_file, unpack_file
from .errors import WebError
from .intake_limits import Budget, size_text
from .intake_names import Places, shown

_ENCRYPTED = 0x1


def unpack_zip(path: Path, folder: Path, name: str, budget: Budget) -> None:
    """Unpack a zip. Zips in it stay as they are.

    Parameters
    ----------
    path : Path
        The zip.
    folder : Path
        An empty folder.
    name : str
        What the user calls the zip.
    budget : Budget
        Of the upload.

    Raises
    ------
    WebError
        If it is no zip, is damaged or encrypted, unpacks to too much, or a name in it leads out of the folder or is a
        link. All but damage is told before anything is written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = files_in(archive)
            places = _checked(members, path.stat().st_size, folder, name, budget)
            for member in members:
                # The budget counts what is there, not what the zip says of itself.
                unpack_file(archive, member, folder / places[member], budget.write)
    except DAMAGED as error:
        message = f"{shown(name)}: the zip is damaged, or packed in a way that is not known. Pack it again."
        raise WebError(message) from error


def _checked(
    members: list[zipfile.ZipInfo], packed: int, folder: Path, name: str, budget: Budget
) -> dict[zipfile.ZipInfo, Path]:
    """Return where each member goes, once nothing is wrong with any of them."""
    places = Places(budget.limits.depth)
    placed = {}
    for member in members:
        budget.add_file()
        if not is_plain_file(member):
            message = (
                f"{shown(name)}: the zip holds a link ({shown(member.filename)}), so nothing was taken. Pack the files "
                "themselves."
            )
            raise WebError(message)
        if member.flag_bits & _ENCRYPTED:
            message = f"{shown(name)}: the zip needs a password. Pack it without one."
            raise WebError(message)
        # Not `filename`, which zipfile cuts at a zero byte.
        placed[member] = Path(places.of(member.orig_filename))
    _require_size(sum(member.file_size for member in members), packed, folder, name, budget)
    return placed


def _require_size(size: int, packed: int, folder: Path, name: str, budget: Budget) -> None:
    limits = budget.limits
    if size > limits.free_ratio_bytes and size > limits.ratio * packed:
        message = (
            f"{shown(name)}: {size_text(packed)} unpack to {size_text(size)}, which no PET/CT does, so nothing was "
            "taken. Upload the files themselves."
        )
        raise WebError(message)
    if budget.written + size > limits.unpacked_bytes:
        most = size_text(limits.unpacked_bytes)
        message = f"{shown(name)}: the upload unpacks to more than {most}. Upload the PET/CT of one study."
        raise WebError(message)
    if size > shutil.disk_usage(folder).free:
        message = f"{shown(name)}: the server has no room for the {size_text(size)} in it. Free some space there."
        raise WebError(message)
