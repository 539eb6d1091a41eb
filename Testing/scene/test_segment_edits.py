from __future__ import annotations

import numpy as np
import pytest
import slicer
from numpy.testing import assert_array_equal
from scene.reading import lesions_of, mip_of, small_patient

from NENSegmentationLib.core.lesions import LesionMap, Origin
from NENSegmentationLib.scene.display import LesionOverlay
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.segment_edits import apply_edit, restyle
from NENSegmentationLib.scene.segmentation import segmentation_node
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.volumes import voxel_view


@pytest.fixture
def a_node(scene, three_lesions):
    return segmentation_node(scene, three_lesions, "Lesions")


def assert_same(node, lesion_map):
    back = lesion_map_from_node(node, lesion_map.pet)
    assert_array_equal(back.labels, lesion_map.labels)
    assert list(back.lesions) == list(lesion_map.lesions)
    for lesion in lesion_map.lesions.values():
        for field, value in vars(lesion).items():
            # A merged lesion is summed up in another order than a lesion that is measured as a whole.
            expected = pytest.approx(value) if isinstance(value, float) or field == "centroid_ras" else value
            assert getattr(back.lesions[lesion.id], field) == expected
    assert node.GetSegmentation().GetNumberOfSegments() == len(lesion_map.lesions)


def test_a_deleted_lesion_goes_with_its_voxels(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.delete(5))
    assert a_node.GetSegmentation().GetSegmentIDs() == ("Lesion_2", "Lesion_7")
    assert_same(a_node, three_lesions)


def test_an_undone_deletion_brings_it_back(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.delete(5))
    apply_edit(a_node, three_lesions, three_lesions.undo())
    assert_same(a_node, three_lesions)


def test_an_added_lesion_shares_the_layer(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.add(three_lesions.labels == 0))
    assert a_node.GetSegmentation().GetNumberOfLayers() == 1
    assert_same(a_node, three_lesions)


def test_merged_lesions_become_one_segment(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.merge([2, 5]))
    assert a_node.GetSegmentation().GetSegmentIDs() == ("Lesion_7", "Lesion_8")
    assert_same(a_node, three_lesions)


def test_a_painted_lesion_has_new_voxels_and_tags(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.paint(7, three_lesions.labels == 0))
    assert_same(a_node, three_lesions)


def test_a_renamed_lesion_keeps_its_voxels(a_node, three_lesions):
    apply_edit(a_node, three_lesions, three_lesions.amend(2, name="Liver dome"))
    assert a_node.GetSegmentation().GetSegment("Lesion_2").GetName() == "Liver dome"
    assert_same(a_node, three_lesions)


def test_after_the_last_lesion_another_can_come(a_node, three_lesions):
    for lesion_id in (2, 5, 7):
        apply_edit(a_node, three_lesions, three_lesions.delete(lesion_id))
    assert a_node.GetSegmentation().GetNumberOfSegments() == 0
    apply_edit(a_node, three_lesions, three_lesions.undo())
    assert_same(a_node, three_lesions)


def test_an_id_that_int16_cannot_hold_widens_the_layer(scene, an_oblique_pet):
    labels = np.zeros((2, 2, 4), int)
    labels[0, 0, 0] = 32767
    lesion_map = LesionMap.from_labels(an_oblique_pet, labels, origin=Origin.SEED)
    node = segmentation_node(scene, lesion_map, "Lesions")
    apply_edit(node, lesion_map, lesion_map.add(lesion_map.labels == 0))
    assert node.GetSegmentation().GetLayerDataObject(0).GetScalarTypeAsString() == "int"
    assert_same(node, lesion_map)


def test_slicer_is_told_that_the_voxels_changed(a_node, three_lesions):
    told = []
    a_node.GetSegmentation().AddObserver(
        slicer.vtkSegmentation.SourceRepresentationModified, lambda *_: told.append(True)
    )
    apply_edit(a_node, three_lesions, three_lesions.delete(5))
    assert told


def test_segments_that_were_separated_are_refused(a_node, three_lesions):
    a_node.GetSegmentation().SeparateSegmentLabelmap("Lesion_5")
    edit = three_lesions.delete(2)
    with pytest.raises(SceneError, match="Lesions: the lesions no longer share one layer on the grid of the PET"):
        apply_edit(a_node, three_lesions, edit)
    assert a_node.GetSegmentation().GetSegmentIDs() == ("Lesion_2", "Lesion_5", "Lesion_7")


def test_restyling_drops_a_suggestion_that_is_gone(a_node, three_lesions):
    segment = a_node.GetSegmentation().GetSegment("Lesion_2")
    segment.SetTag("NENSegmentation.Suggestion", "spleen")
    restyle(a_node, three_lesions.lesions[2])
    assert_same(a_node, three_lesions)


def test_restyling_a_lesion_without_a_segment_is_refused(a_node, three_lesions):
    a_node.GetSegmentation().RemoveSegment("Lesion_2")
    with pytest.raises(SceneError, match="Lesions: there is no segment of Liver: segment 4"):
        restyle(a_node, three_lesions.lesions[2])


def random_edit(lesion_map, random):
    """Delete, add, merge, undo or do again; None where there is nothing to."""
    action = random.choice(["delete", "add", "merge", "undo", "redo"], p=[0.3, 0.3, 0.05, 0.25, 0.1])
    ids = list(lesion_map.lesions)
    if action == "delete" and ids:
        return lesion_map.delete(int(random.choice(ids)))
    if action == "merge" and len(ids) > 1:
        return lesion_map.merge(random.choice(ids, 2, replace=False).tolist())
    if action == "undo" and lesion_map.can_undo:
        return lesion_map.undo()
    if action == "redo" and lesion_map.can_redo:
        return lesion_map.redo()
    if action != "add":
        return None
    corner = random.integers(0, np.array(lesion_map.labels.shape) - 5)
    box = tuple(slice(int(low), int(low + size)) for low, size in zip(corner, random.integers(2, 6, 3), strict=True))
    return None if lesion_map.labels[box].all() else lesion_map.add(lesion_map.labels[box] == 0, box)


def test_after_500_random_edits_node_and_pictures_hold_what_the_lesion_map_holds(scene):
    random = np.random.default_rng(4)
    lesion_map = lesions_of(small_patient())
    node = segmentation_node(scene, lesion_map, "Lesions")
    overlay = LesionOverlay(scene, lesion_map)
    mip = mip_of(scene, lesion_map, views=4)
    edits = 0
    while edits < 500:
        edit = random_edit(lesion_map, random)
        if edit is None:
            continue
        edits += 1
        apply_edit(node, lesion_map, edit)
        overlay.apply_edit(edit)
        mip.apply_edit(edit)
        assert set(node.GetSegmentation().GetSegmentIDs()) == {f"Lesion_{id_}" for id_ in lesion_map.lesions}
        if edits % 100 == 0:
            assert_same(node, lesion_map)
    assert_array_equal(voxel_view(overlay.node.GetImageData()), lesion_map.labels)
    fresh = mip_of(scene, lesion_map, views=4)
    assert_array_equal(voxel_view(mip.lesion_node.GetImageData()), voxel_view(fresh.lesion_node.GetImageData()))
