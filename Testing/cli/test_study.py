"""The command that plans reader studies."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from ensemble.tiny_model import write_tiny_model
from study.hand_clock import HandClock
from study.postgresql_server import DATABASE, GUARDED, PASSWORD
from study.study_folder import ARMS, cases, write_dicom, write_image, write_study

from NENSegmentationLib.study.clock import now_utc
from NENSegmentationLib.study.order import assignments
from NENSegmentationLib.study.plan import Method
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.skipping import SkipReason
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.timer import Timer

SIMULATED = [{"name": f"case-{n:03}", "path": f"cases/{n}.nrrd"} for n in range(1, 5)]


@pytest.fixture
def cohort(tmp_path) -> Path:
    """Three cases of images, the first with lesions beside it and the second with a truth, and a folder without."""
    folder = tmp_path / "cohort"
    for number, name in enumerate(("anna", "bert", "carl"), 1):
        write_image(folder / name / "pet.nrrd", number)
        write_image(folder / name / "ct.nrrd", 0)
    write_image(folder / "anna" / "lesions.nii.gz", 0)
    write_image(folder / "bert" / "truth" / "reference.nii.gz", 0)
    (folder / "notes").mkdir()
    (folder / "notes" / "read.me").write_text("nothing")
    return folder


def test_a_plan_begins_with_the_cases_of_a_folder_under_code_names(nenseg, cohort, tmp_path):
    done = nenseg("study", "init", cohort, "--out", tmp_path / "study.toml")
    assert (done.status, done.err) == (0, "")
    plan = read_plan(tmp_path / "study.toml")
    assert [case.name for case in plan.cases] == ["case-01", "case-02", "case-03"]
    assert [case.path.parent.name for case in plan.cases] == ["anna", "bert", "carl"]
    assert [case.ct is not None for case in plan.cases] == [True] * 3
    assert [case.truth is not None for case in plan.cases] == [False, True, False]
    assert [arm.method for arm in plan.arms] == [Method.THRESHOLD, Method.BLANK]


def test_paths_of_a_new_plan_move_with_its_folder(nenseg, cohort, tmp_path):
    nenseg("study", "init", cohort, "--out", tmp_path / "study.toml")
    assert 'path = "cohort/anna/pet.nrrd"' in (tmp_path / "study.toml").read_text()
    nenseg("study", "init", cohort / ".." / "cohort", "--out", tmp_path / "other" / ".." / "beside.toml")
    assert 'path = "cohort/anna/pet.nrrd"' in (tmp_path / "beside.toml").read_text()
    nenseg("study", "init", cohort, "--out", tmp_path / "elsewhere" / "study.toml")
    assert f'path = "{cohort / "anna" / "pet.nrrd"}"' in (tmp_path / "elsewhere" / "study.toml").read_text()


def test_whether_lesions_are_truth_is_left_to_the_user(nenseg, cohort, tmp_path):
    nenseg("study", "init", cohort, "--out", tmp_path / "study.toml")
    text = (tmp_path / "study.toml").read_text()
    assert '# truth = "cohort/anna/lesions.nii.gz"\n# prepared = "cohort/anna/lesions.nii.gz"\n' in text


def test_a_model_makes_the_second_arm_an_ensemble(nenseg, cohort, tmp_path):
    model = write_tiny_model(tmp_path / "model")
    done = nenseg("study", "init", cohort, "--model", model, "--out", tmp_path / "study.toml")
    assert done.status == 0
    assert read_plan(tmp_path / "study.toml").arms[1].model == model
    assert nenseg("study", "check", tmp_path / "study.toml").status == 0


def test_a_folder_of_dicom_is_a_case(nenseg, tmp_path):
    for name in ("one", "two"):
        write_dicom(tmp_path / "cohort" / name / "PET", f"1.2.{len(name)}.{name.find('o')}")
    assert nenseg("study", "init", tmp_path / "cohort", "--out", tmp_path / "study.toml").status == 0
    assert [case.path.name for case in read_plan(tmp_path / "study.toml").cases] == ["one", "two"]


def test_each_plan_has_a_seed_of_its_own_unless_it_is_given(nenseg, cohort, tmp_path):
    seeds = set()
    for name in ("a.toml", "b.toml"):
        seeds.add(json.loads(nenseg("study", "init", cohort, "--out", tmp_path / name, "--json").out)["seed"])
    nenseg("study", "init", cohort, "--seed", "5", "--out", tmp_path / "c.toml")
    assert len(seeds) == 2
    assert read_plan(tmp_path / "c.toml").seed == 5


def test_a_plan_is_never_overwritten(nenseg, cohort, tmp_path):
    (tmp_path / "study.toml").write_text("mine")
    done = nenseg("study", "init", cohort, "--out", tmp_path / "study.toml")
    assert (done.status, (tmp_path / "study.toml").read_text()) == (2, "mine")
    assert "this exists already, and nothing is overwritten" in done.err


def test_a_folder_that_is_not_there_is_refused(nenseg, tmp_path):
    done = nenseg("study", "init", tmp_path / "none", "--out", tmp_path / "study.toml")
    assert (done.status, done.err) == (
        2,
        f"nenseg: {tmp_path / 'none'}: there is no such folder. Give the folder that holds a folder for each case.\n",
    )


def test_a_folder_without_cases_is_refused(nenseg, cohort, tmp_path):
    done = nenseg("study", "init", cohort / "anna", "--out", tmp_path / "study.toml")
    assert (done.status, done.err) == (
        2,
        f"nenseg: {cohort / 'anna'}: no folder in it holds DICOM files or a pet.nrrd. Give the folder that holds a "
        "folder for each case.\n",
    )


def test_a_seed_is_a_whole_number(nenseg, cohort, tmp_path):
    done = nenseg("study", "init", cohort, "--seed", "x", "--out", tmp_path / "study.toml")
    assert done.status == 2
    assert "argument --seed: 'x' is no whole number of 0 or more." in done.err


def test_a_sound_plan_is_summed_up(nenseg, tmp_path):
    path = write_study(tmp_path)
    assert nenseg("study", "check", path).out.splitlines() == [
        f"{path}: Threshold against blank",
        "Cases: 4; for training: 0; of both with a truth: 0",
        "Arms: A (threshold), B (blank)",
        "Design: crossover; periods: 2, days between: 28; blocks in a period: 1",
        "Readers: 2; readings of each: 8",
        "Nothing is wrong with it.",
    ]


def test_every_fault_of_a_plan_is_said_on_a_line_of_its_own(nenseg, tmp_path):
    path = write_study(tmp_path, seed=None, cases=[*cases(3), {"name": "case-04", "path": "none.nrrd"}])
    done = nenseg("study", "check", path)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        "nenseg: study.toml: seed is missing. Give a whole number of 0 or more.\n"
        f"study.toml: case case-04: {tmp_path / 'none.nrrd'}: there is no such file or folder. Give a DICOM folder, "
        "or a PET image in SUV.\n"
    )


def test_an_unreadable_model_is_said_before_the_first_case(nenseg, tmp_path):
    model = write_tiny_model(tmp_path / "model")
    (model / "plans.json").write_text("{")
    path = write_study(tmp_path, arms=[ARMS[0], {"name": "B", "method": "ensemble", "model": "model"}])
    done = nenseg("study", "check", path)
    assert done.status == 2
    assert done.err.startswith("nenseg: study.toml: arm B: ")


def test_the_order_of_all_readers_is_written_as_a_table(nenseg, tmp_path):
    path = write_study(tmp_path)
    assert nenseg("study", "check", path, "--order", tmp_path / "order.csv").out.endswith(f"{tmp_path / 'order.csv'}\n")
    with (tmp_path / "order.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["reader", "position", "block", "training", "case", "arm"]
    assert [row["position"] for row in rows] == [str(n) for n in range(1, 9)] * 2


def test_an_order_is_never_overwritten(nenseg, tmp_path):
    (tmp_path / "order.csv").write_text("mine")
    done = nenseg("study", "check", write_study(tmp_path), "--order", tmp_path / "order.csv")
    assert (done.status, (tmp_path / "order.csv").read_text()) == (2, "mine")


@pytest.fixture
def simulated(nenseg, tmp_path) -> Path:
    """The readings of a simulated study of two readers and four cases in the arms A and B."""
    distributions = tmp_path / "distributions.toml"
    distributions.write_text(
        '[[arms]]\nname = "A"\nmedian_min = 17\ntime_spread = 0.3\n[[arms]]\nname = "B"\nmedian_min = 5\n'
        "time_spread = 0.3\n"
    )
    options = ("--distributions", distributions, "--cases", "4", "--largest", "4")
    done = nenseg("study", "simulate", *options, "--out", tmp_path / "simulated")
    assert (done.status, done.err) == (0, "")
    return tmp_path / "simulated" / "readings.csv"


def test_a_simulated_study_has_a_page_and_its_numbers(simulated):
    names = {path.name for path in simulated.parent.iterdir()}
    assert {"report.html", "readings.csv", "power.csv"} <= names


def test_a_store_is_tried_out_with_simulated_readings(nenseg, tmp_path):
    options = ("--cases", "2", "--largest", "3", "--store", tmp_path / "load.db", "--out", tmp_path / "out")
    done = nenseg("study", "simulate", *options)
    assert (done.status, done.err) == (0, "")
    assert re.match(r"The store took \d+ events a second\nTo show that threshold ", done.out)
    assert (tmp_path / "load.db").exists()


def test_a_simulated_study_says_how_many_cases_are_enough(nenseg, tmp_path):
    done = nenseg("study", "simulate", "--cases", "2", "--largest", "3", "--out", tmp_path / "out")
    assert done.out.splitlines()[0] == (
        "To show that threshold (median 17 min) and ensemble (median 5 min) take different times (p < 0.05) with a "
        "power of 80 %, it takes more than 3 cases by the paired t-test and more than 3 by the Wilcoxon signed-rank "
        "test, each case read in both arms by 2 readers."
    )


def test_the_same_seed_simulates_the_same_readings(nenseg, tmp_path):
    for name in ("a", "b"):
        nenseg("study", "simulate", "--cases", "3", "--largest", "3", "--seed", "4", "--out", tmp_path / name)
    assert (tmp_path / "a" / "readings.csv").read_bytes() == (tmp_path / "b" / "readings.csv").read_bytes()


def test_the_usual_distributions_are_written_to_be_changed(nenseg, tmp_path):
    assert nenseg("study", "simulate", "--template", tmp_path / "usual.toml").status == 0
    again = ("--distributions", tmp_path / "usual.toml", "--cases", "3", "--largest", "3", "--out", tmp_path / "out")
    assert nenseg("study", "simulate", *again).status == 0


def test_a_simulation_of_nothing_is_refused_in_one_sentence(nenseg, tmp_path):
    done = nenseg("study", "simulate", "--cases", "0", "--out", tmp_path / "out")
    assert (done.status, done.err.count("\n"), (tmp_path / "out").exists()) == (2, 1, False)


def test_the_report_of_a_study_is_written_from_its_readings(nenseg, simulated, tmp_path):
    path = write_study(tmp_path, images=False, cases=SIMULATED)
    done = nenseg("study", "report", path, "--readings", simulated, "--out", tmp_path / "report")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("16 of 16 readings are done, 16 of them held against a truth\n")
    assert "Threshold against blank" in (tmp_path / "report" / "report.html").read_text("utf-8")


def test_readings_of_another_study_are_refused(nenseg, simulated, tmp_path):
    path = write_study(tmp_path, images=False, cases=SIMULATED, readers=["reader-2", "reader-3"])
    done = nenseg("study", "report", path, "--readings", simulated, "--out", tmp_path / "report")
    with simulated.open(newline="") as file:
        first = next(csv.DictReader(file))
    assert (done.status, done.err) == (
        2,
        "nenseg: 8 of 16 readings are not in study.toml; the first is "
        f"{first['case']} by reader-1 in the arm {first['arm']}. Give the readings of this study.\n",
    )
    assert not (tmp_path / "report").exists()


@pytest.fixture
def begun(tmp_path) -> Path:
    """A study in which reader 1 is through with the first case and has begun the second."""
    path = write_study(tmp_path, images=False)
    plan, hand = read_plan(path, with_cases=False), HandClock()
    with Store.open(tmp_path / "study.db", plan.identity, hand.clock()) as store:
        for one in assignments(plan, "reader-1")[:2]:
            with store.reading("reader-1", one.case, one.arm, position=one.position, block=one.block) as journal:
                timer = Timer(journal)
                timer.shown(case=one.case, reader="reader-1")
                hand.wait(30)
                timer.activity()
                if one.position == 1:
                    timer.done()
    return path


def test_the_status_says_where_each_reader_stands(nenseg, begun):
    order = assignments(read_plan(begun, with_cases=False), "reader-1")
    other = assignments(read_plan(begun, with_cases=False), "reader-2")[0]
    assert nenseg("study", "status", begun).out.splitlines() == [
        f"reader-1: 1 of 8 readings done, 1 begun, 1.0 min active; next {order[1].case}, position 2, block 1",
        f"reader-2: 0 of 8 readings done, 0.0 min active; next {other.case}, position 1, block 1",
    ]


def test_the_status_says_until_when_the_next_case_rests(nenseg, tmp_path):
    plan = read_plan(write_study(tmp_path, images=False), with_cases=False)
    hand, order = HandClock(), assignments(plan, "reader-1")
    hand.wall = now_utc() - timedelta(days=5)
    with Store.open(plan.store, plan.identity, hand.clock()) as store:
        for one in order[:4]:
            with store.reading("reader-1", one.case, one.arm, block=one.block) as journal:
                Timer(journal).shown(case=one.case, reader="reader-1")
                Timer(journal).done()
    said = nenseg("study", "status", plan.path).out.splitlines()[0]
    until = hand.wall + timedelta(days=28)
    assert said.endswith(
        f"; next {order[4].case}, position 5, block 2, after the wash-out on {until.strftime('%Y-%m-%d %H:%M')} UTC"
    )


def test_the_store_can_be_made_before_the_first_reading(nenseg, tmp_path):
    done = nenseg("study", "check", write_study(tmp_path), "--make-store")
    assert (done.status, done.out.splitlines()[-1]) == (0, "The store is there.")
    assert nenseg("study", "status", tmp_path / "study.toml").status == 0


def test_the_status_does_not_tell_the_arm(nenseg, begun):
    assert '"arm"' not in nenseg("study", "status", begun, "--json").out


def test_a_case_that_could_not_be_loaded_is_told(nenseg, begun):
    plan = read_plan(begun, with_cases=False)
    one = assignments(plan, "reader-2")[0]
    with (
        Store.open(begun.with_suffix(".db"), plan.identity) as store,
        store.reading(one.reader, one.case, one.arm) as journal,
    ):
        journal.skip(SkipReason.START)
    assert nenseg("study", "status", begun).out.splitlines()[-1] == (
        f"reader-2: {one.case} was skipped: what its reader starts from cannot be made. `nenseg study check STUDY.TOML "
        "--open-cases` says which file, and what to do."
    )


def test_a_sound_store_is_verified(nenseg, begun):
    done = nenseg("study", "status", begun, "--store", f"sqlite:///{begun.with_suffix('.db')}", "--verify")
    assert (done.status, done.out.splitlines()[-2]) == (0, "Nothing that is there was altered after it was written.")


def test_the_head_of_a_store_shows_that_its_last_event_was_taken_out(nenseg, begun):
    def head():
        return json.loads(nenseg("study", "status", begun, "--verify", "--json").out)["head"]

    before, again = head(), head()
    alter(
        begun.with_suffix(".db"),
        "DELETE FROM events WHERE (reading, sequence) IN (SELECT reading, max(sequence) FROM events WHERE reading = 2)",
    )
    assert before == again != head()
    assert re.fullmatch("[0-9a-f]{64}", before)


def alter(store, statement):
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_what_was_altered_in_the_store_is_found(nenseg, begun):
    alter(begun.with_suffix(".db"), "UPDATE events SET payload = replace(payload, 'reader-1', 'reader-2')")
    done = nenseg("study", "status", begun, "--verify")
    assert (done.status, done.out) == (2, "")
    assert "was altered or taken out after it was written" in done.err


def test_the_status_makes_no_store(nenseg, tmp_path):
    path = write_study(tmp_path, images=False)
    done = nenseg("study", "status", path)
    assert (done.status, done.err) == (
        2,
        f"nenseg: {tmp_path / 'study.db'}: there is no store of the study yet. It begins with the first reading; or "
        "name it with --store.\n",
    )
    assert not (tmp_path / "study.db").exists()


def test_the_report_of_a_study_is_written_from_its_store(nenseg, begun, tmp_path):
    done = nenseg("study", "report", begun, "--without-images", "--out", tmp_path / "report")
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        "1 of 16 readings are done, 0 of them held against a truth",
        "Readings of which it is not known whether the case is a negative control: 1; the ratings count them",
    ]


def test_a_store_whose_arms_were_swapped_is_not_reported(nenseg, begun, tmp_path):
    alter(begun.with_suffix(".db"), "UPDATE readings SET arm = CASE arm WHEN 'A' THEN 'B' ELSE 'A' END")
    done = nenseg("study", "report", begun, "--without-images", "--out", tmp_path / "report")
    assert (done.status, (tmp_path / "report").exists()) == (2, False)
    assert "was altered after it was begun." in done.err
    assert done.err.endswith("\nGive the unaltered store, such as a copy that was made before.\n")


def test_the_report_names_what_was_skipped(nenseg, begun, tmp_path):
    plan = read_plan(begun, with_cases=False)
    one = assignments(plan, "reader-2")[0]
    with Store.open(plan.store, plan.identity) as store, store.reading(one.reader, one.case, one.arm) as journal:
        journal.skip(SkipReason.IMAGES)
    nenseg("study", "report", begun, "--without-images", "--out", tmp_path / "report")
    html = (tmp_path / "report" / "report.html").read_text("utf-8")
    assert f"Skipped: reader-2, {one.case}, arm {one.arm} (its PET or CT cannot be read)." in html


def test_a_report_has_one_source(nenseg, begun, tmp_path):
    both = ("--store", begun.with_suffix(".db"), "--readings", tmp_path / "readings.csv")
    done = nenseg("study", "report", begun, *both, "--out", tmp_path / "report")
    assert done.status == 2
    assert "argument --readings: not allowed with argument --store" in done.err


def test_a_study_on_a_server_is_told_and_reported_without_its_password(nenseg, server, tmp_path):
    path, schema = write_study(tmp_path, images=False), server.new_schema()
    server.execute(schema, f"GRANT ALL ON SCHEMA {schema} TO {GUARDED}")
    url = server.url(schema, f"{GUARDED}:{PASSWORD}")
    missing = nenseg("study", "status", path, "--store", url)
    assert (missing.status, missing.err) == (
        2,
        f"nenseg: PostgreSQL/{DATABASE}: the store of this study is not there yet. It begins with the first reading; "
        "or give another one.\n",
    )
    plan = read_plan(path, with_cases=False)
    one = assignments(plan, "reader-1")[0]
    with Store.open(url, plan.identity) as store, store.reading("reader-1", one.case, one.arm) as journal:
        Timer(journal).shown(case=one.case, reader="reader-1")
        Timer(journal).done()
    told = nenseg("study", "status", path, "--store", url, "--verify")
    assert told.out.startswith("reader-1: 1 of 8 readings done")
    written = nenseg("study", "report", path, "--store", url, "--without-images", "--out", tmp_path / "out", "--json")
    assert json.loads(written.out)["done"] == 1
    said = "".join(
        [missing.err, told.out, told.err, written.out, *(f.read_text() for f in (tmp_path / "out").iterdir())]
    )
    assert PASSWORD not in said
