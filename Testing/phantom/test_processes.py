from __future__ import annotations

import math
import os
import time
from contextlib import closing

import pytest

from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.processes import in_processes


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_done_once(jobs):
    assert sorted(in_processes(math.factorial, [3, 4, 5], jobs)) == [(0, 6), (1, 24), (2, 120)]


def test_no_task_is_no_work():
    assert list(in_processes(math.factorial, [], 2)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_task_raises_is_raised(jobs):
    with pytest.raises(ValueError, match="not defined for negative values"):
        list(in_processes(math.factorial, [-1, 2], jobs))


def test_a_process_that_is_killed_is_told_of():
    with pytest.raises(PhantomError, match="Use fewer --jobs"):
        list(in_processes(os._exit, [1, 1], 2))


def test_closing_ends_what_still_runs():
    started = time.monotonic()
    with closing(in_processes(time.sleep, [0, 600], 2)) as done:
        assert next(done)[0] == 0
    assert time.monotonic() - started < 60
