"""What must not happen and does: one sentence in the panel, and the case stays usable."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from scene.reading import click, pixel_of

UPPER, LOWER, BODY, AIR = (-32.0, 40.0, 40.0), (-32.0, -32.0, -40.0), (-32.0, 0.0, 0.0), (-76.0, -76.0, 0.0)
"""Inside the two lesions, in normal tissue, and beside the patient: R, A, S in mm."""


def click_at(ras, name="Red"):
    import slicer

    view = slicer.app.layoutManager().sliceWidget(name).standInView
    view.node.JumpSliceByOffsetting(*ras)
    click(view, pixel_of(view, ras))


def assert_usable(panel):
    """The case can be corrected, and the correction taken back."""
    panel.ui.addByClickButton.checked = False
    panel.ui.deleteByClickButton.checked = True
    before = panel.ui.lesionTable.rowCount
    click_at(LOWER)
    assert panel.ui.lesionTable.rowCount == before - 1
    panel.ui.undoButton.click()
    assert panel.ui.lesionTable.rowCount == before
    assert panel.ui.messageLabel.text == ""


def assert_one_sentence(text, *words):
    assert text.endswith(".")
    assert "\n" not in text
    for word in words:
        assert word in text


class TestASeed:
    def sentence_at(self, panel, ras):
        panel.ui.addByClickButton.checked = True
        click_at(ras)
        assert panel.ui.lesionTable.rowCount == 2
        return panel.ui.messageLabel.text

    def test_in_a_lesion(self, a_segmented_case):
        assert_one_sentence(self.sentence_at(a_segmented_case, UPPER), "lies in Lesion 2 already")
        assert_usable(a_segmented_case)

    def test_outside_the_body(self, a_segmented_case):
        assert_one_sentence(self.sentence_at(a_segmented_case, AIR), "lies outside the body")
        assert_usable(a_segmented_case)

    def test_below_the_threshold(self, a_segmented_case):
        assert_one_sentence(self.sentence_at(a_segmented_case, BODY), "which is not above SUV 7.90")
        assert_usable(a_segmented_case)

    def test_that_leaks(self, a_segmented_case):
        a_segmented_case.ui.seedRuleComboBox.currentIndex = 1
        a_segmented_case.ui.seedSuvSpinBox.value = 0.5
        assert_one_sentence(self.sentence_at(a_segmented_case, BODY), "past")
        assert_usable(a_segmented_case)


def test_a_pet_of_nothing_but_air_opens_and_the_region_is_refused(a_ready_panel, a_patient, shown_errors):
    import slicer

    slicer.util.arrayFromVolume(a_patient[0])[:] *= 0.004
    a_ready_panel.ui.openCaseButton.click()
    a_ready_panel.ui.segmentButton.click()
    assert a_ready_panel.ui.caseStateLabel.text == "PET: a new case."
    (sentence,) = shown_errors
    assert_one_sentence(sentence, "lies outside the body")


class TestAJournal:
    @pytest.fixture
    def a_closed_case(self, a_segmented_case):
        """The panel after one of two lesions was deleted, and the journal of the case."""
        a_segmented_case.logic.reading.session.delete_at(UPPER)
        a_segmented_case.ui.closeCaseButton.click()
        (journal,) = a_segmented_case.logic.reading.folder.glob("*.journal")
        return a_segmented_case, journal

    def test_of_another_case_is_refused(self, a_closed_case, a_patient, shown_errors):
        import slicer

        panel, journal = a_closed_case
        array = slicer.util.arrayFromVolume(a_patient[0])
        array[array == 20] = 21
        panel.ui.openCaseButton.click()
        panel.ui.closeCaseButton.click()
        (other,) = set(panel.logic.reading.folder.glob("*.journal")) - {journal}
        shutil.copy(journal, other)
        panel.ui.openCaseButton.click()
        (sentence,) = shown_errors
        assert_one_sentence(sentence, "another case")
        assert panel.ui.caseStateLabel.text == "No case is open."
        array[array == 21] = 20
        panel.ui.openCaseButton.click()
        assert panel.ui.lesionTable.rowCount == 1

    def test_that_is_damaged_at_its_end_counts_to_its_last_whole_action(self, a_closed_case):
        panel, journal = a_closed_case
        panel.ui.openCaseButton.click()
        for _ in range(30):
            panel.ui.undoButton.click()
            panel.ui.redoButton.click()
        panel.ui.closeCaseButton.click()
        journal.write_bytes(journal.read_bytes()[:-4096])
        panel.ui.openCaseButton.click()
        state, sentence = panel.ui.caseStateLabel.text.split("\n")
        assert state.startswith("PET was read before: ")
        assert_one_sentence(sentence, "breaks off or is damaged after its first", "They are whole and count")
        assert_usable(panel)


NODES = [
    ("vtkMRMLScalarVolumeNode", "PET"),
    ("vtkMRMLScalarVolumeNode", "CT"),
    ("vtkMRMLScalarVolumeNode", "MIP"),
    ("vtkMRMLSegmentationNode", "Lesions"),
    ("vtkMRMLSegmentationDisplayNode", None),
    ("vtkMRMLLabelMapVolumeNode", "Lesions"),
    ("vtkMRMLLabelMapVolumeNode", "MIP lesions"),
    ("vtkMRMLLabelMapVolumeDisplayNode", None),
    ("vtkMRMLColorTableNode", "Lesions colours"),
    ("vtkMRMLModelNode", "Reference region (liver)"),
    ("vtkMRMLModelDisplayNode", "ModelDisplay"),
    ("vtkMRMLMarkupsFiducialNode", "Normal liver"),
]


@pytest.mark.parametrize(("kind", "name"), NODES)
def test_a_node_that_is_removed_from_outside_leaves_a_case_that_can_be_read_on(a_slicer, a_ready_panel, kind, name):
    import slicer

    scene = a_slicer.mrmlScene()
    ct = slicer.util.addVolumeFromArray(np.zeros((40, 40, 40), np.int16), name="CT")
    a_ready_panel.ui.ctSelector.setCurrentNode(ct)
    a_ready_panel.ui.openCaseButton.click()
    a_ready_panel.ui.segmentButton.click()
    nodes = [scene.GetNthNodeByClass(n, kind) for n in range(scene.GetNumberOfNodesByClass(kind))]
    pet = a_ready_panel.logic.reading.session.pet_node
    for node in [node for node in nodes if name is None or node.GetName() == name]:
        scene.RemoveNode(node)
    if a_ready_panel.logic.reading.session is None:
        assert_one_sentence(a_ready_panel.ui.caseStateLabel.text.split(". ")[0] + ".", name, "was removed")
        scene.AddNode(pet)
        a_ready_panel.ui.petSelector.setCurrentNode(pet)
        a_ready_panel.ui.openCaseButton.click()
    assert a_ready_panel.ui.lesionTable.rowCount == 2
    assert_usable(a_ready_panel)
