from __future__ import annotations

import os
import subprocess
import sys

import pytest

from NENSegmentationLib.study.processes import runs, runs_on_windows

NO_SUCH_PROCESS, MAY_NOT = 87, 5
ENDED, STILL_RUNNING = 0, 258


class Kernel:
    """Answers as kernel32 does, with one process, or none that may be opened."""

    def __init__(self, handle: int | None, answer: int = ENDED) -> None:
        self.handle, self.answer, self.closed = handle, answer, []

    def OpenProcess(self, rights, inherit, process):  # noqa: N802
        assert (rights, inherit, process) == (0x00100000, False, 4711)
        return self.handle

    def WaitForSingleObject(self, handle, milliseconds):  # noqa: N802
        assert (handle, milliseconds) == (self.handle, 0)
        return self.answer

    def CloseHandle(self, handle):  # noqa: N802
        self.closed.append(handle)


def test_this_process_runs():
    assert runs(os.getpid())


def test_a_process_that_ended_does_not_run():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not runs(process.pid)


@pytest.mark.parametrize(("error", "expected"), [(NO_SUCH_PROCESS, False), (MAY_NOT, True)])
def test_in_windows_a_process_that_cannot_be_opened_runs_unless_there_is_none(error, expected):
    assert runs_on_windows(4711, Kernel(None), lambda: error) is expected


@pytest.mark.parametrize(("answer", "expected"), [(STILL_RUNNING, True), (ENDED, False)])
def test_in_windows_a_process_that_can_be_opened_says_itself_whether_it_ended(answer, expected):
    kernel = Kernel(8, answer)
    assert runs_on_windows(4711, kernel, lambda: 0) is expected
    assert kernel.closed == [8]
