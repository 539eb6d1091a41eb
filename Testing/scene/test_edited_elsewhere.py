"""What others do to the segmentation node comes back into lesions, journal and picture."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from numpy.testing import assert_array_equal
from scene.elsewhere import ERASE, box, draw, other_segments
from scene.reading import lesions_of, small_patient

from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.replay import labels_hash, replay
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.events import Kind

CUBE = box(4, 7, 7, 10, 8, 12)
"""Where one of the twelve lesions lies, (k, j, i)."""
FREE = box(4, 7, 14, 16, 8, 12)


@pytest.fixture
def pet_node(scene):
    return volume_node(scene, small_patient(), "PET", units=Units.SUV)


@pytest.fixture
def session(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    session.take_over(lesions_of(session.pet))
    yield session
    session.close()


@pytest.fixture
def first(session):
    """The lesion in CUBE."""
    return session.lesion_map.lesions[int(session.lesion_map.labels[5, 8, 9])]


@pytest.fixture
def node(session):
    return session.node


def segment_of(node, lesion):
    return node.GetSegmentation().GetSegment(f"Lesion_{lesion.id}")


def labels_in(session, place):
    return np.unique(session.lesion_map.labels[place]).tolist()


def events(session):
    return [event for event in session.journal.events() if event.kind is Kind.EDITED_ELSEWHERE]


def assert_in_step(session):
    assert not session.is_changed_elsewhere
    from_node = lesion_map_from_node(session.node, session.pet)
    assert session.node.GetSegmentation().GetNumberOfLayers("Binary labelmap") <= 1
    assert_array_equal(from_node.labels, session.lesion_map.labels)
    assert_array_equal(voxel_view(session.overlay.node.GetImageData()), session.lesion_map.labels)
    for id_, lesion in session.lesion_map.lesions.items():
        assert (from_node.lesions[id_].name, from_node.lesions[id_].voxels) == (lesion.name, lesion.voxels)
        assert from_node.lesions[id_].colour == pytest.approx(lesion.colour)


def test_our_own_edits_are_not_taken_for_those_of_others(session, first):
    session.rename(first.id, "Rib")
    session.delete(first.id)
    session.undo()
    assert not session.is_changed_elsewhere
    assert session.take_in() == ()
    assert events(session) == []


def test_what_is_painted_elsewhere_belongs_to_the_lesion(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    assert session.is_changed_elsewhere
    assert session.lesion_map.lesions[first.id].voxels == first.voxels
    session.take_in()
    assert session.lesion_map.lesions[first.id].voxels == first.voxels + 24
    assert_in_step(session)


def test_what_is_erased_elsewhere_is_no_more_the_lesions(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", box(4, 5, 7, 10, 8, 12), mode=ERASE)
    session.take_in()
    assert labels_in(session, box(4, 5, 7, 10, 8, 12)) == [0]
    assert session.lesion_map.lesions[first.id].voxels == first.voxels - 12
    assert_in_step(session)


def test_each_lesion_changed_elsewhere_is_one_edit_that_can_be_undone(session, node, first):
    before = session.lesion_map.labels.copy()
    second = next(lesion for lesion in session.lesion_map.lesions.values() if lesion.id != first.id)
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    segment_of(node, second).SetName("Rib")
    session.take_in()
    assert sorted(event.payload["lesion"] for event in events(session)) == sorted([first.id, second.id])
    session.undo()
    session.undo()
    assert_array_equal(session.lesion_map.labels, before)
    assert session.lesion_map.lesions[second.id].name == second.name
    assert_in_step(session)


def test_what_is_drawn_over_another_lesion_is_taken_from_it(session, node, first):
    session.merge([first.id, int(session.lesion_map.labels[5, 9, 27])])
    merged = int(session.lesion_map.labels[5, 8, 9])
    other = int(session.lesion_map.labels[5, 21, 11])
    draw(node, session.pet, f"Lesion_{other}", CUBE, over=other_segments(node, f"Lesion_{other}"))
    session.take_in()
    assert labels_in(session, CUBE) == [other]
    assert session.lesion_map.lesions[merged].voxels == 36
    assert_in_step(session)


def test_where_segments_overlap_a_voxel_stays_with_the_lesion_that_had_it(session, node, first):
    other = int(session.lesion_map.labels[5, 21, 11])
    draw(node, session.pet, f"Lesion_{other}", box(4, 7, 7, 16, 8, 12))
    (words, parts) = session.take_in()
    assert words.startswith("Overlapping, and a voxel belongs to one lesion only")
    assert parts.startswith("In several parts now")
    assert labels_in(session, CUBE) == [first.id]
    assert labels_in(session, box(4, 7, 10, 16, 8, 12)) == [other]
    assert_in_step(session)


def test_a_segment_removed_elsewhere_is_a_lesion_deleted(session, node, first):
    node.GetSegmentation().RemoveSegment(f"Lesion_{first.id}")
    session.take_in()
    assert first.id not in session.lesion_map.lesions
    session.undo()
    assert session.lesion_map.lesions[first.id] == first
    assert_in_step(session)


def test_a_segment_without_a_voxel_is_a_lesion_deleted(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", CUBE, mode=ERASE)
    session.take_in()
    assert first.id not in session.lesion_map.lesions
    assert_in_step(session)


def test_a_segment_added_elsewhere_is_a_new_lesion_once_it_has_a_voxel(session, node):
    node.GetSegmentation().AddEmptySegment("", "Bone")
    session.take_in()
    assert len(session.lesion_map.lesions) == 12
    id_ = node.GetSegmentation().AddEmptySegment("", "Bone")
    draw(node, session.pet, id_, FREE)
    session.take_in()
    new = session.lesion_map.at(tuple(session.lesion_map.lesions[13].centroid_ras))
    assert (new.id, new.name, new.voxels, new.origin.value) == (13, "Bone", 24, "given")
    assert_in_step(session)


def test_a_layer_that_was_cut_down_without_a_word_is_made_whole(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", FREE, mode=ERASE)
    assert session.is_changed_elsewhere
    session.rename(first.id, "Rib")
    assert [event.kind for event in events(session)] == []
    assert_in_step(session)


def test_name_and_colour_given_elsewhere_come_back(session, node, first):
    segment_of(node, first).SetName("Rib 7")
    segment_of(node, first).SetColor(0.25, 0.5, 1.0)
    session.take_in()
    lesion = session.lesion_map.lesions[first.id]
    assert (lesion.name, lesion.colour) == ("Rib 7", (0.25, 0.5, 1.0))
    assert_in_step(session)


def test_a_segment_without_a_name_keeps_that_of_its_lesion(session, node, first):
    segment_of(node, first).SetName(" ")
    session.take_in()
    assert session.lesion_map.lesions[first.id].name == first.name
    assert events(session) == []
    assert_in_step(session)


def test_a_lesion_drawn_in_two_parts_stays_one_lesion_and_it_is_said(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    assert session.take_in() == (
        f"In several parts now, and still one lesion each (split them if they are several): {first.name}.",
    )
    assert session.lesion_map.lesions[first.id].voxels == 60


def test_two_lesions_that_changed_places_are_where_they_were_drawn(session, node, first):
    other = session.lesion_map.lesions[int(session.lesion_map.labels[5, 9, 27])]
    segments = segment_of(node, first), segment_of(node, other)
    values = [segment.GetLabelValue() for segment in segments]
    for segment, value in zip(segments, reversed(values), strict=True):
        segment.SetLabelValue(value)
    node.GetSegmentation().GetLayerDataObject(0, "Binary labelmap").Modified()
    session.take_in()
    assert session.lesion_map.at(first.centroid_ras).name == other.name
    assert session.lesion_map.at(other.centroid_ras).name == first.name
    assert_in_step(session)


def test_what_was_drawn_on_another_grid_is_resampled_and_it_is_said(session, node, first):
    segmentation = node.GetSegmentation()
    segment = slicer.vtkSegment()
    fine = slicer.vtkOrientedImageData()
    fine.SetDimensions(8, 4, 6)
    fine.AllocateScalars(3, 1)
    fine.SetSpacing(2.0, 2.0, 2.5)
    right, anterior, superior = first.centroid_ras
    fine.SetOrigin(right - 8, anterior - 40, superior)
    voxel_view(fine)[:] = 1
    segment.SetName("Fine")
    segment.AddRepresentation("Binary labelmap", fine)
    segmentation.AddSegment(segment, "Fine")
    (words,) = session.take_in()
    assert words == "What was drawn on another grid than the PET's was resampled by nearest neighbour."
    assert session.lesion_map.lesions[13].volume_ml == pytest.approx(1.92, rel=0.3)
    assert_in_step(session)


def test_what_reaches_outside_the_pet_is_cut_off_and_it_is_said(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", box(4, 7, 7, 10, -3, 12))
    assert session.take_in() == (f"Cut off where they reach outside the PET: {first.name}.",)
    assert labels_in(session, box(4, 7, 7, 10, 0, 12)) == [first.id]
    assert_in_step(session)


def test_a_surface_shown_elsewhere_is_taken_away_because_it_would_grow_old(session, node, first):
    node.CreateClosedSurfaceRepresentation()
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    session.take_in()
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert_in_step(session)


def test_an_edit_of_ours_takes_in_those_of_others_first(session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    session.rename(first.id, "Rib")
    assert session.lesion_map.lesions[first.id].voxels == first.voxels + 24
    session.undo()
    assert (session.lesion_map.lesions[first.id].name, session.lesion_map.lesions[first.id].voxels) == (first.name, 60)
    assert_in_step(session)


def test_results_hold_what_was_edited_elsewhere(session, node, first, tmp_path):
    node.GetSegmentation().RemoveSegment(f"Lesion_{first.id}")
    assert session.export(tmp_path / "out")["lesions"] == 11


def test_a_case_closed_before_the_reader_came_back_has_the_edits(scene, session, node, pet_node, first, tmp_path):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    session.close()
    again = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    assert again.lesion_map.lesions[first.id].voxels == first.voxels + 24
    again.close()


def test_a_node_removed_from_outside_is_no_edit(scene, session, node):
    node.GetSegmentation().RemoveSegment("Lesion_1")
    scene.RemoveNode(node)
    assert session.take_in() == ()
    assert len(session.lesion_map.lesions) == 12


def test_edits_that_cannot_be_written_down_stay_in_the_node(session, node, first, monkeypatch):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)

    def full(*_, **__):
        message = "the disk is full"
        raise JournalError(message)

    with monkeypatch.context() as patched:
        patched.setattr(session.journal, "record", full)
        with pytest.raises(JournalError):
            session.take_in()
    assert session.lesion_map.lesions[first.id] == first
    session.take_in()
    assert session.lesion_map.lesions[first.id].voxels == first.voxels + 24
    assert_in_step(session)


def test_a_node_that_was_put_under_a_transform_is_refused_in_words(scene, session, node, first):
    draw(node, session.pet, f"Lesion_{first.id}", FREE)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Turn")
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(SceneError, match="Lesions is under the transform Turn"):
        session.take_in()
    node.SetAndObserveTransformNodeID(None)
    session.take_in()
    assert_in_step(session)


def test_a_node_that_became_a_surface_is_refused_in_words(session, node):
    node.CreateClosedSurfaceRepresentation()
    node.SetSourceRepresentationToClosedSurface()
    node.GetSegmentation().RemoveRepresentation("Binary labelmap")
    with pytest.raises(SceneError, match="the segmentation is a surface, not a labelmap"):
        session.take_in()
    node.CreateBinaryLabelmapRepresentation()


def test_the_node_is_shown_instead_of_our_picture_while_it_is_edited(session):
    session.show_for_editing(True)
    assert session.node.GetDisplayVisibility()
    session.show_for_editing(False)
    assert not session.node.GetDisplayVisibility()


def test_the_reader_goes_on_in_segments_found_by_threshold(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "other.journal")
    session.segment(region_from_spheres(session.pet, Organ.LIVER, [(0.0, 0.0, -440.0)], 30.0))
    draw(session.node, session.pet, "Lesion_1", FREE)
    session.take_in()
    assert_in_step(session)
    session.close()


class TestWhileOthersAreStillAtWork:
    def test_what_they_did_is_in_the_journal_and_their_node_is_left_alone(self, session, node, first):
        draw(node, session.pet, f"Lesion_{first.id}", FREE, over=other_segments(node, f"Lesion_{first.id}"))
        layers = node.GetSegmentation().GetNumberOfLayers("Binary labelmap")
        session.note_elsewhere()
        assert labels_in(session, FREE) == [first.id]
        assert labels_hash(replay(session.pet, session.journal.events()).lesion_map) == labels_hash(session.lesion_map)
        assert node.GetSegmentation().GetNumberOfLayers("Binary labelmap") == layers
        assert session.is_changed_elsewhere

    def test_what_was_written_down_is_not_written_down_again(self, session, node, first):
        draw(node, session.pet, f"Lesion_{first.id}", FREE)
        session.note_elsewhere()
        session.note_elsewhere()
        session.take_in()
        assert len(events(session)) == 1
        assert_in_step(session)

    def test_a_new_segment_that_is_painted_on_is_one_lesion(self, session, node):
        before = len(session.lesion_map.lesions)
        new = node.GetSegmentation().AddEmptySegment()
        draw(node, session.pet, new, FREE)
        session.note_elsewhere()
        draw(node, session.pet, new, box(6, 7, 14, 16, 8, 12), mode=ERASE)
        session.note_elsewhere()
        assert len(session.lesion_map.lesions) == before + 1
        assert [event.payload["new"] for event in events(session)] == [True, False]
        session.take_in()
        assert_in_step(session)

    def test_what_was_undone_there_is_undone_here(self, session, node):
        before = session.lesion_map.labels.copy()
        new = node.GetSegmentation().AddEmptySegment()
        draw(node, session.pet, new, FREE)
        session.note_elsewhere()
        node.GetSegmentation().RemoveSegment(new)
        session.take_in()
        assert_array_equal(session.lesion_map.labels, before)
        assert_in_step(session)

    def test_a_lesion_that_was_emptied_and_drawn_again_is_there(self, session, node, first):
        draw(node, session.pet, f"Lesion_{first.id}", CUBE, mode=ERASE)
        session.note_elsewhere()
        draw(node, session.pet, f"Lesion_{first.id}", FREE)
        session.note_elsewhere()
        session.take_in()
        assert len(labels_in(session, FREE)) == 1
        assert labels_in(session, FREE) != [0]
        assert_in_step(session)

    def test_how_many_edits_and_what_differs_is_told_once_when_the_reader_is_back(self, session, node, first):
        told = []
        session.taken_in.connect(lambda count, remarks: told.append((count, remarks)))
        draw(node, session.pet, f"Lesion_{first.id}", FREE)
        session.note_elsewhere()
        assert told == []
        session.take_in()
        ((count, remarks),) = told
        assert count == 1
        assert remarks[0].startswith("In several parts now")
