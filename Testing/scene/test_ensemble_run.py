"""The AI ensemble on the case of a session: its lesions, its journal, the reader's time, and every way it can end."""

from __future__ import annotations

import os
import signal
import tempfile
import time

import numpy as np
import pytest
import SimpleITK as sitk
from ensemble.tiny_model import write_tiny_model
from numpy.testing import assert_array_equal
from study.hand_clock import HandClock

from NENSegmentationLib.core.boxes import whole
from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.volume import shape, voxels
from NENSegmentationLib.ensemble.card import write_card
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import Prediction
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.scene import ensemble_run
from NENSegmentationLib.scene.ensemble_run import EnsembleRun
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node
from NENSegmentationLib.study.durations import Durations, State
from NENSegmentationLib.study.events import Kind

COMPUTED = {"mode": "fast", "device": "cpu", "precision": "float32", "mirroring": False}


class FakePrediction:
    """In place of the process: everything above SUV 10 is tumour, at the second look."""

    def __init__(self, model, pet, ct, **choices):
        model.require_images(ct)
        self.ct, self.choices = ct, choices
        self.done, self.total, self.seconds_left = 3, 4, 1.5
        self.log, self.warnings, self.computed = ["2 folds"], ["It was slow."], COMPUTED
        self.error, self.is_cancelled, self._looks = None, False, 0
        tumour = voxels(pet) > 10
        self._prediction = Prediction(
            box=whole(shape(pet)),
            probability=np.where(tumour, voxels(pet) / 40, 0).astype(np.float32),
            disagreement=np.where(tumour, 0.125, 0).astype(np.float32),
            tumour=tumour,
            folds=2,
        )

    def poll(self):
        if self.error is not None:
            raise self.error
        self._looks += 1
        return self._prediction if self._looks > 1 else None

    def cancel(self):
        self.is_cancelled = True


@pytest.fixture
def pet():
    """Two cubes, of SUV 20 and 30, in a body of SUV 1; voxels of 4 mm."""
    values = np.zeros((20, 24, 28), np.float32)
    values[2:18, 2:22, 2:26] = 1
    values[4:8, 4:8, 4:8], values[10:14, 14:18, 18:22] = 20, 30
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((4.0, 4.0, 4.0))
    return image


@pytest.fixture(scope="module")
def a_model_folder(tmp_path_factory):
    folder = write_tiny_model(tmp_path_factory.mktemp("models") / "tiny", patch=(16, 16, 16))
    write_card(folder, {"title": "A tiny model", "channels": ["PET", "CT"], "folds": ["0", "1"]})
    return folder


@pytest.fixture
def model(a_model_folder):
    return read_model(a_model_folder)


@pytest.fixture
def open_session(scene, pet, tmp_path):
    node = volume_node(scene, pet, "PET", units=Units.SUV)
    ct, opened = volume_node(scene, pet * 40, "CT", units=Units.HU), []

    def open_it(ct_node=ct, clock=None):
        opened.append(CorrectionSession.open(scene, node, tmp_path / "case.journal", ct_node, clock))
        return opened[-1]

    yield open_it
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session):
    session = open_session()
    session.timer.shown(case="Case 1", reader="A")
    return session


@pytest.fixture
def a_run(session, model, monkeypatch):
    monkeypatch.setattr(ensemble_run, "RunningPrediction", FakePrediction)
    return EnsembleRun(session, model)


def finished(run):
    while not run.poll():
        time.sleep(0.01)
    run.take_over()
    return run.session


def events(session, *kinds):
    return [(event.kind.value, *event.payload.values()) for event in session.journal.events() if event.kind in kinds]


def test_each_component_becomes_a_lesion_with_probability_and_disagreement(a_run):
    lesions = finished(a_run).lesion_map.lesions.values()
    assert [(one.origin, one.voxels, one.probability, one.disagreement) for one in lesions] == [
        (Origin.ENSEMBLE, 64, pytest.approx(0.5), 0.125),
        (Origin.ENSEMBLE, 64, pytest.approx(0.75), 0.125),
    ]


def test_how_far_it_is_can_be_asked(a_run):
    assert not a_run.poll()
    assert (a_run.done, a_run.total, a_run.seconds_left, a_run.log) == (3, 4, 1.5, ("2 folds",))


@pytest.mark.parametrize(
    ("done", "total", "seconds", "log", "words"),
    [
        (0, 0, None, [], "It starts ..."),
        (0, 0, None, ["Preparing"], "Preparing"),
        (1, 96, None, ["Preparing"], "1 of 96 windows"),
        (12, 96, 150.0, [], "12 of 96 windows, about 3 min left"),
        (95, 96, 0.2, [], "95 of 96 windows, about 1 s left"),
        (96, 96, 0.0, ["Preparing", "Handing over"], "Handing over"),
    ],
)
def test_it_is_said_in_words_too(done, total, seconds, log, words, a_run):
    running = a_run._running
    running.done, running.total, running.seconds_left, running.log = done, total, seconds, log
    assert a_run.progress == words


def test_the_session_says_which_model_found_them_and_how(a_run, model):
    session = finished(a_run)
    assert session.method == "ensemble"
    assert session.given_warnings == ("The lesions were proposed by the ensemble A tiny model.", "It was slow.")
    assert session.ensemble["model"] == {"title": "A tiny model", "sha256": model.identity, "folds": ["0", "1"]}
    assert session.ensemble["device"] == "cpu"


def test_a_model_that_has_seen_digital_patients_only_is_named_with_that(a_run, monkeypatch):
    monkeypatch.setitem(a_run.model.card, "digital_patients_only", True)
    assert a_run.warnings[0] == (
        "The lesions were proposed by the ensemble A tiny model (trained on digital patients only)."
    )


def test_the_case_comes_back_with_its_lesions_and_edits_of_them_can_be_undone(a_run, open_session):
    session = finished(a_run)
    session.delete(1)
    before, found_by, warned = session.lesion_map, session.ensemble, session.given_warnings
    session.close()
    again = open_session()
    assert again.lesion_map.lesions == before.lesions
    assert_array_equal(again.lesion_map.labels, before.labels)
    assert (again.method, again.ensemble, again.given_warnings) == ("ensemble", found_by, warned)
    again.undo()
    assert [one.probability for one in again.lesion_map.lesions.values()] == pytest.approx([0.5, 0.75])


def test_the_results_name_the_method_and_the_model(a_run, tmp_path):
    summary = finished(a_run).export(tmp_path / "results")
    assert summary["method"] == "ensemble"
    assert "The lesions were proposed by the ensemble A tiny model." in summary["warnings"]
    assert summary["ensemble"]["model"]["title"] == "A tiny model"


def test_the_time_stands_still_meanwhile(a_run, session):
    assert session.timer.state is State.PAUSED
    finished(a_run)
    assert session.timer.state is State.ACTIVE
    assert events(session, Kind.PAUSED, Kind.RESUMED) == [("paused", "inference"), ("resumed",)]


def test_who_works_on_is_timed(a_run, session):
    finished(a_run)
    other = EnsembleRun(session, a_run.model)
    session.delete(1)
    assert session.timer.state is State.ACTIVE
    other.cancel()


@pytest.fixture
def endless(open_session, model, monkeypatch):
    """Run an ensemble that finds nothing while the clock is moved by hand; return the times after it."""
    monkeypatch.setattr(ensemble_run, "RunningPrediction", FakePrediction)
    monkeypatch.setattr(FakePrediction, "poll", lambda _self: None)

    def times(inputs_s, until_s):
        hand = HandClock()
        session = open_session(clock=hand.clock())
        session.timer.shown(case="Case 1", reader="A")
        run = EnsembleRun(session, model)
        for second in range(1, until_s + 1):
            hand.wait(1)
            if second in inputs_s:
                session.timer.activity()
            run.poll()
        run.cancel()
        return session.timer.durations()

    return times


@pytest.mark.parametrize("inputs_s", [(), (1, 2)])
def test_who_waits_is_not_timed_nor_is_the_way_of_the_pointer_from_the_button(endless, inputs_s):
    assert endless(inputs_s, until_s=200) == Durations(active_s=0, idle_s=0, paused_s=200)


def test_who_reads_on_without_an_edit_is_timed_from_there_on(endless):
    assert endless(range(10, 50), until_s=50) == Durations(active_s=40, idle_s=0, paused_s=10)


def test_who_reads_on_and_then_waits_is_idle(endless):
    assert endless([10], until_s=100) == Durations(active_s=60, idle_s=30, paused_s=10)


def test_a_pause_of_the_reader_is_not_ended(a_run, session):
    session.timer.resume()
    session.timer.pause()
    finished(a_run)
    assert session.timer.state is State.PAUSED


def test_time_that_does_not_run_is_left_alone(session, model, monkeypatch):
    monkeypatch.setattr(ensemble_run, "RunningPrediction", FakePrediction)
    session.timer.done()
    finished(EnsembleRun(session, model))
    assert events(session, Kind.PAUSED, Kind.RESUMED) == []


def test_an_error_ends_the_run_and_leaves_the_case_as_it_was(a_run, session):
    a_run._running.error = EnsembleError("the process was killed.")
    with pytest.raises(EnsembleError, match="the process was killed"):
        a_run.poll()
    assert (a_run.is_running, a_run._running.is_cancelled, session.timer.state) == (False, True, State.ACTIVE)
    assert session.lesion_map is None


def test_cancelling_leaves_the_case_as_it_was(a_run, session):
    a_run.cancel()
    assert (a_run.is_running, a_run._running.is_cancelled, session.timer.state) == (False, True, State.ACTIVE)
    assert not a_run.poll()
    with pytest.raises(SceneError, match=r"there is no result of the ensemble to take over\. Run it first"):
        a_run.take_over()


def test_what_was_found_can_still_be_cancelled(a_run, session):
    while not a_run.poll():
        pass
    a_run.cancel()
    assert not a_run.poll()
    assert session.lesion_map is None


def test_closing_the_case_ends_it(a_run, session):
    session.close()
    assert (a_run.is_running, a_run._running.is_cancelled) == (False, True)


def test_corrections_made_meanwhile_are_lost_only_if_the_interface_says_so(a_run, session):
    finished(a_run)
    other = EnsembleRun(session, a_run.model)
    session.delete(1)
    while not other.poll():
        pass
    assert session.is_corrected
    assert list(session.lesion_map.lesions) == [2]
    other.take_over()
    assert list(session.lesion_map.lesions) == [1, 2]


def test_without_a_ct_that_the_model_wants_nothing_begins(open_session, model, monkeypatch):
    monkeypatch.setattr(ensemble_run, "RunningPrediction", FakePrediction)
    session = open_session(None)
    session.timer.shown(case="Case 1", reader="A")
    with pytest.raises(EnsembleError, match="this model looks at PET and CT, but there is no CT"):
        EnsembleRun(session, model)
    assert session.timer.state is State.ACTIVE


def test_the_ct_of_the_case_and_the_choices_go_to_the_network(a_run, pet):
    assert_array_equal(voxels(a_run._running.ct), voxels(pet * 40))
    assert a_run._running.choices == {"mode": ensemble_run.Mode.FAST, "device": "auto", "mirroring": None}


@pytest.fixture
def a_temporary_folder(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return folder


def test_a_real_network_gives_the_lesions_and_leaves_no_file(session, model, a_temporary_folder):
    run = EnsembleRun(session, model, device="cpu")
    assert finished(run).method == "ensemble"
    assert session.lesion_map is not None
    assert run.done == run.total > 0
    assert list(a_temporary_folder.iterdir()) == []


def test_a_process_that_is_killed_is_a_sentence(session, model, a_temporary_folder):
    run = EnsembleRun(session, model, device="cpu")
    os.kill(run._running.pid, signal.SIGKILL)
    with pytest.raises(EnsembleError, match="was killed, most likely because there was too little memory"):
        finished(run)
    assert session.timer.state is State.ACTIVE
    assert list(a_temporary_folder.iterdir()) == []


def test_a_journal_that_cannot_be_written_begins_nothing(session, model, monkeypatch):
    from NENSegmentationLib.study.errors import JournalError

    begun = []
    monkeypatch.setattr(
        ensemble_run, "RunningPrediction", lambda *a, **k: begun.append(FakePrediction(*a, **k)) or begun[-1]
    )

    def full(*_arguments, **_payload):
        message = "case.journal: the disk is full."
        raise JournalError(message)

    monkeypatch.setattr(session.journal, "record", full)
    with pytest.raises(JournalError, match="the disk is full"):
        EnsembleRun(session, model)
    assert begun[0].is_cancelled
