"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    refuse_if_taken(path)
    with _partial_beside(path) as partial:
        yield partial
        partial.chmod(0o777 & ~_umask())
        if path.is_dir():
            path.rmdir()
        partial.rename(path)


@contextmanager
def new_files(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Write files that appear by rename when all of them are written.

    Parameters
    ----------
    *paths : Path
        The files to make, all in one folder. None of them may exist.

    Yields
    ------
    tuple of Path
        Paths with the same names in a folder beside them; they become ``paths`` on leaving without an error.

    Raises
    ------
    OutputError
        If one of ``paths`` exists, or cannot be written.
    """
    paths = tuple(path.absolute() for path in paths)
    for path in paths:
        refuse_if_taken(path, folder=False)
    with _partial_beside(paths[0]) as partial:
        written = tuple(partial / path.name for path in paths)
        yield written
        for number, (one, path) in enumerate(zip(written, paths, strict=True)):
            try:
                one.rename(path)
            except OSError:
                for earlier in paths[:number]:
                    earlier.unlink()
                raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Write one file that appears by rename when all of it is written; see `new_files`."""
    with new_files(path) as (partial,):
        yield partial


def rewrite(path: Path, text: str) -> None:
    """Write a file anew in one step: a kill leaves it as it was or as it is meant.

    Parameters
    ----------
    path : Path
        There already or not; its folder is there.
    text : str
        Written as UTF-8.

    Raises
    ------
    OutputError
        If it cannot be written; the file is as it was then.
    """
    path = path.absolute()
    partial = path.with_name(f".{path.name}.partial")
    with _said_of(path):
        partial.write_text(text, "utf-8")
        partial.replace(path)


def refuse_if_taken(path: Path, *, folder: bool = True) -> None:
    """Make sure, before work begins, that its results would replace nothing.

    Parameters
    ----------
    path : Path
        Where the results are to be.
    folder : bool
        Whether they are a folder, which may be there if it is empty.

    Raises
    ------
    OutputError
        If there is something at ``path``, or it cannot be looked at.
    """
    with _said_of(path.absolute()):
        if folder and path.is_dir() and not any(path.iterdir()):
            return
        taken = path.exists() or path.is_symlink()
    if taken:
        message = f"{path}: this exists already, and nothing is overwritten. Name another place, or remove it first."
        raise OutputError(message)


@contextmanager
def _partial_beside(path: Path) -> Iterator[Path]:
    """Make a folder beside ``path`` to write to; it is gone afterwards, and so are new parents if they are empty."""
    new_parents = [parent for parent in path.parents if not parent.exists()]
    # Named before it is made, so that a signal in between leaves nothing behind.
    partial = path.parent / f".{path.name}.partial-{secrets.token_hex(8)}"
    try:
        with _said_of(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.mkdir(mode=0o700)
        with _said_of(path):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in new_parents:
            with suppress(OSError):
                parent.rmdir()


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Say in words what the disk refuses; an error about a file elsewhere is not about the results, and goes on."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and not Path(str(error.filename)).absolute().is_relative_to(path.parent):
            raise
        message = f"{path}: the results could not be written ({_reason(error)}). Free some space or name another place."
        raise OutputError(message) from error


def _reason(error: BaseException | None) -> str:
    """Return what the system says; a library may have wrapped it in an error of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return os.strerror(error.errno)
        error = error.__cause__ or error.__context__
    return "the system does not say why"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
