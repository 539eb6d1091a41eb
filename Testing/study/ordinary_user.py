"""What is refused to an ordinary user: permissions of files hold up nobody who is root, as tests may be."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """Give a folder that everybody may enter, unlike pytest's; what a test does to its permissions is undone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def refused_to_an_ordinary_user(act: Callable[[], object], expected: type[Exception]) -> str:
    """Do something in a process of an ordinary user, and return the words with which it is refused there."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing was refused"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(_NOBODY)
                os.setuid(_NOBODY)
            act()
        except expected as error:
            said = str(error)
        except BaseException as error:
            said = f"another error: {error!r}"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said
