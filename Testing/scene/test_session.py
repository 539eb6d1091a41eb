from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal
from scene.elsewhere import box, draw

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.reference_region import Organ, ReferenceRegion, region_from_spheres
from NENSegmentationLib.core.seed_rule import fixed_suv
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.found_by import found_by
from NENSegmentationLib.scene.replay import region_payload
from NENSegmentationLib.scene.saved_lesions import CASE_KEY, mark_as_lesions_of
from NENSegmentationLib.scene.segmentation import segmentation_node
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.events import ACTIONS, Kind
from NENSegmentationLib.study.method_text import SEEDS_ONLY

LIVER = (-88.0, -88.0, 88.0)
NODE, TWIN, FAINT = (-40.0, -40.0, 40.0), (-54.0, -40.0, 40.0), (-40.0, -140.0, 120.0)


@pytest.fixture
def pet() -> sitk.Image:
    """A body of SUV 1 with a liver of SUV 5, a confluent pair, a lone lesion and a faint focus, in voxels of 4 mm."""
    values = np.zeros((44, 44, 44), np.float32)
    values[3:41, 3:41, 3:41] = 1
    values[16:29, 16:29, 16:29] = 5
    k, j, i = np.mgrid[:44, :44, :44] * 4.0
    for centre, suv in (((40, 40, 40), 20), ((40, 40, 54), 15), ((120, 120, 40), 30), ((120, 140, 40), 6)):
        distance = (k - centre[0]) ** 2 + (j - centre[1]) ** 2 + (i - centre[2]) ** 2
        values = np.maximum(values, suv * np.exp(-distance / 2 / 6.0**2)).astype(np.float32)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((4.0, 4.0, 4.0))
    return image


@pytest.fixture
def open_session(scene, pet, tmp_path):
    """Open the case, as often as a test wants; all is closed at the end."""
    node, opened = volume_node(scene, pet, "PET", units=Units.SUV), []

    def open_it() -> CorrectionSession:
        opened.append(CorrectionSession.open(scene, node, tmp_path / "case.journal"))
        return opened[-1]

    yield open_it
    for session in opened:
        session.close()


@pytest.fixture
def session(open_session):
    session = open_session()
    session.segment(region_from_spheres(session.pet, Organ.LIVER, [LIVER], 30.0))
    return session


def assert_in_step(session: CorrectionSession) -> None:
    """The node, the drawn labels and the lesion map are the same."""
    from_node = lesion_map_from_node(session.node, session.pet)
    assert_array_equal(from_node.labels, session.lesion_map.labels)
    assert_array_equal(voxel_view(session.overlay.node.GetImageData()), session.lesion_map.labels)
    assert {id_: lesion.name for id_, lesion in from_node.lesions.items()} == {
        id_: lesion.name for id_, lesion in session.lesion_map.lesions.items()
    }


def actions(session: CorrectionSession) -> list[str]:
    return [event.kind.value for event in session.journal.events() if event.kind in ACTIONS]


def test_segmenting_by_the_liver_finds_the_lesions_above_its_threshold(session):
    assert session.region.threshold() == pytest.approx(7.5)
    assert len(session.lesion_map.lesions) == 2
    assert_in_step(session)


def test_a_click_deletes_the_lesion_under_it(session):
    session.delete_at(NODE)
    assert session.lesion_at(NODE) is None
    assert len(session.lesion_map.lesions) == 1
    assert_in_step(session)


def test_a_click_on_nothing_is_said_and_changes_nothing(session):
    with pytest.raises(SceneError, match=r"there is no lesion at R -88, A -88, S 88 mm\. Click on one\."):
        session.delete_at(LIVER)
    assert actions(session) == ["segmented"]


def test_a_seed_adds_what_the_threshold_missed(session):
    edit = session.add_seed(FAINT, fixed_suv(3.5))
    assert session.lesion_at(FAINT).id == edit.added[0].id
    assert_in_step(session)


def test_a_preview_is_seen_and_changes_nothing(session):
    before = session.lesion_map.labels.copy()
    growth = session.preview_seed(FAINT, fixed_suv(3.5))
    shown = voxel_view(session.overlay.node.GetImageData())
    assert np.count_nonzero(shown != before) == np.count_nonzero(growth.mask)
    assert_array_equal(session.lesion_map.labels, before)
    session.clear_preview()
    assert_in_step(session)
    assert actions(session) == ["segmented"]


def test_a_confluent_lesion_is_split_and_merged_again(session):
    confluent = session.lesion_at(NODE).id
    assert session.lesion_at(TWIN).id == confluent
    first, second = (lesion.id for lesion in session.split(confluent).added)
    assert {session.lesion_at(NODE).id, session.lesion_at(TWIN).id} == {first, second}
    session.merge([first, second])
    assert session.lesion_at(NODE).id == session.lesion_at(TWIN).id
    assert_in_step(session)


def test_a_lesion_is_mended_by_a_sphere(session):
    lesion = session.lesion_at(NODE)
    smaller = session.erase(lesion.id, [NODE], 10.0).added[0]
    assert smaller.voxels < lesion.voxels
    assert session.paint(lesion.id, [NODE], 10.0).added[0].voxels == lesion.voxels
    assert_in_step(session)


def test_names_and_acceptance_go_to_the_segment(session):
    lesion = session.lesion_at(NODE)
    session.rename(lesion.id, "Node, left neck")
    session.accept(lesion.id)
    assert session.node.GetSegmentation().GetSegment(f"Lesion_{lesion.id}").GetName() == "Node, left neck"
    assert session.lesion_map.lesions[lesion.id].accepted
    assert_in_step(session)


def test_everything_can_be_undone_and_done_again(session):
    before = session.lesion_map.labels.copy()
    session.delete_at(NODE)
    session.add_seed(FAINT, fixed_suv(3.5))
    after = session.lesion_map.labels.copy()
    session.undo()
    session.undo()
    assert_array_equal(session.lesion_map.labels, before)
    assert_in_step(session)
    session.redo()
    session.redo()
    assert_array_equal(session.lesion_map.labels, after)
    assert_in_step(session)


def test_listeners_hear_of_every_edit_and_of_a_new_segmentation(session):
    heard = []
    session.edited.connect(lambda edit: heard.append(edit.action))
    session.segmented.connect(lambda: heard.append("segmented"))
    session.delete_at(NODE)
    session.undo()
    session.segment(session.region, minimum_volume_ml=0.5)
    assert heard == ["delete", "delete", "segmented"]


def test_the_journal_names_what_was_clicked_where(session):
    lesion_id = session.lesion_at(NODE).id
    session.delete_at(NODE)
    event = session.journal.events()[-1]
    assert (event.kind, dict(event.payload)) == (Kind.DELETED, {"lesion": lesion_id, "place": list(NODE)})


def test_physiological_uptake_is_told_from_a_false_positive(session):
    session.mark_physiological(session.lesion_at(NODE).id)
    assert actions(session) == ["segmented", "marked_physiological"]
    assert session.lesion_at(NODE) is None


def do_everything(session: CorrectionSession) -> None:
    session.delete_at((-40.0, -120.0, 120.0))
    session.add_seed(FAINT, fixed_suv(3.5))
    first, second = (lesion.id for lesion in session.split(session.lesion_at(NODE).id).added)
    session.rename(first, "Node")
    session.merge([first, second])
    session.undo()
    session.accept(second)
    session.erase(first, [NODE], 8.0)
    session.paint(second, [TWIN], 30.0)
    segments = session.node.GetSegmentation()
    draw(session.node, session.pet, f"Lesion_{first}", box(30, 33, 30, 33, 30, 33))
    draw(session.node, session.pet, segments.AddEmptySegment("", "Bone"), box(36, 38, 30, 33, 30, 33))
    segments.GetSegment(f"Lesion_{second}").SetName("Twin")
    session.take_in()
    session.undo()
    session.redo()


def test_a_case_opened_again_is_as_it_was_left(session, open_session):
    do_everything(session)
    labels, lesions = session.lesion_map.labels.copy(), dict(session.lesion_map.lesions)
    session.close()
    again = open_session()
    assert_array_equal(again.lesion_map.labels, labels)
    assert dict(again.lesion_map.lesions) == lesions
    assert again.region.threshold() == pytest.approx(7.5)
    assert_in_step(again)
    again.undo()


def test_what_was_done_before_the_process_was_killed_is_there_again(pet, open_session, tmp_path):
    sitk.WriteImage(pet, str(tmp_path / "pet.nrrd"))
    program = """
        import os, signal, sys
        from pathlib import Path
        from scene import test_session as told
        from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
        from NENSegmentationLib.core.image_files import read_suv
        from NENSegmentationLib.scene.bootstrap import headless_scene
        from NENSegmentationLib.scene.session import CorrectionSession
        from NENSegmentationLib.scene.volumes import Units, volume_node
        folder = Path(sys.argv[1])
        scene = headless_scene()
        node = volume_node(scene, read_suv(folder / "pet.nrrd"), "PET", units=Units.SUV)
        session = CorrectionSession.open(scene, node, folder / "case.journal")
        session.segment(region_from_spheres(session.pet, Organ.LIVER, [told.LIVER], 30.0))
        session.timer.shown(case="Case 1", reader="A")
        told.do_everything(session)
        session.lesion_map.labels.tofile(folder / "labels")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (killed.returncode, killed.stderr) == (-9, "")
    again = open_session()
    labels = np.fromfile(tmp_path / "labels", np.int32).reshape(44, 44, 44)
    assert_array_equal(again.lesion_map.labels, labels)
    assert_in_step(again)


def test_what_the_journal_cannot_take_did_not_happen(session, monkeypatch):
    def full(*_arguments, **_payload):
        message = "case.journal: the disk is full."
        raise JournalError(message)

    monkeypatch.setattr(session.journal, "record", full)
    before = session.lesion_map.labels.copy()
    with pytest.raises(JournalError, match="the disk is full"):
        session.delete_at(NODE)
    assert_array_equal(session.lesion_map.labels, before)
    assert_in_step(session)


def test_the_journal_of_another_case_is_refused(session, scene, pet, tmp_path):
    session.close()
    other = volume_node(scene, pet * 2, "Other", units=Units.SUV)
    with pytest.raises(JournalError, match="another case"):
        CorrectionSession.open(scene, other, tmp_path / "case.journal")


def test_before_the_segmentation_there_is_nothing_to_correct(open_session):
    empty = open_session()
    with pytest.raises(SceneError, match=r"there are no lesions yet\. Place the reference region and segment first"):
        empty.delete(1)
    with pytest.raises(SceneError, match="there is no lesion at"):
        empty.delete_at(NODE)
    assert empty.lesion_at(NODE) is None


def test_a_seed_inside_a_lesion_is_refused_and_the_case_stays_usable(session):
    with pytest.raises(MethodError):
        session.add_seed(NODE)
    session.delete_at(NODE)
    assert_in_step(session)


def test_the_results_are_those_of_the_corrected_lesions(session, tmp_path):
    session.delete_at(NODE)
    session.export(tmp_path / "results")
    summary = json.loads((tmp_path / "results" / "summary.json").read_text("utf-8"))
    assert summary["lesions"] == 1
    assert summary["reference"]["organ"] == "liver"
    assert (tmp_path / "results" / "lesions.seg.nrrd").is_file()


def test_closing_leaves_the_images_and_nothing_else(session, scene):
    session.close()
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLLabelMapVolumeNode") == 0
    assert scene.IsNodePresent(session.pet_node)


def test_a_segmentation_made_elsewhere_is_corrected_and_comes_back(open_session, tmp_path):
    first = open_session()
    labels = np.zeros((44, 44, 44), np.int32)
    labels[9:12, 9:12, 9:12], labels[29:32, 29:32, 9:12] = 4, 9
    first.take_over(LesionMap.from_labels(first.pet, labels, origin=Origin.GIVEN, names={9: "Rib"}))
    first.delete(4)
    first.close()
    again = open_session()
    assert [(lesion.id, lesion.name) for lesion in again.lesion_map.lesions.values()] == [(9, "Rib")]
    assert_in_step(again)
    with pytest.raises(SceneError, match="there is no reference region, so there is no patient threshold"):
        again.add_seed(FAINT)
    again.export(tmp_path / "results")
    assert json.loads((tmp_path / "results" / "summary.json").read_text("utf-8"))["method"] == "given"


def test_what_was_changed_of_a_given_segmentation_stays_with_the_case(open_session, tmp_path):
    first = open_session()
    labels = np.zeros((44, 44, 44), np.int32)
    labels[9:12, 9:12, 9:12] = 1
    first.take_over(LesionMap.from_labels(first.pet, labels, origin=Origin.GIVEN), ["It was resampled."])
    first.close()
    again = open_session()
    assert again.given_warnings == ("It was resampled.",)
    again.export(tmp_path / "results", warnings=["Check the dose.", "It was resampled."])
    said = json.loads((tmp_path / "results" / "summary.json").read_text("utf-8"))["warnings"]
    assert [said.count(one) for one in ("Check the dose.", "It was resampled.")] == [1, 1]


def test_the_region_and_its_threshold_stay_when_lesions_of_an_ensemble_are_taken_over(session, open_session, tmp_path):
    threshold, found = session.region.threshold(), {"model": {"title": "A model (trained on digital patients only)"}}
    labels = np.zeros((44, 44, 44), np.int32)
    labels[29:32, 29:32, 9:12] = 1
    session.take_over(LesionMap.from_labels(session.pet, labels, origin=Origin.ENSEMBLE), ensemble=found)
    session.add_seed(NODE)
    session.close()
    again = open_session()
    again.undo()
    again.add_seed(NODE)
    assert again.region.threshold() == threshold
    assert found_by(again) == (
        "Method: ensemble, A model (trained on digital patients only). "
        f"Threshold for added lesions: SUV {threshold:.2f} of the liver."
    )
    said = again.export(tmp_path / "results")
    assert (said["method"], said["threshold"]) == ("ensemble", threshold)
    assert SEEDS_ONLY in said["warnings"]


@pytest.fixture
def by_ensemble(open_session):
    """The case with one lesion that an ensemble has found, and no reference region."""
    session = open_session()
    labels = np.zeros((44, 44, 44), np.int32)
    labels[29:32, 29:32, 9:12] = 1
    found = {"model": {"title": "A model (trained on digital patients only)"}}
    session.take_over(LesionMap.from_labels(session.pet, labels, origin=Origin.ENSEMBLE), ensemble=found)
    return session


def the_liver(session: CorrectionSession) -> ReferenceRegion:
    return region_from_spheres(session.pet, Organ.LIVER, [LIVER], 30.0)


def test_a_region_is_used_for_added_lesions_and_the_lesions_stay(by_ensemble, tmp_path):
    before = by_ensemble.lesion_map.labels.copy()
    by_ensemble.use_region(the_liver(by_ensemble))
    assert_array_equal(by_ensemble.lesion_map.labels, before)
    (added,) = by_ensemble.add_seed(NODE).added
    above = LesionMap.from_threshold(by_ensemble.pet, 7.5)
    assert_array_equal(by_ensemble.lesion_map.labels == added.id, above.labels == above.at(NODE).id)
    said = by_ensemble.export(tmp_path / "results")
    assert (said["method"], said["threshold"]) == ("ensemble", pytest.approx(7.5))
    assert SEEDS_ONLY in said["warnings"]


def test_a_region_that_was_used_is_there_again_after_a_kill(by_ensemble, scene, tmp_path):
    by_ensemble.use_region(the_liver(by_ensemble))
    by_ensemble.add_seed(NODE)
    # What a kill leaves: the file and its log, in the middle of the case.
    for path in tmp_path.glob("case.journal*"):
        (tmp_path / path.name.replace("case", "killed")).write_bytes(path.read_bytes())
    again = CorrectionSession.open(scene, by_ensemble.pet_node, tmp_path / "killed.journal")
    again_region, labels = again.region, again.lesion_map.labels.copy()
    method = found_by(again)
    again.close()
    assert_array_equal(labels, by_ensemble.lesion_map.labels)
    assert again_region.ellipsoids == by_ensemble.region.ellipsoids
    assert again_region.threshold() == by_ensemble.region.threshold()
    assert method.endswith("Threshold for added lesions: SUV 7.50 of the liver.")


def test_undo_takes_the_edit_back_and_not_the_region(by_ensemble):
    by_ensemble.add_seed(NODE, fixed_suv(10.0))
    by_ensemble.use_region(the_liver(by_ensemble))
    by_ensemble.undo()
    assert by_ensemble.lesion_at(NODE) is None
    assert by_ensemble.region is not None


def test_a_region_of_another_threshold_than_the_journal_says_is_not_followed(by_ensemble, open_session):
    payload = region_payload(the_liver(by_ensemble))
    by_ensemble.journal.record(Kind.REGION_USED, region="placed", rule={**payload["rule"], "threshold": 7.0})
    by_ensemble.close()
    with pytest.raises(SceneError, match=r"event 3 \(region_used\) leads elsewhere"):
        open_session()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"lesion_map": None}, "there are no lesions yet"),
        ({"method": "threshold"}, "added lesions have the same threshold. Segment again to use another region."),
        ({"is_region_planned": True}, "the reference region is part of the plan of this study"),
        ({"closed_to_edits": "this is a break."}, "this is a break."),
    ],
)
def test_where_no_region_can_be_used_that_is_said_and_nothing_is_written(by_ensemble, monkeypatch, state, sentence):
    events = len(by_ensemble.journal.events())
    with monkeypatch.context() as patch:
        for name, value in state.items():
            patch.setattr(by_ensemble, name, value)
        with pytest.raises(SceneError, match=sentence):
            by_ensemble.use_region(the_liver(by_ensemble))
    assert (by_ensemble.region, len(by_ensemble.journal.events())) == (None, events)


def test_a_region_that_is_used_is_input_of_the_reader_and_no_correction(by_ensemble):
    by_ensemble.timer.shown(case="c", reader="r")
    by_ensemble.use_region(the_liver(by_ensemble))
    assert by_ensemble.timer.since_input_s < 5
    assert actions(by_ensemble) == ["segmented"]
    assert not by_ensemble.is_corrected


def test_lesions_that_were_added_to_nothing_are_not_said_to_be_given(open_session):
    session = open_session()
    session.take_over(LesionMap.from_labels(session.pet, np.zeros((44, 44, 44), np.int32), origin=Origin.SEED))
    assert found_by(session) == "Method: begun without lesions; the reader has added all of them."


def test_a_segmentation_is_corrected_from_the_first_edit_until_it_is_undone(session):
    states = [session.is_corrected]
    session.delete_at(NODE)
    states.append(session.is_corrected)
    session.undo()
    states.append(session.is_corrected)
    assert states == [False, True, False]


def test_lesions_of_this_case_that_a_saved_scene_holds_are_replaced_and_others_stay(open_session, scene):
    first = open_session()
    first.segment(region_from_spheres(first.pet, Organ.LIVER, [LIVER], 30.0))
    saved, other = (segmentation_node(scene, first.lesion_map, name) for name in ("Lesions", "Other"))
    mark_as_lesions_of(saved, first.node.GetAttribute(CASE_KEY))
    mark_as_lesions_of(other, "another case")
    first.close()
    open_session()
    nodes = [scene.GetNthNodeByClass(n, "vtkMRMLSegmentationNode") for n in range(2)]
    assert [node.GetName() for node in nodes] == ["Other", "Lesions"]
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 2
    assert not scene.IsNodePresent(saved)
