"""What can be wrong with a study when it is read: each has a sentence, and nothing of the reading is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
import SimpleITK as sitk
from ensemble.tiny_model import write_tiny_model
from scene.study_cases import (
    BLANK,
    PREPARED,
    SECOND,
    THRESHOLD,
    a_study,
    load,
    on_grid,
    opened,
    until_arm,
    wait,
)
from study.hand_clock import HandClock
from study.ordinary_user import folder_for_all, refused_to_an_ordinary_user

from NENSegmentationLib.core.errors import NENSegmentationError
from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.core.seed_rule import Rule, RuleKind
from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.errors import JournalError, StudyError
from NENSegmentationLib.study.skipping import Skipped, SkipReason


def refusal(plan, reader="R1", **given) -> str:
    with pytest.raises(NENSegmentationError) as error:
        opened(plan, reader, **given)
    return str(error.value)


def read(study):
    if study.needs_rating:
        study.rate(1)
    study.done()


def test_a_reader_unknown_to_the_plan_is_refused_and_no_store_is_made(tmp_path):
    plan = a_study(tmp_path)
    assert refusal(plan, "R9") == "study.toml: there is no reader 'R9' in this study. Give one of: R1, R2."
    assert not (tmp_path / "study.db").exists()


def test_all_faults_of_a_plan_are_said_before_its_first_case_and_no_store_is_made(tmp_path):
    plan = a_study(tmp_path)
    sitk.WriteImage(
        on_grid(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "cases/1/truth.nrrd")))[1:]),
        str(tmp_path / "cases/1/truth.nrrd"),
    )
    (tmp_path / "cases/2/pet.nrrd").unlink()
    said = refusal(plan).split("\n")
    assert said[0] == (
        "study.toml: case case-01: truth: truth.nrrd does not lie on the grid of the PET. Resample it to the PET first."
    )
    assert said[1].startswith("study.toml: case case-02: ")
    assert not (tmp_path / "study.db").exists()


def test_an_arm_without_a_model_is_refused(tmp_path):
    plan = a_study(tmp_path, arms=[{"name": "A", "method": "ensemble"}, BLANK])
    assert refusal(plan) == "study.toml: arm A: an ensemble needs a model. Give its folder as model."


def test_a_model_that_is_gone_since_the_first_case_is_refused(tmp_path):
    model = write_tiny_model(tmp_path / "model")
    plan = a_study(tmp_path, arms=[{"name": "A", "method": "ensemble", "model": "model"}, BLANK])
    opened(plan).close()
    (model / "plans.json").unlink()
    assert refusal(plan).startswith("study.toml: arm A: ")


def test_a_second_session_of_a_reader_is_refused(tmp_path):
    plan = a_study(tmp_path)
    first = opened(plan)
    load(first)
    assert refusal(plan).startswith("study.db: R1 is reading in another window or on another machine (")
    first.close()
    opened(plan).close()


def test_of_two_sessions_that_were_opened_between_two_cases_one_gets_the_next(tmp_path):
    plan = a_study(tmp_path)
    first, second = opened(plan), opened(plan)
    load(first)
    with pytest.raises(JournalError, match=r"^study.db: R1 is reading in another window or on another machine"):
        load(second)
    assert second.phase is Phase.WAITING
    first.close()
    load(second)
    assert second.phase is Phase.READING
    second.close()


def test_two_readers_read_at_once(tmp_path):
    plan = a_study(tmp_path)
    first, second = opened(plan, "R1"), opened(plan, "R2")
    load(first)
    load(second)
    assert (first.phase, second.phase) == (Phase.READING, Phase.READING)
    first.close()
    second.close()


def test_a_case_that_fails_to_load_is_skipped_with_a_record_and_a_word(tmp_path):
    plan = a_study(tmp_path)
    study, said = opened(plan), []
    study.told.connect(said.append)
    broken = study._turns.order[0].case
    number = int(broken[-2:])
    (tmp_path / f"cases/{number}/pet.nrrd").write_text("no image")
    load(study)
    assert study.case == study._turns.order[1].case != broken
    assert said == [
        f"{broken} was skipped: its PET or CT cannot be read. `nenseg study check STUDY.TOML --open-cases` says which "
        "file, and what to do. Tell whoever runs the study."
    ]
    assert study._study.store.skipped() == [Skipped("R1", broken, study._turns.order[0].arm, SkipReason.IMAGES.value)]
    assert study.skipped == (broken,)
    study.close()


def test_a_case_that_was_skipped_is_tried_again_when_the_study_is_opened_again(tmp_path):
    plan = a_study(tmp_path)
    study = opened(plan)
    broken = study._turns.order[0].case
    path = tmp_path / f"cases/{int(broken[-2:])}/pet.nrrd"
    whole = path.read_bytes()
    path.write_text("no image")
    load(study)
    study.close()
    path.write_bytes(whole)
    study = opened(plan)
    load(study)
    assert (study.case, study.phase) == (broken, Phase.READING)
    assert study._study.store.skipped() == []
    study.close()


def test_a_case_that_breaks_after_the_first_reading_does_not_stop_the_others(place, tmp_path):
    plan = a_study(tmp_path, store=str(place.url))
    study = opened(plan)
    load(study)
    other = study._turns.order[1].case
    study.close()
    (tmp_path / f"cases/{int(other[-2:])}/pet.nrrd").unlink()
    study = opened(plan)
    load(study)
    read(study)
    wait(study)
    assert study.skipped == (other,)
    study.close()


def test_a_study_of_which_only_skipped_cases_are_left_is_finished_and_they_are_not_done(tmp_path):
    plan = a_study(tmp_path)
    study = opened(plan)
    (tmp_path / "cases/1/pet.nrrd").write_text("no image")
    load(study)
    while study.phase is Phase.READING:
        read(study)
        wait(study)
    assert (study.phase, study.standing.done, study.skipped) == (Phase.FINISHED, 2, ("case-01",))
    study.close()


def test_a_prepared_segmentation_that_is_gone_skips_the_case_in_that_arm_only(tmp_path):
    plan = a_study(tmp_path)
    study = opened(plan)
    (tmp_path / "cases/1/prepared.nrrd").unlink()
    load(study)
    arms = []
    while study.phase is Phase.READING:
        arms.append((study.case, study._one.arm))
        read(study)
        wait(study)
    assert sorted(arms) == [("case-01", "C"), ("case-02", "B"), ("case-02", "C")]
    study.close()


def test_a_reference_region_that_cannot_be_measured_skips_the_case(tmp_path):
    from scene.study_cases import a_case

    cases = [a_case(tmp_path, 1, liver=[500, 500, 500]), a_case(tmp_path, 2)]
    study = opened(a_study(tmp_path, count=0, arms=[THRESHOLD, PREPARED], cases=cases))
    load(study)
    while study.phase is Phase.READING:
        read(study)
        wait(study)
    assert study.skipped == ("case-01",)
    assert [one.reason for one in study._study.store.skipped()] == ["what its reader starts from cannot be made"]
    study.close()


def test_images_that_are_not_those_the_reading_was_begun_with_stop_it(tmp_path):
    plan = a_study(tmp_path)
    study = opened(plan)
    load(study)
    case = study.case
    study.close()
    other = 3 - int(case[-2:])
    (tmp_path / f"cases/{int(case[-2:])}/pet.nrrd").write_bytes((tmp_path / f"cases/{other}/pet.nrrd").read_bytes())
    study = opened(plan)
    with pytest.raises(JournalError, match=r"the images are not those it was begun with\. Give those"):
        load(study)
    assert study.phase is Phase.WAITING
    study.close()


def test_a_store_of_another_study_is_refused(tmp_path):
    opened(a_study(tmp_path / "one")).close()
    plan = a_study(tmp_path / "two", title="Another")
    assert refusal(plan, store=tmp_path / "one" / "study.db").startswith(
        "study.db: the store of this study belongs to another study"
    )


def test_a_store_that_is_no_store_is_refused(tmp_path):
    plan = a_study(tmp_path)
    (tmp_path / "study.db").write_text("nothing of the kind")
    assert refusal(plan).startswith("study.db: ")


def test_a_store_in_a_folder_that_is_not_there_is_refused(tmp_path):
    plan = a_study(tmp_path)
    assert refusal(plan, store=tmp_path / "nowhere" / "study.db").startswith("study.db: ")


def test_a_store_that_may_only_be_read_is_refused():
    with folder_for_all() as folder:
        plan = a_study(folder)
        opened(plan).close()
        assert refused_to_an_ordinary_user(lambda: opened(plan), StudyError) == (
            "study.db: the store of this study may not be written to. Put the study where you may write."
        )


def test_a_store_that_is_locked_loses_no_correction_that_was_shown(tmp_path, monkeypatch):
    monkeypatch.setattr("NENSegmentationLib.study.store_sqlite.BUSY_S", 0.05, raising=False)
    plan = a_study(tmp_path)
    study = opened(plan)
    until_arm(study, "B", read)
    with closing(sqlite3.connect(tmp_path / "study.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match=r"^study.db: "):
            study.session.delete(1)
        assert list(study.session.lesion_map.lesions) == [1]
        other.execute("ROLLBACK")
    study.session.delete(1)
    assert study.session.lesion_map.lesions == {}
    study.close()


def test_a_result_that_cannot_be_written_leaves_the_case_on_the_screen(tmp_path):
    hand = HandClock()
    plan = a_study(tmp_path)
    (tmp_path / "study-results").write_text("a file where the folder should be")
    study = opened(plan, clock=hand.clock())
    load(study)
    study.rate(1)
    hand.wait(2)
    with pytest.raises(OutputError, match="could not be written"):
        study.done()
    hand.wait(3)
    assert (study.phase, study.session.timer.durations().active_s) == (Phase.READING, 5)
    (tmp_path / "study-results").unlink()
    study.done(then_break=True)
    assert study.standing.done == 1
    study.close()


def test_a_session_that_was_taken_over_is_told_so(tmp_path):
    hand = HandClock()
    plan = a_study(tmp_path)
    first = opened(plan, clock=hand.clock())
    until_arm(first, "B", read)
    with closing(sqlite3.connect(tmp_path / "study.db")) as database, database:
        database.execute("update leases set process = 4194399")
    second = opened(plan, clock=hand.clock())
    load(second)
    with pytest.raises(JournalError, match=r"R1 went on in another session\. Close the case here; it goes on there"):
        first.session.delete(1)
    assert list(first.session.lesion_map.lesions) == [1]
    assert second.session.add_seed(SECOND, Rule(RuleKind.FIXED_SUV, 10.0)).added
    second.close()


def test_nothing_can_be_done_while_no_case_is_open(tmp_path):
    study = opened(a_study(tmp_path))
    for forbidden in (lambda: study.rate(1), study.take_break, study.done):
        with pytest.raises(StudyError, match=r"^no case is being read\. Go on first\.$"):
            forbidden()
    study.close()
