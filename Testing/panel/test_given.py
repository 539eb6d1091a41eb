"""Segmentations of other tools and earlier readers, opened for correction by clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

BOTH = {1: (slice(28, 32), slice(8, 12), slice(26, 30)), 2: (slice(8, 12), slice(26, 30), slice(26, 30))}
"""The two lesions of the patient, in (k, j, i)."""

QUESTION = "The lesions of this case (2) were corrected already. Replace them, and lose the corrections?"


def labels(pieces=BOTH) -> np.ndarray:
    array = np.zeros((40, 40, 40), np.int16)
    for value, piece in pieces.items():
        array[piece] = value
    return array


def label_node(array, name="tool", like=None):
    """Put a label map into the scene, on the grid of the PET."""
    import slicer

    node = slicer.util.addVolumeFromArray(array, name=name, nodeClassName="vtkMRMLLabelMapVolumeNode")
    node.CopyOrientation(like)
    return node


@pytest.fixture
def corrected_by(an_open_case, a_patient):
    """Choose a label map and press Correct."""

    def correct(array, **changes):
        node = label_node(array, like=a_patient[0])
        for setter, value in changes.items():
            getattr(node, setter)(*value)
        an_open_case.ui.givenSelector.setCurrentNode(node)
        an_open_case.ui.openGivenButton.click()
        return an_open_case

    return correct


@pytest.fixture
def chosen_file(monkeypatch):
    """Choose a file in the dialog that comes."""
    import qt

    def choose(path: Path | str):
        monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *_: str(path))

    return choose


def lesions(panel):
    return [(lesion.name, lesion.voxels) for lesion in panel.logic.reading.session.lesion_map.lesions.values()]


class TestANodeOfTheScene:
    def test_every_connected_part_is_a_lesion_of_the_table(self, corrected_by):
        one_label = {1: BOTH[1]}
        array = labels(one_label)
        array[BOTH[2]] = 1
        panel = corrected_by(array)
        assert len(lesions(panel)) == 2
        assert [voxels for _, voxels in lesions(panel)] == [64, 64]
        assert panel.ui.lesionTable.rowCount == 2
        assert panel.ui.givenLabel.text == "tool: lesions opened for correction: 2."
        assert panel._parameterNode.lesions is panel.logic.reading.session.node

    def test_correct_needs_a_case_and_a_choice(self, a_ready_panel, a_patient):
        node = label_node(labels(), like=a_patient[0])
        a_ready_panel.ui.givenSelector.setCurrentNode(node)
        assert not a_ready_panel.ui.openGivenButton.enabled
        a_ready_panel.ui.openCaseButton.click()
        assert a_ready_panel.ui.openGivenButton.enabled
        a_ready_panel.ui.givenSelector.setCurrentNode(None)
        assert not a_ready_panel.ui.openGivenButton.enabled
        assert a_ready_panel.ui.openGivenFileButton.enabled

    def test_it_comes_back_with_the_case_and_so_does_what_was_said(self, corrected_by):
        panel = corrected_by(labels().repeat(2, 0), SetSpacing=(4.0, 4.0, 2.0))
        said = "The segmentation lies on another grid than the PET: it was resampled by nearest neighbour."
        assert panel.ui.givenLabel.text.splitlines()[1] == said
        before = lesions(panel)
        panel.ui.closeCaseButton.click()
        panel.ui.openCaseButton.click()
        assert lesions(panel) == before
        assert said in panel.ui.warningsLabel.text

    def test_it_can_be_corrected_and_undone(self, corrected_by):
        panel = corrected_by(labels())
        panel.logic.reading.session.delete(1)
        assert panel.ui.lesionTable.rowCount == 1
        panel.ui.undoButton.click()
        assert panel.ui.lesionTable.rowCount == 2

    def test_its_loading_is_not_the_readers_time(self, corrected_by):
        panel = corrected_by(labels())
        events = [event for event in panel.logic.reading.session.journal.events() if event.kind.value == "paused"]
        assert [event.payload["reason"] for event in events] == ["loading"]
        assert panel.ui.timeStateLabel.text == "Running"

    def test_a_reader_who_paused_stays_paused(self, an_open_case, corrected_by):
        an_open_case.ui.pauseButton.click()
        corrected_by(labels())
        assert an_open_case.logic.reading.session.timer.state.value == "paused"

    def test_a_segmentation_of_another_patient_is_refused(self, corrected_by, shown_errors):
        panel = corrected_by(labels(), SetOrigin=(3000.0, 0.0, 0.0))
        assert shown_errors == ["Tool: no voxel of it lies on the PET. Choose a segmentation of this patient."]
        assert panel.logic.reading.session is not None
        assert panel.ui.givenLabel.text == ""

    def test_the_lesions_that_are_open_are_refused(self, a_segmented_case, shown_errors):
        session = a_segmented_case.logic.reading.session
        for node in (session.node, session.overlay.node):
            a_segmented_case.ui.givenSelector.setCurrentNode(node)
            a_segmented_case.ui.openGivenButton.click()
        assert shown_errors == ["Lesions: these are the lesions that are open now. Choose another segmentation."] * 2
        assert a_segmented_case.ui.lesionTable.rowCount == 2


class TestLesionsThatWereCorrectedAlready:
    def test_are_replaced_when_the_reader_says_yes(self, a_segmented_case, a_patient, answers):
        answers["given"] = [True]
        self._rename_and_open(a_segmented_case, a_patient)
        assert answers["asked"] == [QUESTION]
        assert len(lesions(a_segmented_case)) == 1

    def test_stay_when_the_reader_says_no(self, a_segmented_case, a_patient, answers):
        answers["given"] = [False]
        self._rename_and_open(a_segmented_case, a_patient)
        assert ("Rib", 64) in lesions(a_segmented_case)

    @pytest.mark.parametrize("key", ["Key_Return", "Key_Escape"])
    def test_stay_when_the_question_is_left_by_a_key(self, a_segmented_case, a_patient, qtbot, key):
        import qt

        boxes = []

        def press():
            boxes.append(qt.QApplication.activeModalWidget())
            qtbot.keyClick(boxes[0], getattr(qt.Qt, key))

        qt.QTimer.singleShot(0, press)
        self._rename_and_open(a_segmented_case, a_patient)
        assert len(boxes) == 1
        assert ("Rib", 64) in lesions(a_segmented_case)

    def test_are_asked_for_after_the_case_was_opened_again(self, a_segmented_case, a_patient, answers):
        answers["given"] = [False]
        a_segmented_case.logic.reading.session.rename(1, "Rib")
        a_segmented_case.ui.closeCaseButton.click()
        a_segmented_case.ui.openCaseButton.click()
        self._open(a_segmented_case, a_patient)
        assert answers["asked"] == [QUESTION]

    def test_without_a_correction_there_is_no_question(self, a_segmented_case, a_patient, answers):
        self._open(a_segmented_case, a_patient)
        assert answers["asked"] == []
        assert len(lesions(a_segmented_case)) == 1

    def _rename_and_open(self, panel, a_patient):
        panel.logic.reading.session.rename(1, "Rib")
        self._open(panel, a_patient)

    def _open(self, panel, a_patient):
        panel.ui.givenSelector.setCurrentNode(label_node(labels({1: BOTH[1]}), like=a_patient[0]))
        panel.ui.openGivenButton.click()


class TestAFile:
    def test_a_label_map_opens(self, an_open_case, chosen_file, tmp_path):
        image = sitk.GetImageFromArray(labels())
        image.CopyInformation(an_open_case.logic.reading.session.pet)
        sitk.WriteImage(image, str(tmp_path / "earlier.nii.gz"))
        chosen_file(tmp_path / "earlier.nii.gz")
        an_open_case.ui.openGivenFileButton.click()
        assert lesions(an_open_case) == [("Label 1", 64), ("Label 2", 64)]
        assert an_open_case.ui.givenLabel.text == "earlier.nii.gz: lesions opened for correction: 2."

    def test_a_segmentation_of_slicer_opens_and_leaves_no_node_behind(self, a_segmented_case, chosen_file, tmp_path):
        import slicer

        from NENSegmentationLib.core.segments import write_segments

        write_segments(tmp_path / "earlier.seg.nrrd", a_segmented_case.logic.reading.session.lesion_map)
        chosen_file(tmp_path / "earlier.seg.nrrd")
        a_segmented_case.ui.openGivenFileButton.click()
        assert lesions(a_segmented_case) == [("Lesion 1", 64), ("Lesion 2", 64)]
        assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1

    def test_a_dialog_that_is_cancelled_changes_nothing(self, an_open_case, chosen_file):
        chosen_file("")
        an_open_case.ui.openGivenFileButton.click()
        assert an_open_case.logic.reading.session.lesion_map is None

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("none.nii.gz", None, "there is no such file"),
            ("text.nii.gz", b"text", "the file is cut off or damaged"),
            ("short.dcm", b"text", "the DICOM file is truncated or damaged"),
            ("text.seg.nrrd", b"text", "this is not a complete segmentation file"),
            ("object.dcm", bytes(128) + b"DICM", "because the PET is no DICOM. Read the PET from its DICOM series."),
        ],
    )
    def test_a_file_that_cannot_be_used_is_one_sentence(
        self, an_open_case, chosen_file, shown_errors, tmp_path, name, content, words
    ):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        chosen_file(tmp_path / name)
        an_open_case.ui.openGivenFileButton.click()
        (sentence,) = shown_errors
        assert words in sentence
        assert an_open_case.logic.reading.session is not None


@pytest.fixture(scope="module")
def results(a_dicom_patient, tmp_path_factory):
    """RTSTRUCT and SEG of the digital patient, as an earlier reader exported them."""
    from NENSegmentationLib.core.lesions import LesionMap
    from NENSegmentationLib.dicom.case import read_case
    from NENSegmentationLib.dicom.results import write_results

    case = read_case(a_dicom_patient)
    lesion_map = LesionMap.from_threshold(case.pet, 15.0)
    folder = tmp_path_factory.mktemp("earlier") / "results"
    write_results(folder, lesion_map, method="threshold", series=case.pet_series)
    return folder, lesion_map


@pytest.mark.usefixtures("a_pet_from_dicom")
class TestADicomObject:
    @pytest.mark.parametrize("name", ["rtstruct.dcm", "lesions.seg.dcm"])
    def test_it_opens_voxel_by_voxel(self, a_panel, results, chosen_file, name):
        folder, expected = results
        a_panel.ui.openCaseButton.click()
        chosen_file(folder / name)
        a_panel.ui.openGivenFileButton.click()
        np.testing.assert_array_equal(a_panel.logic.reading.session.lesion_map.labels, expected.labels)

    def test_is_refused_when_the_files_of_the_pet_are_not_known_any_more(
        self, a_panel, results, chosen_file, a_database, shown_errors
    ):
        a_panel.ui.openCaseButton.click()
        a_database.standInEmpty()
        chosen_file(results[0] / "rtstruct.dcm")
        a_panel.ui.openGivenFileButton.click()
        assert shown_errors == [
            "4: PET AC SUV: 105 of its 105 DICOM files are not in Slicer's DICOM database. Import the series again."
        ]

    @pytest.mark.parametrize("name", ["rtstruct.dcm", "lesions.seg.dcm"])
    def test_of_another_frame_of_reference_is_refused(
        self, a_panel, results, chosen_file, shown_errors, tmp_path, name
    ):
        from pydicom import dcmread

        other = dcmread(results[0] / name)
        for item in (other, *(other.get("ReferencedFrameOfReferenceSequence") or [])):
            item.FrameOfReferenceUID = "1.2.9"
        for roi in other.get("StructureSetROISequence") or []:
            roi.ReferencedFrameOfReferenceUID = "1.2.9"
        other.save_as(tmp_path / name)
        a_panel.ui.openCaseButton.click()
        chosen_file(tmp_path / name)
        a_panel.ui.openGivenFileButton.click()
        assert shown_errors == [
            f"{name[:1].upper()}{name[1:]}: it lies in another frame of reference than the PET (FrameOfReferenceUID "
            "(0020,0052)). Give one that was made on this PET or on its own CT."
        ]
        assert a_panel.logic.reading.session.lesion_map is None


def test_a_saved_scene_brings_no_second_lesions_node(a_slicer, a_segmented_case, tmp_path):
    import slicer

    panel, scene = a_segmented_case, a_slicer.mrmlScene()
    panel.logic.reading.session.delete(1)
    before = lesions(panel)
    assert scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    scene.Clear(0)
    assert scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    panel.ui.petSelector.setCurrentNode(scene.GetFirstNodeByName("PET"))
    panel.ui.openCaseButton.click()
    (node,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert node is panel.logic.reading.session.node
    assert lesions(panel) == before
    assert list(node.GetSegmentation().GetSegmentIDs()) == ["Lesion_2"]
