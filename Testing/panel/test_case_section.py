"""How a case gets into the panel: from Slicer's DICOM module, or from a volume of which the reader has to be asked."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from dicom.conftest import a_ct_header, a_pet_header, written
from numpy.testing import assert_array_equal
from scene.loading import loaded_by_slicer

WIDE = {"Rows": 24, "Columns": 24}
HOT = {**WIDE, "RescaleSlope": 100}
UNKNOWN = "The PET does not say in which units it is; its reader said that it is in SUVbw (g/mL)."


def volumes():
    import slicer

    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    return [name for name in names if name.startswith("4:")]


def with_units(node, code, meaning):
    import slicer

    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(code, "UCUM", meaning)
    node.SetVoxelValueUnits(entry)


def typed_date(panel, text):
    panel.ui.injectionDateLineEdit.setText(text)
    panel.ui.injectionDateLineEdit.editingFinished()


@pytest.mark.usefixtures("a_pet_from_dicom")
class TestAPetFromSlicersDicomModule:
    @pytest.fixture
    def opened(self, a_panel):
        a_panel.ui.openCaseButton.click()
        return a_panel

    def test_before_it_is_opened_the_panel_says_what_will_be_done(self, a_panel):
        assert a_panel.ui.suvStateLabel.text == (
            "4: PET AC came from DICOM: it is converted to SUVbw (g/mL) when the case is opened."
        )

    def test_it_opens_as_the_suv_of_its_files_in_a_volume_beside_it(self, opened, a_dicom_patient):
        from NENSegmentationLib.core.volume import voxels
        from NENSegmentationLib.dicom.case import read_case

        assert volumes() == ["4: PET AC", "4: PET AC SUV"]
        assert opened.ui.petSelector.currentNode().GetName() == "4: PET AC SUV"
        assert_array_equal(voxels(opened.logic.reading.session.pet), voxels(read_case(a_dicom_patient).pet))

    def test_its_conversion_is_said_in_words(self, opened):
        first, second, third = opened.ui.suvStateLabel.text.splitlines()
        assert re.fullmatch(
            r"4: PET AC SUV is in SUVbw \(g/mL\), made of its DICOM files: [\d.e-]+ \u00d7 Bq/mL\.", first
        )
        assert re.fullmatch(r"[\d.]+ kg, [\d.]+ MBq \S.*\.", second)
        assert re.fullmatch(r"Injected \S+ [\d:]{8}; decay over \d:\d\d:\d\d \(h:min:s\) to the scan\.", third)
        assert "PatientWeight (0010,1030): " in opened.ui.suvStateLabel.toolTip

    def test_opening_it_again_takes_the_same_volume(self, opened, a_pet_from_dicom):
        opened.ui.closeCaseButton.click()
        opened.ui.petSelector.setCurrentNode(a_pet_from_dicom)
        opened.ui.openCaseButton.click()
        assert volumes() == ["4: PET AC", "4: PET AC SUV"]
        assert "was opened before" in opened.ui.caseStateLabel.text

    def test_its_conversion_comes_back_with_a_saved_scene(self, a_slicer, opened, tmp_path):
        before, scene = opened.ui.suvStateLabel.text, a_slicer.mrmlScene()
        assert scene.WriteToMRB(str(tmp_path / "scene.mrb"))
        scene.Clear(0)
        assert scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
        assert opened.ui.petSelector.currentNode().GetName() == "4: PET AC SUV"
        assert opened.ui.suvStateLabel.text == before
        opened.ui.openCaseButton.click()
        assert "was opened before" in opened.ui.caseStateLabel.text
        assert volumes() == ["4: PET AC", "4: PET AC SUV"]

    def test_a_pet_whose_dose_is_missing_is_one_sentence(self, a_slicer, a_panel, a_database, tmp_path, shown_errors):
        folder = tmp_path / "PET"
        for k in range(12):
            written(a_pet_header(k, RadionuclideTotalDose=None), folder / f"{k}.dcm")
        a_database.standInImport(folder)
        a_panel.ui.petSelector.setCurrentNode(loaded_by_slicer(a_slicer.mrmlScene(), folder))
        a_panel.ui.openCaseButton.click()
        (sentence,) = shown_errors
        assert "RadionuclideTotalDose (0018,1074)" in sentence
        assert "--" not in sentence
        assert a_panel.ui.caseStateLabel.text == "No case is open."
        assert a_panel.ui.openCaseButton.enabled

    def test_a_pet_in_activity_without_its_files_is_one_sentence(
        self, a_panel, a_pet_from_dicom, a_database, shown_errors
    ):
        with_units(a_pet_from_dicom, "Bq/ml", "Becquerels/milliliter")
        a_database.standInEmpty()
        a_panel.ui.openCaseButton.click()
        assert shown_errors == [
            "4: PET AC is not in SUVbw (g/mL), and its DICOM files are not in Slicer's DICOM database. "
            "Load the PET with Slicer's DICOM module, or choose one that is in SUV."
        ]
        assert "its DICOM files are not known" in _reselected(a_panel, a_pet_from_dicom).ui.suvStateLabel.text

    def test_a_database_that_is_closed_knows_no_file(self, a_panel, a_pet_from_dicom, a_database):
        a_database.standInSetOpen(False)
        assert not _reselected(a_panel, a_pet_from_dicom).ui.injectionDateLineEdit.enabled

    def test_a_volume_that_is_no_pet_is_said_so(self, a_panel, a_pet_from_dicom, shown_errors):
        with_units(a_pet_from_dicom, "[hnsf'U]", "Hounsfield unit")
        sentence = "4: PET AC: its voxels are in Hounsfield unit, not in SUVbw or Bq/mL. Choose the PET."
        a_panel.ui.openCaseButton.click()
        assert shown_errors == [sentence]
        assert _reselected(a_panel, a_pet_from_dicom).ui.suvStateLabel.text == sentence


def _reselected(panel, node):
    panel.ui.petSelector.setCurrentNode(None)
    panel.ui.petSelector.setCurrentNode(node)
    return panel


class TestTheDayOfTheInjection:
    ASSUMED = "give the day of the injection"

    @pytest.fixture
    def undated(self, a_slicer, a_panel, a_database, tmp_path):
        """A PET with 64Cu (12.7 h) and a time of injection without a date, open."""
        folder = tmp_path / "PET"
        for k in range(12):
            written(a_pet_header(k, RadionuclideHalfLife=45723.6, **HOT), folder / f"{k}.dcm")
        a_database.standInImport(folder)
        a_panel.ui.petSelector.setCurrentNode(loaded_by_slicer(a_slicer.mrmlScene(), folder))
        a_panel.ui.openCaseButton.click()
        return a_panel

    def test_that_it_was_assumed_is_said_wherever_suv_is_shown(self, undated):
        assert self.ASSUMED in undated.ui.suvStateLabel.text
        assert self.ASSUMED in undated.ui.warningsLabel.text

    def test_a_given_day_makes_the_suv_anew(self, undated):
        before = undated.logic.reading.session.pet
        assert not undated.ui.openCaseButton.enabled
        typed_date(undated, "2024-03-04")
        assert undated.ui.openCaseButton.enabled
        undated.ui.openCaseButton.click()
        # A day is 24 / 12.701 half-lives of 64Cu.
        ratio = undated.logic.reading.session.pet[1, 1, 1] / before[1, 1, 1]
        assert ratio == pytest.approx(2 ** (86400 / 45723.6))
        assert self.ASSUMED not in undated.ui.suvStateLabel.text
        assert volumes() == ["4: PET AC", "4: PET AC SUV"]
        assert not undated.ui.openCaseButton.enabled

    def test_a_day_that_is_taken_back_makes_the_suv_as_before(self, undated):
        before = undated.logic.reading.session.pet[1, 1, 1]
        for text in ("2024-03-04", ""):
            typed_date(undated, text)
            undated.ui.openCaseButton.click()
        assert undated.logic.reading.session.pet[1, 1, 1] == before

    def test_the_day_belongs_to_its_pet_and_not_to_the_next(self, undated, a_patient):
        typed_date(undated, "2024-03-04")
        undated.ui.petSelector.setCurrentNode(a_patient[0])
        assert undated.ui.injectionDateLineEdit.text == ""
        assert not undated.ui.injectionDateLineEdit.enabled

    @pytest.mark.parametrize("typed", ["2024-03-04", " 2024-3-4 "])
    def test_the_day_holds_for_the_volume_that_slicer_loaded_too(self, undated, typed):
        import slicer

        typed_date(undated, typed)
        undated.ui.openCaseButton.click()
        undated.ui.petSelector.setCurrentNode(slicer.util.getNode("4: PET AC"))
        undated.ui.openCaseButton.click()
        assert undated.ui.injectionDateLineEdit.text == typed.strip()
        assert self.ASSUMED not in undated.ui.suvStateLabel.text
        assert not undated.ui.openCaseButton.enabled

    def test_what_is_no_date_is_one_sentence(self, undated, shown_errors):
        typed_date(undated, "4.3.2024")
        undated.ui.openCaseButton.click()
        assert shown_errors == [
            'The injection date "4.3.2024" is no date. Write it as year-month-day, for example 2024-03-21.'
        ]


class TestAPetOfUnknownUnits:
    @pytest.fixture
    def unknown(self, a_ready_panel, a_patient):
        a_patient[0].SetVoxelValueUnits(None)
        return _reselected(a_ready_panel, a_patient[0])

    def test_the_reader_is_asked_once_and_the_answer_stays_with_the_volume(self, unknown, answers):
        answers["given"] = [True]
        unknown.ui.openCaseButton.click()
        unknown.ui.closeCaseButton.click()
        unknown.ui.openCaseButton.click()
        assert answers["asked"] == ["PET does not say in which units it is. Is this PET already in SUV (SUVbw, g/mL)?"]
        assert UNKNOWN in unknown.ui.suvStateLabel.text
        assert UNKNOWN in unknown.ui.warningsLabel.text

    def test_no_leaves_the_case_closed_with_one_sentence(self, unknown, answers, shown_errors):
        answers["given"] = [False]
        unknown.ui.openCaseButton.click()
        assert shown_errors[0].startswith("PET is not in SUVbw (g/mL)")
        assert unknown.ui.caseStateLabel.text == "No case is open."
        assert unknown.ui.openCaseButton.enabled

    def test_the_answer_is_kept_with_a_saved_scene(self, a_slicer, unknown, answers, tmp_path):
        import slicer

        answers["given"] = [True]
        unknown.ui.openCaseButton.click()
        scene = a_slicer.mrmlScene()
        scene.WriteToMRB(str(tmp_path / "scene.mrb"))
        scene.Clear(0)
        scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
        unknown.ui.petSelector.setCurrentNode(slicer.util.getNode("PET"))
        unknown.ui.openCaseButton.click()
        assert len(answers["asked"]) == 1
        assert unknown.logic.reading.session is not None

    def test_a_value_that_no_patient_has_is_warned_of(self, unknown, a_patient, answers):
        import slicer

        slicer.util.arrayFromVolume(a_patient[0])[20, 20, 20] = 45000
        answers["given"] = [True]
        unknown.ui.openCaseButton.click()
        assert "The largest voxel is 45000, which is hardly an SUV" in unknown.ui.warningsLabel.text


@pytest.mark.parametrize("kind", [np.int16, np.float64])
def test_a_pet_of_other_numbers_opens_as_float32(a_ready_panel, a_patient, kind):
    import slicer

    pet = a_patient[0]
    slicer.util.updateVolumeFromArray(pet, slicer.util.arrayFromVolume(pet).astype(kind))
    a_ready_panel.ui.openCaseButton.click()
    assert a_ready_panel.logic.reading.session.pet.GetPixelIDTypeAsString() == "32-bit float"
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.lesionCountLabel.text == "2"


class TestTheCt:
    @pytest.fixture
    def with_ct(self, a_slicer, a_panel, a_database, tmp_path):
        """Load a PET and a CT by Slicer's DICOM module, choose them, and open the case."""

        def open_with(**changes):
            from NENSegmentationLib.scene.volumes import Units

            for k in range(12):
                written(a_pet_header(k, **HOT), tmp_path / "PET" / f"{k}.dcm")
            for k in range(24):
                written(a_ct_header(k, **{**WIDE, **changes}), tmp_path / "CT" / f"{k}.dcm")
            for name in ("PET", "CT"):
                a_database.standInImport(tmp_path / name)
            scene = a_slicer.mrmlScene()
            a_panel.ui.petSelector.setCurrentNode(loaded_by_slicer(scene, tmp_path / "PET", "4: PET AC"))
            ct = loaded_by_slicer(scene, tmp_path / "CT", "3: CT", units=Units.HU)
            a_panel.ui.ctSelector.setCurrentNode(ct)
            a_panel.ui.openCaseButton.click()
            return a_panel

        return open_with

    def test_of_the_same_examination_opens_without_a_word(self, with_ct):
        assert with_ct().ui.warningsLabel.text == "None"

    def test_of_another_patient_is_refused(self, with_ct, shown_errors):
        panel = with_ct(PatientID="ANOTHER")
        assert shown_errors == [
            "3: CT is of another patient than 4: PET AC SUV (PatientID (0010,0020) differs). "
            "Choose the CT of the same examination."
        ]
        assert panel.logic.reading.session is None
        assert panel.ui.openCaseButton.enabled

    def test_of_another_examination_is_refused(self, with_ct, shown_errors):
        with_ct(FrameOfReferenceUID="1.2.9", StudyInstanceUID="1.2.8")
        (sentence,) = shown_errors
        assert sentence.startswith(
            "3: CT is of another examination than 4: PET AC SUV: FrameOfReferenceUID (0020,0052)"
        )

    def test_of_another_frame_of_reference_in_the_same_study_is_warned_of(self, with_ct):
        panel = with_ct(FrameOfReferenceUID="1.2.9")
        assert "different frames of reference (FrameOfReferenceUID (0020,0052))" in panel.ui.warningsLabel.text
        assert panel.logic.reading.session is not None


@pytest.mark.usefixtures("a_pet_from_dicom")
class TestExport:
    @pytest.fixture
    def exported(self, a_panel, tmp_path, monkeypatch):
        """Open the PET with lesions; returns a function that exports them."""
        import qt

        (tmp_path / "out").mkdir()
        monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
        a_panel.ui.openCaseButton.click()
        session = a_panel.logic.reading.session
        labels = (np.asarray(_array(session.pet)) > 10).astype(np.int32)
        a_panel.logic.reading.takeOver((_lesions(session.pet, labels), ()), a_panel._parameterNode)

        def export():
            a_panel.ui.exportButton.click()
            (folder,) = (tmp_path / "out").iterdir()
            return a_panel, folder

        return export

    def test_rtstruct_seg_conversion_and_time_log_are_written(self, exported):
        panel, folder = exported()
        assert panel.ui.exportedLabel.text == f"Written to {folder}"
        names = {path.name for path in folder.iterdir()}
        assert {"rtstruct.dcm", "lesions.seg.dcm", "time_log.csv", "pet.json", "summary.json"} <= names
        assert json.loads((folder / "pet.json").read_text("utf-8"))["units"] == "BQML"

    def test_the_warnings_of_the_suv_are_in_the_summary(self, exported, a_panel):
        _, folder = exported()
        said = json.loads((folder / "summary.json").read_text("utf-8"))["warnings"]
        assert set(a_panel.logic.reading.warnings) <= set(said)

    def test_files_that_are_gone_leave_the_rest_and_it_is_said(self, exported, a_database):
        a_database.standInEmpty()
        panel, folder = exported()
        assert not (folder / "rtstruct.dcm").exists()
        _, said = panel.ui.exportedLabel.text.splitlines()
        assert said.startswith("There is no RTSTRUCT and no DICOM SEG. 4: PET AC SUV: 105 of its 105 DICOM files")
        assert said in json.loads((folder / "summary.json").read_text("utf-8"))["warnings"]


def _array(image):
    import SimpleITK as sitk

    return sitk.GetArrayViewFromImage(image)


def _lesions(pet, labels):
    from NENSegmentationLib.core.lesion import Origin
    from NENSegmentationLib.core.lesions import LesionMap

    return LesionMap.from_labels(pet, labels, origin=Origin.GIVEN)
