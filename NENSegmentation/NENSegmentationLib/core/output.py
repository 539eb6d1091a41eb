"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import NENSegmentationError


class OutputError(NENSegmentationError):
    """A place where the results cannot be written."""


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Write a folder of results that appears by rename when all of it is written.

    Parameters
    ----------
    path : Path
        The folder to make. It may exist only if it is empty.

    Yields
    ------
    Path
        A folder beside ``path`` to write to; it becomes ``path`` on leaving without an error, and is removed otherwise.

    Raises
    ------
    OutputError
        If ``path`` holds something already, or cannot be written.
    """
    path = path.absolute()
    _refuse_if_taken(path)
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.partial-", dir=path.parent))
    try:
        with _writable(path):
            yield partial
            partial.chmod(0o777 & ~_umask())
            if path.is_dir():
                path.rmdir()
            partial.rename(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Write a file that appears by rename when all of it is written.

    Parameters
    ----------
    path : Path
        The file to make. It must not exist.

    Yields
    ------
    Path
        A path with the same suffixes in a folder beside ``path``; it becomes ``path`` on leaving without an error.

    Raises
    ------
    OutputError
        If ``path`` exists, or cannot be written.
    """
    path = path.absolute()
    _refuse_if_taken(path)
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.partial-", dir=path.parent))
    try:
        with _writable(path):
            yield folder / path.name
            (folder / path.name).rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_if_taken(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        message = f"{path}: this exists already, and nothing is overwritten. Name another place, or remove it first."
        raise OutputError(message)


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        message = f"{path}: the results could not be written ({reason}). Free some space or name another place."
        raise OutputError(message) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
