"""A child process that speaks JSON lines: nnU-Net's prints, its memory and its death stay on the other side.

The parent writes one line with the request. The child answers on its standard output with a line an event, each an
object with ``event``; the last one is ``done`` or ``error``. The child lives no longer than its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..core.child_process import end_group, events_out, surroundings
from ..core.errors import NENSegmentationError
from .errors import EnsembleError
from .installed import NOT_INSTALLED, PACKAGES

Event = dict[str, Any]
Emit = Callable[[Event], None]

DONE, ERROR, PROGRESS = "done", "error", "progress"


class Child:
    """A running child process.

    Parameters
    ----------
    module : str
        Of Python, run as a program; it calls `serve`.
    request : dict
        For the child. What is named ``private`` in it is a folder of this work alone: the child removes it if it
        outlives its parent.
    log : Path, optional
        Where its standard error goes; nowhere if not given.
    environment : dict of str, optional
        Variables besides those of this process.
    """

    def __init__(
        self, module: str, request: Event, *, log: Path | None = None, environment: dict[str, str] | None = None
    ) -> None:
        with open(log or os.devnull, "ab") as errors:  # noqa: PTH123 - os.devnull is no path of a folder
            self._process = subprocess.Popen(
                [python_executable(), "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=surroundings(environment),
                start_new_session=True,
            )
        self._log = log
        self._events: queue.Queue[Event | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        with contextlib.suppress(BrokenPipeError):
            # The pipe stays open: the child ends when it closes, which it does at the latest when this process ends.
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def poll(self) -> list[Event]:
        """Return the events that came since the last call, without waiting.

        Raises
        ------
        EnsembleError
            What went wrong there, or that the process ended by itself.
        """
        events = []
        with contextlib.suppress(queue.Empty):
            # After the last event comes the end of the process, which is no fault then.
            while not events or events[-1]["event"] != DONE:
                events.append(self._checked(self._events.get_nowait()))
        return events

    def events(self) -> Iterator[Event]:
        """Wait for each event until the work is done; errors as in `poll`."""
        while True:
            event = self._checked(self._events.get())
            yield event
            if event["event"] == DONE:
                return

    def cancel(self) -> None:
        """End the process and all that it has started, at once; what it was writing is replaced by rename only."""
        _end(self._process)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                self._events.put(json.loads(line))
        self._process.wait()
        self._events.put(None)

    def _watch(self) -> None:
        """Take away what a process that died has started: it would hold the pipe open, and nobody would hear."""
        self._process.wait()
        _end(self._process)

    def _checked(self, event: Event | None) -> Event:
        if event is None:
            raise EnsembleError(_death(self._process.returncode, self._log))
        if event["event"] == ERROR:
            raise EnsembleError(event["message"])
        return event


def serve(work: Callable[[Event, Emit], Event]) -> None:
    """Be the child: read the request, do the work, say what comes of it.

    Parameters
    ----------
    work : callable
        Takes the request and a function that emits events; returns what is added to the event ``done``.
    """
    emit = events_out()
    request = json.loads(sys.stdin.readline())
    # Processes that are forked later close their sys.stdin, for which they would wait for a thread that reads it.
    lifeline = os.dup(sys.stdin.fileno())
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - as long as the process lives
    threading.Thread(target=_end_with_parent, args=(lifeline, request.get("private")), daemon=True).start()

    try:
        emit({"event": DONE, **work(request, emit)})
    except NENSegmentationError as error:
        emit({"event": ERROR, "message": str(error)})
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES:
            raise
        emit({"event": ERROR, "message": NOT_INSTALLED})
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        emit({"event": ERROR, "message": OUT_OF_MEMORY})


OUT_OF_MEMORY = "there was too little memory. Close other programs, or use a machine with more."


def python_executable() -> str:
    """Return the program that runs Python: in Slicer not the application itself, but PythonSlicer beside it."""
    if Path(sys.executable).stem.lower().startswith("python"):
        return sys.executable
    found = shutil.which("PythonSlicer")
    if found is None:
        message = "PythonSlicer was not found beside Slicer. Install Slicer again, or predict from the command line."
        raise EnsembleError(message)
    return found


def _end_with_parent(lifeline: int, private: str | None) -> None:
    while os.read(lifeline, 1):
        pass
    if private is not None:
        shutil.rmtree(private, ignore_errors=True)
    if os.name == "posix":
        os.killpg(os.getpgid(0), signal.SIGKILL)
    os._exit(1)


def _end(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        end_group(process.pid)
        return
    taskkill = shutil.which("taskkill")
    if taskkill is None:
        process.kill()
        return
    subprocess.run([taskkill, "/F", "/T", "/PID", str(process.pid)], check=False, capture_output=True)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: PyTorch says so in words only, in each of its allocators' own."""
    return isinstance(error, MemoryError) or "memory" in str(error).lower()


def _death(code: int, log: Path | None) -> str:
    if os.name == "posix" and code == -signal.SIGKILL:
        return f"the process of the network was killed, most likely because {OUT_OF_MEMORY}"
    lines = log.read_text("utf-8", "replace").split("\n") if log is not None and log.is_file() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it left no word")
    return f"the process of the network ended by itself (status {code}): {last}"
