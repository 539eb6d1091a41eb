from __future__ import annotations

import pytest
from study.hand_clock import HandClock

from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.timer import Timer


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "case.journal"


@pytest.fixture
def journal(path, hand):
    with Journal.open(path, "this case", hand.clock()) as journal:
        yield journal


@pytest.fixture
def timer(journal):
    return Timer(journal, idle_after_s=60, heartbeat_s=10)
