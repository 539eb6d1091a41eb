"""One task after another in several processes, which leave in order when they are told to."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TypeVar

from .errors import PhantomError

Task = TypeVar("Task")
Result = TypeVar("Result")

_TERMINATED = 143


def in_processes(function: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Result]]:
    """Work off tasks, several at a time.

    Close the iterator (`contextlib.closing`) to end the processes early: each is asked to leave (SIGTERM), so that it
    takes away what it has half written, and is waited for.

    Parameters
    ----------
    function : callable
        A function of a module, which takes a task.
    tasks : sequence
        What can be pickled.
    jobs : int
        Number of processes; with 1, all is done in this one.

    Yields
    ------
    int
        Number of a task, as it is done.
    object
        What the function returned.

    Raises
    ------
    PhantomError
        If a process was killed.
    Exception
        What the function raised.
    """
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        for number, task in enumerate(tasks):
            yield number, function(task)
        return
    waiting = deque(enumerate(tasks))
    pool = [_Worker(function) for _ in range(jobs)]
    try:
        for worker in pool:
            worker.give(waiting.popleft())
        while busy := {worker.connection: worker for worker in pool if worker.busy}:
            for connection in wait(list(busy)):
                worker = busy[connection]
                number, result = worker.take()
                if waiting:
                    worker.give(waiting.popleft())
                yield number, result
    finally:
        for worker in pool:
            worker.process.terminate()
        for worker in pool:
            worker.process.join()


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker:
    """A process and the way to it."""

    def __init__(self, function: Callable) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, there = context.Pipe()
        self.process: SpawnProcess = context.Process(target=_work, args=(function, there), daemon=True)
        with _interrupt_ignored():
            self.process.start()
        there.close()
        self.busy = False

    def give(self, task: tuple[int, object]) -> None:
        with _loss_told():
            self.connection.send(task)
        self.busy = True

    def take(self) -> tuple[int, object]:
        self.busy = False
        with _loss_told():
            number, result, error = self.connection.recv()
        if error is not None:
            raise error
        return number, result


@contextmanager
def _loss_told() -> Iterator[None]:
    """Say in words that the other end is gone."""
    try:
        yield
    except (EOFError, OSError) as lost:
        message = "A process that made patients was killed, most often for want of memory. Use fewer --jobs."
        raise PhantomError(message) from lost


@contextmanager
def _interrupt_ignored() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach: the terminal sends it to all, and this one tells the others."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(function: Callable, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    while True:
        try:
            number, task = connection.recv()
        except EOFError:
            # The process that gave the tasks is gone.
            return
        try:
            answer = (number, function(task), None)
        except Exception as error:
            # Raised again where the task came from.
            answer = (number, None, error)
        connection.send(answer)
