from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from NENSegmentationLib.ensemble.child import Child
from NENSegmentationLib.ensemble.errors import EnsembleError

TESTING = str(Path(__file__).parents[1])
LIBRARY = str(Path(__file__).parents[2] / "NENSegmentation")


@pytest.fixture
def a_child(tmp_path, monkeypatch):
    """Return a function that starts a child of `children.py`; it is ended with the test."""
    monkeypatch.setenv("PYTHONPATH", TESTING)
    started = []

    def start(do, **request):
        started.append(Child("ensemble.children", {"do": do, **request}, log=tmp_path / "child.log"))
        return started[-1]

    yield start
    for child in started:
        child.cancel()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] not in "ZX"
    except OSError:
        return False


def ends_within(seconds: float, pid: int) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not is_running(pid)


def test_what_libraries_print_does_not_come_between_the_events(a_child, tmp_path):
    assert list(a_child("print").events()) == [{"event": "done", "answer": "ours"}]
    assert "a library says something" in (tmp_path / "child.log").read_text()


@pytest.mark.parametrize(
    ("do", "message"),
    [
        ("refuse", r"^this does not fit\.$"),
        ("fail", r"ended by itself \(status 1\): ValueError: a fault of the program$"),
        ("run out", "there was too little memory"),
        ("lack", "the ensemble needs PyTorch and nnU-Net, which are not installed"),
        ("die", "was killed, most likely because there was too little memory"),
    ],
)
def test_what_goes_wrong_there_is_one_sentence_here(do, message, a_child):
    with pytest.raises(EnsembleError, match=message) as refused:
        list(a_child(do).events())
    assert "\n" not in str(refused.value)


def test_cancelling_ends_the_whole_tree_within_two_seconds(a_child):
    child = a_child("sleep", grandchild=True)
    grandchild = next(child.events())["pid"]
    start = time.monotonic()
    child.cancel()
    assert ends_within(2 - (time.monotonic() - start), child.pid)
    assert ends_within(2 - (time.monotonic() - start), grandchild)


def test_a_child_that_dies_leaves_no_grandchild(a_child):
    child = a_child("sleep", grandchild=True)
    events = child.events()
    grandchild = next(events)["pid"]
    os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EnsembleError, match="was killed"):
        next(events)
    assert ends_within(2, grandchild)


PARENT = """
import json, sys, time
from NENSegmentationLib.ensemble.child import Child
child = Child("ensemble.children", {"do": "sleep", "grandchild": True, "private": sys.argv[1]})
grandchild = next(child.events())["pid"]
print(json.dumps([child.pid, grandchild]), flush=True)
time.sleep(60)
"""


def test_a_child_lives_no_longer_than_its_parent_and_takes_its_folder_with_it(tmp_path):
    private = tmp_path / "private"
    private.mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([TESTING, LIBRARY])}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(private)], stdout=subprocess.PIPE, env=environment
    ) as parent:
        child, grandchild = (int(part) for part in parent.stdout.readline().strip(b"[]\n").split(b","))
        parent.kill()
        assert ends_within(2, child)
        assert ends_within(2, grandchild)
    assert not private.exists()


def test_polling_does_not_wait(a_child):
    child = a_child("sleep")
    start = time.monotonic()
    assert child.poll() == []
    assert time.monotonic() - start < 0.5


def test_a_child_that_has_ended_before_it_is_asked_is_done(a_child):
    child = a_child("print")
    assert ends_within(30, child.pid)
    time.sleep(0.2)
    assert child.poll() == [{"event": "done", "answer": "ours"}]


def test_it_is_heard_in_an_application_that_keeps_pythons_lock_between_two_looks(a_child):
    # As Slicer does, whose event loop never gives the lock away.
    locked = ctypes.PyDLL(None)
    child, heard = a_child("print"), []
    for _ in range(300):
        locked.usleep(100_000)
        heard += child.poll()
        if heard:
            break
    assert heard == [{"event": "done", "answer": "ours"}]
