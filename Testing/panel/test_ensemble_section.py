"""The section AI ensemble, driven by its widgets: a network of two untrained folds, or one that finds what is warm."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import zipfile

import numpy as np
import pytest
from ensemble.tiny_model import write_tiny_model

PATIENCE_S = 60


class Attack:
    """What a malicious checkpoint holds."""

    def __reduce__(self):
        return os.system, ("touch attacked",)


@pytest.fixture(scope="module")
def a_model_folder(tmp_path_factory):
    from NENSegmentationLib.ensemble.card import write_card

    folder = write_tiny_model(tmp_path_factory.mktemp("shipped") / "tiny", channels=("PET",), patch=(16, 16, 16))
    card = {"title": "Tiny", "intended_use": "For tests.", "data": "None.", "figures": {"fold_0": {"dice": 0.5}}}
    card["digital_patients_only"] = True
    write_card(folder, {**card, "channels": ["PET"], "folds": ["0", "1"], "note": "For research use only."})
    return folder


@pytest.fixture
def shipped(a_model_folder, monkeypatch):
    """The tiny model comes with the program."""
    from NENSegmentationLib.ensemble import models

    monkeypatch.setattr(models, "SHIPPED", a_model_folder.parent)
    return a_model_folder


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return folder


@pytest.fixture
def a_case(shipped, temporary, an_open_case):
    """The panel with a case open and a model chosen."""
    assert shipped.is_dir()
    assert temporary.is_dir()
    return an_open_case


def waited(a_slicer, condition):
    """Let Qt's event loop run until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        a_slicer.processEvents()
        time.sleep(0.02)
    assert condition()


def run_to_its_end(a_slicer, panel):
    panel.ui.ensembleRunButton.click()
    waited(a_slicer, lambda: not panel.ui.ensembleCancelButton.enabled)


def the_run(panel):
    return panel._panel._ensemble._run


@pytest.fixture
def finds_what_is_warm(monkeypatch):
    """In place of the process: everything above SUV 10 is tumour, the second lesion less surely."""
    from NENSegmentationLib.core.boxes import whole
    from NENSegmentationLib.core.volume import shape, voxels
    from NENSegmentationLib.ensemble.inference import Prediction
    from NENSegmentationLib.scene import ensemble_run

    class Fake:
        def __init__(self, _model, pet, _ct, **choices):
            self.choices = choices
            self.done, self.total, self.seconds_left, self.log, self.warnings = 1, 2, 90.0, ["It begins."], ["Slow."]
            self.computed = {"mode": "fast", "device": "cpu", "precision": "float32", "mirroring": False}
            tumour = voxels(pet) > 10
            probability = np.where(tumour, 0.6, 0).astype(np.float32)
            probability[20:] *= 1.5
            spread = np.where(tumour, 0.25, 0).astype(np.float32)
            self.prediction = Prediction(whole(shape(pet)), probability, spread, tumour, folds=2)
            self.isReady = False

        def poll(self):
            return self.prediction if self.isReady else None

        def cancel(self):
            pass

    monkeypatch.setattr(ensemble_run, "RunningPrediction", Fake)


@pytest.fixture
def found(a_slicer, a_case, finds_what_is_warm):
    """The panel with the ensemble's two lesions."""
    assert finds_what_is_warm is None
    a_case.ui.ensembleRunButton.click()
    the_run(a_case)._running.isReady = True
    waited(a_slicer, lambda: not a_case.ui.ensembleCancelButton.enabled)
    return a_case


def column(panel, number):
    table = panel.ui.lesionTable
    return [table.item(row, number).text() for row in range(table.rowCount)]


class TestTheModel:
    def test_its_card_is_shown_with_what_it_was_trained_on(self, a_case):
        assert a_case.ui.ensembleModelComboBox.currentText == "Tiny (trained on digital patients only)"
        assert a_case.ui.ensembleCardLabel.text.splitlines() == [
            "Comes with the program; trained on digital patients only.",
            "Intended use: For tests.",
            "Data: None.",
            "Figures: fold 0: dice 0.5",
            "Folds: 2; looks at PET",
            "For research use only.",
        ]

    def test_without_one_nothing_can_be_run(self, an_open_case, monkeypatch, tmp_path):
        from NENSegmentationLib.ensemble import models

        monkeypatch.setattr(models, "SHIPPED", tmp_path / "nowhere")
        an_open_case._panel._ensemble._models.refresh()
        assert an_open_case.ui.ensembleCardLabel.text == "There is no model. Import one."
        assert not an_open_case.ui.ensembleRunButton.enabled
        assert an_open_case.ui.ensembleRunButton.toolTip == "Import a model first."

    def test_without_a_case_nothing_can_be_run(self, shipped, a_panel):
        assert shipped.is_dir()
        assert not a_panel.ui.ensembleRunButton.enabled
        assert a_panel.ui.ensembleRunButton.toolTip == "Open a case first."

    def test_devices_and_modes_are_in_a_physicians_words(self, a_panel):
        devices, modes = a_panel.ui.ensembleDeviceComboBox, a_panel.ui.ensembleModeComboBox
        assert [devices.itemText(n) for n in range(devices.count)] == [
            "Automatic",
            "Processor (CPU)",
            "NVIDIA graphics card (CUDA)",
            "Apple graphics (MPS)",
        ]
        assert [modes.itemText(n) for n in range(modes.count)] == ["Fast", "Exact"]

    def test_what_there_is_to_compute_on_is_said_when_asked(self, a_slicer, a_case):
        a_case.ui.ensembleCheckButton.click()
        assert not a_case.ui.ensembleCheckButton.enabled
        waited(a_slicer, lambda: a_case.ui.ensembleCheckButton.enabled)
        assert "CPU: " in a_case.ui.ensembleDeviceLabel.text
        assert "bfloat16." in a_case.ui.ensembleDeviceLabel.text


class TestARun:
    def test_a_real_network_runs_in_the_background_and_its_lesions_come(self, a_slicer, a_case, temporary):
        run_to_its_end(a_slicer, a_case)
        session = a_case.logic.reading.session
        assert "were proposed by the ensemble" in a_case.ui.ensembleMessageLabel.text
        assert session.method == "ensemble"
        assert a_case.ui.ensembleMessageLabel.text.startswith(
            f"Lesions found: {len(session.lesion_map.lesions)}. The lesions were proposed by the ensemble Tiny "
            "(trained on digital patients only)."
        )
        assert "2 folds, fast, on cpu" in a_case.ui.ensembleLogText.plainText
        assert a_case._parameterNode.lesions is session.node
        assert not a_case.ui.ensembleProgressBar.visible
        assert list(temporary.iterdir()) == []

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_how_far_it_is_is_shown_with_the_time_left(self, a_slicer, a_case):
        a_case.ui.ensembleRunButton.click()
        waited(a_slicer, lambda: a_case.ui.ensembleLogText.plainText)
        assert a_case.ui.ensembleProgressLabel.text == "1 of 2 windows, about 2 min left"
        assert (a_case.ui.ensembleProgressBar.value, a_case.ui.ensembleProgressBar.maximum) == (1, 2)
        the_run(a_case)._running.done = 2
        waited(a_slicer, lambda: a_case.ui.ensembleProgressLabel.text == "It begins.")
        assert not a_case.ui.ensembleRunButton.enabled
        a_case.ui.ensembleCancelButton.click()

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_the_choices_go_to_the_network(self, a_case):
        a_case.ui.ensembleDeviceComboBox.currentIndex = 2
        a_case.ui.ensembleModeComboBox.currentIndex = 1
        a_case.ui.ensembleRunButton.click()
        choices = the_run(a_case)._running.choices
        assert (choices["mode"].value, choices["device"]) == ("exact", "cuda")
        a_case.ui.ensembleCancelButton.click()

    def test_cancelling_leaves_the_lesions_as_they_were(self, a_slicer, a_case, temporary):
        a_case.ui.segmentButton.click()
        a_case.ui.ensembleRunButton.click()
        a_case.ui.ensembleCancelButton.click()
        assert a_case.ui.ensembleMessageLabel.text == "Cancelled: the lesions are as they were."
        assert a_case.ui.ensembleRunButton.enabled
        assert a_case.logic.reading.session.method == "threshold"
        a_slicer.processEvents()
        assert list(temporary.iterdir()) == []

    def test_a_process_that_is_killed_is_one_sentence(self, a_slicer, a_case, temporary):
        a_case.ui.ensembleRunButton.click()
        os.kill(the_run(a_case)._running.pid, signal.SIGKILL)
        waited(a_slicer, lambda: not a_case.ui.ensembleCancelButton.enabled)
        assert a_case.ui.ensembleMessageLabel.text.startswith(
            "The process of the network was killed, most likely because there was too little memory."
        )
        assert list(temporary.iterdir()) == []

    def test_a_device_that_is_not_there_is_one_sentence(self, a_slicer, a_case):
        a_case.ui.ensembleDeviceComboBox.currentIndex = 3
        run_to_its_end(a_slicer, a_case)
        assert a_case.ui.ensembleMessageLabel.text == (
            "There is no device mps that PyTorch can use. Choose another, or auto."
        )

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_the_readers_time_stands_still(self, a_case):
        from NENSegmentationLib.study.durations import State

        a_case.ui.ensembleRunButton.click()
        assert a_case.logic.reading.session.timer.state is State.PAUSED
        a_case.ui.ensembleCancelButton.click()
        assert a_case.logic.reading.session.timer.state is State.ACTIVE

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_closing_the_case_ends_it(self, a_case):
        a_case.ui.ensembleRunButton.click()
        run = the_run(a_case)
        a_case.ui.closeCaseButton.click()
        assert not run.is_running
        assert not a_case.ui.ensembleProgressBar.visible

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_leaving_the_module_waits_with_the_lesions_until_it_is_opened_again(self, a_slicer, a_case):
        a_case.ui.ensembleRunButton.click()
        a_slicer.leaveModule("NENSegmentation")
        the_run(a_case)._running.isReady = True
        for _ in range(20):
            a_slicer.processEvents()
            time.sleep(0.02)
        assert a_case.logic.reading.session.lesion_map is None
        a_slicer.enterModule("NENSegmentation")
        waited(a_slicer, lambda: a_case.logic.reading.session.lesion_map is not None)

    def test_corrections_are_lost_only_after_a_question(self, a_slicer, found, answers):
        session = found.logic.reading.session
        session.delete(1)
        for answer, lesions in ((False, [2]), (True, [1, 2])):
            answers["given"].append(answer)
            found.ui.ensembleRunButton.click()
            the_run(found)._running.isReady = True
            waited(a_slicer, lambda: not found.ui.ensembleCancelButton.enabled)
            assert list(session.lesion_map.lesions) == lesions
        assert (
            answers["asked"]
            == ["The lesions of this case (1) were corrected already. Replace them, and lose the corrections?"] * 2
        )

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_a_journal_that_cannot_take_the_result_is_one_sentence(self, a_slicer, a_case, shown_errors, monkeypatch):
        from NENSegmentationLib.study.errors import JournalError

        def full(*_arguments, **_payload):
            message = "the disk is full."
            raise JournalError(message)

        a_case.ui.ensembleRunButton.click()
        run = the_run(a_case)
        monkeypatch.setattr(a_case.logic.reading.session, "take_over", full)
        run._running.isReady = True
        waited(a_slicer, lambda: not a_case.ui.ensembleCancelButton.enabled)
        assert shown_errors == ["The disk is full."]
        assert a_case.ui.ensembleMessageLabel.text == (
            "The result could not be taken over: the lesions are as they were."
        )
        assert a_case.logic.reading.session.lesion_map is None

    @pytest.mark.usefixtures("finds_what_is_warm")
    def test_in_a_break_of_a_study_the_lesions_wait(self, a_slicer, a_case):
        session = a_case.logic.reading.session
        a_case.ui.ensembleRunButton.click()
        session.closed_to_edits = "This is a break."
        the_run(a_case)._running.isReady = True
        for _ in range(20):
            a_slicer.processEvents()
            time.sleep(0.02)
        assert session.lesion_map is None
        session.closed_to_edits = ""
        waited(a_slicer, lambda: session.lesion_map is not None)

    def test_a_ct_that_the_model_wants_and_is_not_there_is_one_sentence(self, a_case, shown_errors, tmp_path):
        write_tiny_model(tmp_path / "models" / "both", patch=(16, 16, 16))
        (tmp_path / "models" / "both" / "model.json").write_text('{"title": "Both"}')
        self.choose(a_case, tmp_path / "models", "both")
        a_case.ui.ensembleRunButton.click()
        (sentence,) = shown_errors
        assert "this model looks at PET and CT, but there is no CT" in sentence
        assert a_case.ui.ensembleRunButton.enabled

    def test_a_model_that_was_altered_is_one_sentence(self, a_case, shown_errors, shipped):
        plans = shipped / "plans.json"
        before = plans.read_text("utf-8")
        try:
            plans.write_text(before + " ")
            a_case.ui.ensembleRunButton.click()
        finally:
            plans.write_text(before)
        (sentence,) = shown_errors
        assert "plans.json is not the file that the model card was written for. Copy the model again." in sentence

    def choose(self, panel, folder, name):
        from NENSegmentationLib.panel import ensemble_models

        choice = panel._panel._ensemble._models
        choice._models = ensemble_models.available_models(folder)
        names = [model.name for model in choice._models]
        panel.ui.ensembleModelComboBox.clear()
        panel.ui.ensembleModelComboBox.addItems(names)
        panel.ui.ensembleModelComboBox.setCurrentIndex(names.index(name))
        choice.onChosen()


def test_the_whole_way_from_the_model_to_the_results(a_slicer, found, tmp_path, monkeypatch):
    """Run, the doubtful first, keep the one and delete the other, export; the case comes back as it was left."""
    import json

    import qt

    assert found.ui.reviewMethodLabel.text == "Method: ensemble, Tiny (trained on digital patients only)."
    assert "proposed by the ensemble Tiny" in found.ui.reviewWarningsLabel.text
    found.ui.doubtfulFirstButton.click()
    found.ui.deleteButton.click()
    found.ui.keepButton.click()
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "results"))
    found.ui.exportButton.click()
    (folder,) = (tmp_path / "results").iterdir()
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    assert (summary["method"], summary["lesions"]) == ("ensemble", 1)
    assert summary["ensemble"]["model"]["title"] == "Tiny (trained on digital patients only)"
    assert "Tiny (trained on digital patients only)" in (folder / "report.html").read_text("utf-8")
    assert "ensemble,0.9" in (folder / "lesions.csv").read_text("utf-8")
    before = found.logic.reading.session.lesion_map.lesions
    found.ui.closeCaseButton.click()
    found.ui.openCaseButton.click()
    a_slicer.processEvents()
    assert found.logic.reading.session.lesion_map.lesions == before
    assert column(found, 6) == ["0.90"]
    found.ui.undoButton.click()
    found.ui.undoButton.click()
    assert sorted(column(found, 6)) == ["0.60", "0.90"]


class TestTheTable:
    def test_probability_and_disagreement_have_columns_only_where_there_are_such_lesions(self, found):
        table = found.ui.lesionTable
        assert not table.isColumnHidden(6)
        assert (column(found, 6), column(found, 7)) == (["0.60", "0.90"], ["0.25", "0.25"])
        found.ui.segmentButton.click()
        assert table.isColumnHidden(6)
        assert table.isColumnHidden(7)
        assert not found.ui.doubtfulFirstButton.visible

    def test_the_doubtful_lesions_come_first_by_a_button(self, found):
        from NENSegmentationLib.core.seed_rule import fixed_suv
        from NENSegmentationLib.panel.self_test import LIVER_RAS

        found.logic.reading.session.add_seed(LIVER_RAS, fixed_suv(5.1))
        found.ui.doubtfulFirstButton.click()
        assert column(found, 6) == ["0.60", "0.90", ""]
        assert found.ui.lesionTable.item(0, 0).isSelected()
        assert found.ui.lesionTable.horizontalHeaderItem(6).text() == "AI\nprob. \u25b4"

    def test_and_by_a_key(self, found, press):
        from qt import Qt

        press(Qt.Key_U)
        assert column(found, 6) == ["0.60", "0.90"]

    def test_a_click_on_the_column_sorts_by_disagreement_from_the_highest(self, found):
        from dataclasses import replace

        table = found._panel._review._table
        lesions = dict(found.logic.reading.session.lesion_map.lesions)
        lesions[1] = replace(lesions[1], disagreement=0.1)
        table.show(lesions, None)
        table.onHeaderClicked(7)
        assert column(found, 7) == ["0.25", "0.10"]

    def test_sorted_by_doubt_and_segmented_by_the_threshold_it_is_sorted_by_volume_again(self, found):
        found.ui.doubtfulFirstButton.click()
        found.ui.segmentButton.click()
        assert found.ui.lesionTable.horizontalHeaderItem(2).text() == "mL \u25be"


class TestAnImport:
    @pytest.fixture
    def chosen(self, monkeypatch):
        import qt

        return lambda path: monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *_: str(path))

    @pytest.fixture
    def a_zip(self, a_model_folder, tmp_path):
        def pack(folder=a_model_folder, name="exported.zip", **more):
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                for path in folder.rglob("*.*"):
                    archive.write(path, f"Dataset001/nnUNetTrainer__p__3d_fullres/{path.relative_to(folder)}")
                for inside, text in more.items():
                    archive.writestr(inside, text)
            return tmp_path / name

        return pack

    def imported(self, a_slicer, panel):
        panel.ui.ensembleImportButton.click()
        waited(a_slicer, lambda: panel.ui.ensembleImportButton.text == "Import model...")
        return panel.ui.ensembleImportLabel.text

    def test_a_zip_becomes_a_model_to_choose(self, a_slicer, a_case, a_zip, chosen, tmp_path, temporary):
        chosen(a_zip())
        assert self.imported(a_slicer, a_case) == "exported was imported."
        assert a_case.ui.ensembleModelComboBox.currentText == "Tiny (trained on digital patients only)"
        assert a_case._parameterNode.ensembleModel == "exported"
        assert (tmp_path / "NENSegmentation" / "models" / "exported" / "fold_1" / "checkpoint_final.pth").is_file()
        assert list(temporary.iterdir()) == []

    def test_a_zip_with_a_path_outside_is_refused(self, a_slicer, a_case, a_zip, chosen, tmp_path):
        chosen(a_zip(**{"../../evil.pth": "x"}))
        assert "would write outside its folder" in self.imported(a_slicer, a_case)
        assert not (tmp_path / "NENSegmentation" / "models").exists()
        assert a_case.ui.ensembleModelComboBox.count == 1

    def test_a_checkpoint_that_is_more_than_weights_is_refused_and_runs_nothing(
        self, a_slicer, a_case, a_zip, chosen, tmp_path
    ):
        import torch

        folder = write_tiny_model(tmp_path / "evil", channels=("PET",))
        torch.save({"network_weights": {}, "trainer_name": Attack()}, folder / "fold_0" / "checkpoint_final.pth")
        chosen(a_zip(folder))
        assert "asks to run posix.system" in self.imported(a_slicer, a_case)
        assert a_case.ui.ensembleModelComboBox.count == 1

    def test_a_second_import_of_the_same_is_refused(self, a_case, a_zip, chosen, shown_errors, tmp_path):
        (tmp_path / "NENSegmentation" / "models" / "exported").mkdir(parents=True)
        chosen(a_zip())
        a_case.ui.ensembleImportButton.click()
        assert shown_errors == [
            "Exported.zip: a model exported is there already. Use it, or give the file another name."
        ]

    def test_an_import_can_be_stopped_and_leaves_nothing(self, a_case, a_zip, chosen, tmp_path, temporary):
        chosen(a_zip())
        a_case.ui.ensembleImportButton.click()
        assert a_case.ui.ensembleImportButton.text == "Stop import"
        a_case.ui.ensembleImportButton.click()
        assert a_case.ui.ensembleImportLabel.text == "The import was stopped."
        assert list(temporary.iterdir()) == []
        models = tmp_path / "NENSegmentation" / "models"
        assert not models.exists() or list(models.iterdir()) == []
