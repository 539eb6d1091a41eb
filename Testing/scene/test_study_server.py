"""A reader of a study whose store is on a server of PostgreSQL, and the server goes away."""

from __future__ import annotations

import time

import pytest
from scene.study_cases import FIRST, SECOND, a_study, arm_of, load, opened, until_arm, wait

from NENSegmentationLib.core.seed_rule import fixed_suv
from NENSegmentationLib.study import backlog
from NENSegmentationLib.study.errors import ServerGoneError
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.store import Store

TEN = fixed_suv(10.0)


@pytest.fixture
def plan(server, tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "LOOK_EVERY_S", 0.05)
    return a_study(tmp_path, store=server.url(server.new_schema()))


def rows(plan):
    read = read_plan(plan, with_cases=False)
    with Store.open(read.store, read.identity) as store:
        assert store.verify() == []
        return store.readings()


def read(study):
    if arm_of(study) == "B":
        study.rate(3)
    study.done()


def test_a_case_goes_on_while_the_server_is_away_and_the_next_when_it_is_back(plan, server):
    study = opened(plan)
    until_arm(study, "B", read)
    before = study.standing.done
    study.session.delete_at(FIRST)
    server.stop()
    try:
        study.session.add_seed(SECOND, TEN)
        study.session.undo()
        study.session.redo()
        study.rate(2, "while the server was away")
        study.tick()
        assert study.unsent > 0
        with pytest.raises(ServerGoneError, match="cannot be reached"):
            study.done()
        assert study.session is None
    finally:
        server.start()
    load(study)
    assert study.standing.done == before + 1
    assert study.unsent == 0
    study.close()
    (row,) = [row for row in rows(plan) if row.arm == "B" and row.comment]
    assert (row.done, row.rating, row.deletes, row.adds, row.undos, row.lesions) == (True, 2, 1, 1, 1, 1)


def test_a_case_that_outlasts_the_servers_absence_is_done_on_it(plan, server):
    study = opened(plan)
    load(study)
    server.stop()
    try:
        study.session.add_seed(SECOND, TEN)
    finally:
        server.start()
    until = time.monotonic() + 20
    while study.unsent and time.monotonic() < until:
        time.sleep(0.1)
        study.session.undo()
        study.session.redo()
    assert study.unsent == 0
    read(study)
    wait(study)
    study.close()
    assert sum(row.done for row in rows(plan)) == 1


def test_a_server_that_is_away_at_the_start_is_said_in_one_sentence(plan, server):
    server.stop()
    try:
        with pytest.raises(ServerGoneError, match=r"^PostgreSQL/\w+: the store of this study cannot be reached"):
            opened(plan)
    finally:
        server.start()
