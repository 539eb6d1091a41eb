"""Children for tests: `python -m ensemble.children`, told by the request what to do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from NENSegmentationLib.ensemble.child import serve
from NENSegmentationLib.ensemble.errors import EnsembleError


def work(request, emit):
    if "grandchild" in request:
        sleeper = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
        grandchild = subprocess.Popen([sys.executable, "-c", sleeper])
        emit({"event": "started", "pid": grandchild.pid})
    return {"answer": DOINGS[request["do"]]()}


def _print():
    sys.stdout.write("a library says something\n")
    sys.stdout.flush()
    os.write(1, b'{"event": "done", "answer": "a library"}\n')
    return "ours"


def _refuse():
    message = "this does not fit."
    raise EnsembleError(message)


def _fail():
    message = "a fault of the program"
    raise ValueError(message)


def _run_out():
    message = "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
    raise RuntimeError(message)


DOINGS = {
    "print": _print,
    "refuse": _refuse,
    "fail": _fail,
    "run out": _run_out,
    "lack": lambda: (_ for _ in ()).throw(ModuleNotFoundError("no", name="nnunetv2.paths")),
    "die": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "sleep": lambda: time.sleep(60),
}

if __name__ == "__main__":
    serve(work)
