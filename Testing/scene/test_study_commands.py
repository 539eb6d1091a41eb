"""`nenseg study predict` and `run`: ensembles that work before the readers do, and the way into a browser."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from ensemble.tiny_model import write_tiny_model
from scene.study_cases import BLANK, FIRST, PREPARED, THRESHOLD, a_case, a_study, load, opened, until_arm

from NENSegmentationLib.cli import main
from NENSegmentationLib.core.volume import shape, voxels
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import Prediction
from NENSegmentationLib.scene import study_start
from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.errors import PredictionError, StudyError
from NENSegmentationLib.study.predictions import read_prediction

COMPUTED = {"mode": "fast", "device": "cpu", "precision": "float32", "mirroring": False}


class Found:
    """A prediction that takes everything above an SUV for tumour, at once."""

    computed, warnings, above = COMPUTED, [], 25

    def __init__(self, _model, pet, _ct, **_options):
        tumour = voxels(pet) > self.above
        self.prediction = Prediction(
            box=tuple(slice(0, n) for n in shape(pet)),
            tumour=tumour,
            probability=np.where(tumour, 0.75, 0.0).astype(np.float32),
            disagreement=np.where(tumour, 0.125, 0.0).astype(np.float32),
            folds=2,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None

    def wait(self, _progress):
        return self.prediction


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.setattr("NENSegmentationLib.cli.study_predict.RunningPrediction", Found)
    write_tiny_model(tmp_path / "model")
    arms = [{"name": "A", "method": "ensemble", "model": "model"}, BLANK]
    return a_study(tmp_path, arms=arms, hide_arm=False)


@pytest.fixture
def no_run(monkeypatch):
    """Nobody may run an ensemble while a reader waits."""

    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(study_start, "EnsembleRun", refuse)


def test_a_prediction_for_each_case_is_written_once(plan, capsys):
    assert main(["study", "predict", str(plan)]) == 0
    assert capsys.readouterr().out.count("Wrote ") == 2
    assert main(["study", "predict", str(plan)]) == 0
    assert "Already there: 2" in capsys.readouterr().out


@pytest.mark.usefixtures("no_run")
def test_a_reader_starts_from_what_was_predicted_before(plan):
    main(["study", "predict", str(plan)])
    study = opened(plan)
    until_arm(study, "A", lambda study: study.done())
    (lesion,) = study.session.lesion_map.lesions.values()
    assert (lesion.origin.value, lesion.probability, lesion.disagreement) == ("ensemble", 0.75, 0.125)
    assert (study.session.method, study.session.ensemble["mode"]) == ("ensemble", "fast")
    assert study.session.lesion_at(FIRST) is None
    study.close()


@pytest.mark.usefixtures("no_run")
def test_a_prediction_in_which_nothing_was_found_is_a_start_too(plan, monkeypatch):
    monkeypatch.setattr(Found, "above", 1000)
    main(["study", "predict", str(plan)])
    study = opened(plan)
    until_arm(study, "A", lambda study: study.done())
    assert study.session.lesion_map.lesions == {}
    assert study.session.method == "ensemble"
    study.close()


def by_another_model(folder):
    said = json.loads((folder / "summary.json").read_text())
    said["ensemble"]["model"]["sha256"] = "0" * 64
    (folder / "summary.json").write_text(json.dumps(said))


def without_lesions(folder):
    (folder / "lesions.seg.nrrd").write_text("no segmentation")


ANOTHER = "this was predicted by another model than that of the plan. Remove the folder, and run `nenseg study predict`"
UNREADABLE = "the prediction cannot be read. Remove the folder, and run `nenseg study predict` again."


@pytest.mark.parametrize("begun", [False, True])
def test_all_predictions_that_cannot_be_used_are_said_at_once_before_a_case_is_shown(plan, capsys, begun):
    if begun:
        opened(plan).close()
    main(["study", "predict", str(plan)])
    by_another_model(plan.parent / "study-predictions/A/case-01")
    without_lesions(plan.parent / "study-predictions/A/case-02")
    capsys.readouterr()
    with pytest.raises(StudyError) as refused:
        opened(plan)
    said = str(refused.value).splitlines()
    for line, folder, words in zip(said, ("case-01", "case-02"), (ANOTHER, UNREADABLE), strict=True):
        assert line.startswith(f"study.toml: {plan.parent / 'study-predictions/A' / folder}: {words}")
    for action in ("check", "run"):
        assert main(["study", action, str(plan)]) == 2
        assert capsys.readouterr().err.splitlines()[-1].endswith(said[1])


@pytest.mark.usefixtures("no_run")
@pytest.mark.parametrize(("spoil", "words"), [(by_another_model, ANOTHER), (without_lesions, UNREADABLE)])
def test_a_prediction_that_is_spoilt_while_the_study_is_open_stops_it_and_skips_nothing(plan, spoil, words):
    main(["study", "predict", str(plan)])
    study = opened(plan)
    for folder in plan.parent.glob("study-predictions/A/*"):
        spoil(folder)
    with pytest.raises(PredictionError, match=words.replace(".", r"\.")):
        until_arm(study, "A", lambda study: study.done())
    assert (study.phase, study.skipped, study._study.store.skipped()) == (Phase.WAITING, (), [])
    study.close()


@pytest.mark.usefixtures("no_run")
def test_a_blinded_reader_is_not_told_the_arm_by_a_prediction_that_cannot_be_used(plan, caplog):
    plan.write_text(plan.read_text().replace("hide_arm = false", "hide_arm = true"))
    main(["study", "predict", str(plan)])
    study = opened(plan)
    for summary in plan.parent.glob("study-predictions/A/*/summary.json"):
        summary.write_text("{")
    with pytest.raises(EnsembleError) as told:
        until_arm(study, "A", lambda study: study.done())
    assert re.fullmatch(
        r"case-0[12] cannot be opened now\. Tell whoever runs the study: the log says why\.", str(told.value)
    )
    assert "study-predictions/A/case-0" in caplog.text
    assert study.phase is Phase.WAITING
    study.close()


def test_what_was_predicted_says_by_which_model(plan):
    main(["study", "predict", str(plan)])
    (said,) = {path.read_text() for path in plan.parent.glob("study-predictions/A/case-01/summary.json")}
    assert any("proposed by the ensemble" in warning for warning in json.loads(said)["warnings"])


def test_a_case_that_cannot_be_predicted_is_named(plan, monkeypatch, capsys):
    def fail(*_):
        message = "there was too little memory."
        raise EnsembleError(message)

    monkeypatch.setattr(Found, "wait", fail)
    assert main(["study", "predict", str(plan)]) == 2
    assert capsys.readouterr().err.endswith("nenseg: case-01 in the arm A: there was too little memory.\n")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"ensemble": null, "warnings": []}', '{"ensemble": {"model": {}}}'])
def test_a_summary_that_is_none_of_a_prediction_is_said(tmp_path, text):
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(PredictionError, match=r"the prediction cannot be read\. Remove the folder, and run"):
        read_prediction(tmp_path, "0" * 64)


def test_a_study_without_an_ensemble_has_nothing_to_predict(tmp_path, capsys):
    assert main(["study", "predict", str(a_study(tmp_path))]) == 2
    assert capsys.readouterr().err == (
        "nenseg: study.toml: no arm starts from an ensemble, so there is nothing to predict.\n"
    )


def test_lesions_of_a_prepared_segmentation_are_named_as_all_others(tmp_path):
    study = opened(a_study(tmp_path, arms=[PREPARED, BLANK]))
    load(study)
    while not study.session.lesion_map.lesions:
        study.done()
        load(study)
        while study.phase is Phase.LOADING:
            study.poll()
    assert [lesion.name for lesion in study.session.lesion_map.lesions.values()] == ["Lesion 1"]
    study.close()


def test_run_is_the_browser_reader_with_the_plan(tmp_path, monkeypatch, capsys):
    from NENSegmentationLib.cli import reader

    asked = []
    monkeypatch.setattr(reader, "run", lambda arguments: asked.append(arguments) or {"ended": True})
    plan = a_study(tmp_path)
    assert main(["study", "run", str(plan)]) == 0
    assert (asked[0].study, asked[0].case, asked[0].host, asked[0].json) == (plan, None, "127.0.0.1", False)
    assert capsys.readouterr().out.strip() == reader.text({})


def test_a_check_that_opens_the_cases_names_all_that_would_be_skipped(tmp_path, capsys):
    cases = [a_case(tmp_path, number) for number in (1, 2, 3)]
    cases[1]["liver"] = [500, 500, 500]
    plan = a_study(tmp_path, count=0, arms=[THRESHOLD, PREPARED], cases=cases)
    for cut_off in ("cases/1/pet.nrrd", "cases/3/prepared.nrrd"):
        content = (tmp_path / cut_off).read_bytes()
        (tmp_path / cut_off).write_bytes(content[:-20])
    assert main(["study", "check", str(plan)]) == 0
    capsys.readouterr()
    assert main(["study", "check", str(plan), "--open-cases"]) == 2
    unreadable = "this is not a readable image. Give a NIfTI (.nii, .nii.gz) or NRRD (.nrrd) file."
    assert capsys.readouterr().err.splitlines() == [
        f"nenseg: study.toml: case case-01: pet.nrrd: {unreadable}",
        "study.toml: case case-02, arm A: the reference region at R 500, A 500, S 500 mm lies outside the PET image. "
        "Place it in the liver.",
        f"study.toml: case case-03, arm B: prepared.nrrd: {unreadable}",
    ]


def test_a_check_that_opens_the_cases_of_a_sound_study_finds_nothing(plan, capsys):
    main(["study", "predict", str(plan)])
    assert main(["study", "check", str(plan), "--open-cases"]) == 0
    assert "Nothing is wrong with it." in capsys.readouterr().out
