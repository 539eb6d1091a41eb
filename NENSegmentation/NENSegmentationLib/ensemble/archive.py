"""A zip of a model, as nnU-Net exports it: unpacked without letting a file out of its folder."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from ..core.zips import DAMAGED, files_in, is_plain_file, leads_outside, unpack_file
from .errors import EnsembleError

_GB = 2**30
# Five folds of nnU-Net's largest networks with their optimizers are about half of it.
_LARGEST_BYTES = 32 * _GB
# Weights hardly shrink; what shrinks a thousand times is no model.
_LARGEST_RATIO = 1000
_NEEDED = ("plans.json", "plans.pkl", "dataset.json", "model.json")


def unpack_model(path: Path, folder: Path) -> None:
    """Unpack what belongs to models.

    Parameters
    ----------
    path : Path
        A zip of nnU-Net, or of a model folder.
    folder : Path
        An empty folder.

    Raises
    ------
    EnsembleError
        If it is no zip or is damaged, unpacks to more than any model, or a name in it leads out of the folder or is a
        link: then nothing is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = files_in(archive)
            for member in members:
                _require_inside(member, path)
            _require_size(members, path)
            for member in filter(_is_needed, members):
                unpack_file(archive, member, folder / member.filename)
    except DAMAGED as error:
        message = f"{path}: the zip is damaged, or packed in a way that is not known. Copy it again."
        raise EnsembleError(message) from error


def _require_inside(member: zipfile.ZipInfo, path: Path) -> None:
    # Names go to the disk as they are: after a colon Windows takes the rest for something else.
    if leads_outside(member.filename) or ":" in member.filename or not is_plain_file(member):
        message = (
            f"{path}: the zip would write outside its folder ({member.filename!r}), so nothing was unpacked. Use a "
            f"model from a source that you trust."
        )
        raise EnsembleError(message)


def _require_size(members: list[zipfile.ZipInfo], path: Path) -> None:
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > _LARGEST_BYTES or size > _LARGEST_RATIO * max(packed, 1 << 10):
        message = f"{path}: the zip unpacks to {size / _GB:.1f} GB, which no model does. Nothing was unpacked."
        raise EnsembleError(message)


def _is_needed(member: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(member.filename).name
    return name in _NEEDED or name.endswith(".pth")
