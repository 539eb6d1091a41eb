"""Work beside the loop of a server: what ends it before its time is one line in the log, and a sentence in the page.

The words of an error may name a patient or a file, so that the log has its kind and its place in the code only.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..core.errors import NENSegmentationError

_log = logging.getLogger(__name__)

_MOST_FRAMES = 6
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0

Result = TypeVar("Result")
OnFault = Callable[[], object]

# A loop itself does not keep its tasks alive.
_running: set[asyncio.Task] = set()


def begin(work: Coroutine[object, None, Result], what: str, on_fault: OnFault | None = None) -> asyncio.Task[Result]:
    """Do something beside the loop that runs.

    Parameters
    ----------
    work : coroutine
        Whoever awaits the task gets its result, or its error, as from any task.
    what : str
        What it is, for the log.
    on_fault : callable, optional
        Called without arguments if an error ends it that is no sentence for the user; tells the page.

    Returns
    -------
    asyncio.Task
    """
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(partial(_ended, what, on_fault))
    return task


def keep(work: Callable[[], Awaitable[None]], what: str, on_fault: OnFault | None = None) -> asyncio.Task[None]:
    """Do something until it is cancelled: an error does not end it, but is told, and it begins again a moment later.

    Parameters
    ----------
    work : callable
        Makes the coroutine each time.
    what, on_fault
        As for `begin`.

    Returns
    -------
    asyncio.Task
    """
    return begin(_kept(work, what, on_fault), what, on_fault)


@contextmanager
def noted(what: str, on_fault: OnFault | None = None) -> Iterator[None]:
    """Let an error end here; parameters as for `begin`."""
    try:
        yield
    except Exception as error:
        _note(what, error, on_fault)


def watch_loop() -> None:
    """Let what breaks in the loop that runs, and that nobody waits for, be one line in the log too."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("the loop: an error, %s", "of no kind" if error is None else place(error))

    asyncio.get_running_loop().set_exception_handler(handle)


def place(error: BaseException) -> str:
    """Return the kind of an error and where in the code it was, the innermost line first."""
    frames = [f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in traceback.walk_tb(error.__traceback__)]
    return f"{type(error).__name__} at {' < '.join(frames[: -_MOST_FRAMES - 1 : -1]) or 'an unknown place'}"


async def _kept(work: Callable[[], Awaitable[None]], what: str, on_fault: OnFault | None) -> None:
    pause = _FIRST_PAUSE_S
    while True:
        began = time.monotonic()
        with noted(what, on_fault):
            await work()
            return
        # What fails each time must not fill the log.
        lasted = time.monotonic() - began > _LONGEST_PAUSE_S
        pause = _FIRST_PAUSE_S if lasted else pause
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE_S)


def _ended(what: str, on_fault: OnFault | None, task: asyncio.Task) -> None:
    _running.discard(task)
    error = None if task.cancelled() else task.exception()
    # A sentence for the user is said by whoever waits for the task.
    if error is not None and not isinstance(error, NENSegmentationError):
        _note(what, error, on_fault)


def _note(what: str, error: BaseException, on_fault: OnFault | None) -> None:
    _log.error("%s: an error, %s", what, place(error))
    if on_fault is not None:
        on_fault()
