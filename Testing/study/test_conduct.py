"""What a report says of how its study was made, against the events of a store."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from study.hand_clock import HandClock
from study.study_folder import cases, write_study
from study.test_evaluation_page import Tables

from NENSegmentationLib import __version__
from NENSegmentationLib.study.conduct import Conduct
from NENSegmentationLib.study.conduct_section import conduct_tables
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.order import assignments
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.skipping import SkipReason
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.store_record import StoreRecord
from NENSegmentationLib.study.study_report import report

DAY_S = 86400
MODEL = {"title": "Four folds", "sha256": "ab12" * 16}


def shown(journal, hand, arm, plan, one):
    """Show a case for ten minutes; in the arm of the ensemble its lesions are by a model."""
    rule = {"lesions": [], "warnings": [], **({"ensemble": {"model": MODEL}} if arm == "E" else {})}
    journal.record(Kind.SEGMENTED, blob=b"", method="ensemble" if arm == "E" else "threshold", rule=rule)
    journal.record(Kind.SHOWN, case=one.case, reader=one.reader, idle_after_s=plan.idle_s)
    hand.wait(600)
    journal.record(Kind.HEARTBEAT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report of a crossover of two cases and one for training, and its plan.

    reader-1 reads all, the second period after 30 days; reader-2 skips the first measured case, breaks off the second.
    """
    folder = tmp_path_factory.mktemp("conduct")
    (folder / "model").mkdir()
    for name in ("dataset.json", "plans.json"):
        (folder / "model" / name).write_text("{}")
    arms = [{"name": "T", "method": "threshold"}, {"name": "E", "method": "ensemble", "model": "model"}]
    planned = [*cases(2), *({**one, "training": True} for one in cases(4)[2:])]
    path = write_study(folder, images=False, arms=arms, cases=planned)
    plan, hand = read_plan(path, with_cases=False), HandClock()
    with Store.open(plan.store, plan.identity, hand.clock()) as store:
        for reader in plan.readers:
            read_by(store, plan, reader, hand)
        record = StoreRecord.of(plan, store.recorded())
        conduct = Conduct.of(plan, store.readings(), store.skipped(), record)
        report(store.readings(), plan.title, folder / "out", arms=["T", "E"], conduct=conduct)
    return folder


def read_by(store, plan, reader, hand):
    order = assignments(plan, reader)
    measured = [one for one in order if not one.training]
    for one in order if reader == "reader-1" else measured[:2]:
        if one.block == 2 and not any(row.block == 2 for row in store.readings()):
            hand.wait(30 * DAY_S)
        with store.reading(
            reader, one.case, one.arm, position=one.position, block=one.block, training=one.training
        ) as (journal):
            if reader == "reader-2" and one == measured[0]:
                journal.skip(SkipReason.IMAGES)
                continue
            shown(journal, hand, one.arm, plan, one)
            if reader == "reader-1":
                journal.record(Kind.DONE)


def rows(folder, name):
    with (folder / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts(folder):
    return {row["entry"]: row["value"] for row in rows(folder, "study.csv")}


def page(folder):
    return (folder / "out" / "report.html").read_text("utf-8")


def test_the_page_names_the_design_and_the_arms(folder):
    assert "Cross-over: each reader reads each case in each arm, in 2 periods with 1 block in each." in page(folder)
    assert facts(folder)["Arm T"] == "Readers start from the lesions of the threshold method (method threshold)."
    assert facts(folder)["Cases"] == (
        "2 measured, 0 of them with a truth; 2 for training; read first in each period, and in no result."
    )


def test_an_arm_under_a_code_name_is_said_with_its_method(folder):
    assert "4 finished readings of 2 cases by 1 reader in 2 arms (T: threshold, E: ensemble)" in page(folder)


def test_the_model_is_the_one_that_the_store_names(folder):
    assert facts(folder)["Arm E"].endswith(f"Model: Four folds, SHA-256 {MODEL['sha256']}.")


def test_the_wash_out_is_given_as_planned_and_as_kept(folder):
    rests = rows(folder, "rests.csv")
    assert {(one["reader"], one["case"]) for one in rests} == {("reader-1", "case-01"), ("reader-1", "case-02")}
    days = [float(one["days"]) for one in rests]
    # From the end of a case to the wait, and after it two cases for training: between 20 and 40 minutes.
    assert all(30 < one < 30 + 60 / 1440 for one in days)
    assert facts(folder)["Wash-out"].startswith("Planned: 28 days between two periods. Kept: at least 30.0 days; ")
    assert "median 30.0 days (30.0 to 30.0, n = 2)" in facts(folder)["Wash-out"]


def test_a_wash_out_that_was_not_kept_is_said_to_be_less_than_planned(folder):
    plan = read_plan(folder / "study.toml", with_cases=False)
    with Store.open(plan.store, plan.identity) as store:
        record = StoreRecord.of(plan, store.recorded())
    said = {
        days: conduct_tables(Conduct(plan=replace(plan, washout_days=days), readers=(), record=record))["study.csv"]
        for days in (28, 31)
    }
    found = {days: [row["value"] for row in rows if row["entry"] == "Wash-out"] for days, rows in said.items()}
    assert [found[days][0].endswith("This is less than planned.") for days in (28, 31)] == [False, True]


def test_what_became_of_the_readings_adds_up_to_what_was_planned(folder):
    counts = ("planned", "complete", "broken_off", "skipped", "never_begun", "training_complete", "training_planned")
    by_reader = {row["reader"]: [int(row[name]) for name in counts] for row in rows(folder, "readers.csv")}
    assert by_reader == {"reader-1": [4, 4, 0, 0, 0, 4, 4], "reader-2": [4, 0, 1, 1, 2, 0, 4]}
    (line,) = (row for row in Tables(page(folder)).rows if row[0] == "reader-2" and row[1] == "4")
    assert line[1:7] == ["4", "0", "1", "1", "2", "0 of 4"]


def test_a_skipped_case_is_named_with_its_reason(folder):
    (skipped,) = rows(folder, "skipped.csv")
    assert (skipped["reader"], skipped["reason"]) == ("reader-2", "its PET or CT cannot be read")
    assert f"Skipped: reader-2, {skipped['case']}, arm {skipped['arm']} ({skipped['reason']})." in page(folder)


def test_dates_are_those_on_which_a_case_was_on_the_screen(folder):
    assert facts(folder)["Dates"].startswith("2026-01-01 to 2026-01-31 (UTC")
    assert [row["first"][:10] for row in rows(folder, "readers.csv")] == ["2026-01-01", "2026-01-31"]


def test_the_plan_and_the_head_of_the_store_are_named_by_their_hash(folder):
    plan = hashlib.sha256((folder / "study.toml").read_bytes()).hexdigest()
    assert facts(folder)["Plan"] == f"study.toml, SHA-256 {plan}; order drawn from seed 7"
    last = "SELECT r.hash, (SELECT e.hash FROM events e WHERE e.reading = r.number ORDER BY sequence DESC LIMIT 1)"
    with closing(sqlite3.connect(folder / "study.db")) as store:
        links = store.execute(f"{last} FROM readings r ORDER BY r.number").fetchall()
    head = hashlib.sha256(json.dumps(links).encode()).hexdigest()
    assert f"head SHA-256 {head}." in facts(folder)["Store"]


def test_the_versions_that_read_and_report_are_named(folder):
    said = f"Readings: NENSegmentation {__version__}. This report: NENSegmentation {__version__}."
    assert facts(folder)["Software"] == said


def test_from_a_table_of_readings_what_only_the_store_knows_is_said_not_to_be_known(folder):
    plan = read_plan(folder / "study.toml", with_cases=False)
    with Store.open(plan.store, plan.identity) as store:
        readings = store.readings()
    report(readings, plan.title, folder / "again", conduct=Conduct.of(plan, readings))
    html = (folder / "again" / "report.html").read_text("utf-8")
    assert "Kept: not known from a table of readings." in html
    assert "Skipped: not known from a table of readings; such readings count as broken off." in html


def test_a_split_study_has_no_wash_out(tmp_path):
    path = write_study(tmp_path, images=False, design="split", washout_days=None)
    plan = read_plan(path, with_cases=False)
    with Store.open(plan.store, plan.identity) as store:
        one = assignments(plan, "reader-1")[0]
        with store.reading(one.reader, one.case, one.arm, position=1) as journal:
            journal.record(Kind.DONE)
        conduct = Conduct.of(plan, store.readings(), store.skipped(), StoreRecord.of(plan, store.recorded()))
        report(store.readings(), plan.title, tmp_path / "out", conduct=conduct)
    html = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Split: each reader reads each case once, in one of 2 arms; 1 block." in html
    assert "Wash-out" not in html
    assert "No case was on the screen yet." in html
