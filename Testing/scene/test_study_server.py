"""A reader of a study whose store is on a server of PostgreSQL, and the server goes away."""

from __future__ import annotations

import time

import pytest
from scene.study_cases import FIRST, SECOND, a_study, arm_of, load, opened, until_arm, wait
from sqlalchemy import event
from study.hand_clock import HandClock

from NENSegmentationLib.core.seed_rule import fixed_suv
from NENSegmentationLib.study import backlog
from NENSegmentationLib.study.errors import ServerGoneError
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.order import assignments
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


class Asked:
    """Counts what is asked of a server, and how many rows it sends back."""

    def __init__(self, store):
        self.statements = self.rows = 0
        event.listen(store._database._dialect.engine, "after_cursor_execute", self._count)

    def _count(self, _connection, cursor, statement, *_):
        self.statements += 1
        self.rows += cursor.rowcount if statement.lstrip().startswith("SELECT") else 0


def asked_from_done_to_the_next_case(plan, *, of_others):
    """Let the other reader leave events, and count what R1 asks of the server between two cases."""
    # By a clock that stands still no sign of life is written.
    study = opened(plan, clock=HandClock().clock())
    for one in assignments(study._study.plan, "R2"):
        with study._study.store.reading("R2", one.case, one.arm) as journal:
            for _ in range(of_others):
                journal.record(Kind.HEARTBEAT)
    load(study)
    study.rate(1)
    asked = Asked(study._study.store)
    study.done()
    wait(study)
    study.close()
    return asked.statements, asked.rows


def test_what_is_asked_between_two_cases_does_not_grow_with_what_others_have_done(server, tmp_path):
    counts = []
    for of_others in (0, 50):
        folder = tmp_path / str(of_others)
        plan = a_study(folder, store=server.url(server.new_schema()))
        counts.append(asked_from_done_to_the_next_case(plan, of_others=of_others))
    assert counts[0] == counts[1]
    (_, rows_sent_back), _ = counts
    assert rows_sent_back < 10


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
