"""Where the server keeps what it has to keep, and what it keeps only while it runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import WebError

JOURNALS, UPLOADS = "journals", "uploads"
_LOCK = "lock"


def default_folder() -> Path:
    """Return where the data of this user lie if nothing else is said."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "nensegmentation"


@contextlib.contextmanager
def uploads_folder(data: Path) -> Iterator[Path]:
    """Make a private folder for what is uploaded while this server runs; it is gone afterwards.

    What a server left that was killed goes as well.

    Parameters
    ----------
    data : Path
        Of the server; made if it is not there, for this user alone.

    Yields
    ------
    Path

    Raises
    ------
    WebError
        If it cannot be made.
    """
    try:
        for folder in (data, data / JOURNALS, data / UPLOADS):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_left(data / UPLOADS)
        # Not in the system's folder for temporary files, which may be memory.
        own = Path(tempfile.mkdtemp(dir=data / UPLOADS))
        lock = (own / _LOCK).open("w")
    except OSError as error:
        message = f"{data}: the folder for the data cannot be made or written ({error.strerror}). Name another: --data."
        raise WebError(message) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)


def _remove_left(uploads: Path) -> None:
    """Remove the folders whose server is no more: a process that ends lets go of its locks, however it ends."""
    for folder in uploads.iterdir():
        with contextlib.suppress(OSError), (folder / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
