"""Files of unsent events that two programs on one machine find at once."""

from __future__ import annotations

import pytest

from NENSegmentationLib.study import database
from NENSegmentationLib.study.store_chain import BegunReading
from NENSegmentationLib.study.unsent import Unsent

READING = BegunReading(
    number=1, reader="R1", case="C01", arm="A", position=1, block=1, training=False, begun="2026-01-01", previous=""
)


@pytest.fixture
def unsent(tmp_path):
    unsent = Unsent.begin(tmp_path, "0123456789", READING, "fedcba9876")
    yield unsent
    unsent.close()


def test_a_file_that_another_program_has_taken_away_is_removed_all_the_same(unsent):
    unsent.path.unlink()
    unsent.remove()
    assert not unsent.path.exists()


def test_a_file_that_another_program_takes_away_while_it_is_opened_has_left_nothing(unsent, monkeypatch):
    unsent.close()
    connect = database.connect

    def connect_too_late(path):
        connection = connect(path)
        path.unlink()
        return connection

    monkeypatch.setattr(database, "connect", connect_too_late)
    assert Unsent.open(unsent.path) is None
