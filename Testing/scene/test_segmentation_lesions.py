from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin, colour_of
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.segment import BINARY_LABELMAP
from NENSegmentationLib.scene.segmentation import segmentation_node
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.volumes import fill, ijk_to_ras


def add_segment(node, name, image, label_value=1):
    """Add a segment of its own layer, as other programs make them, from a label image."""
    layer = slicer.vtkOrientedImageData()
    fill(layer, sitk.GetArrayViewFromImage(image))
    layer.SetImageToWorldMatrix(ijk_to_ras(image))
    share_segment(node, name, layer, label_value)
    return layer


def share_segment(node, name, layer, label_value):
    segment = slicer.vtkSegment()
    segment.SetName(name)
    segment.SetColor(0.25, 0.5, 0.75)
    segment.SetLabelValue(label_value)
    segment.AddRepresentation(BINARY_LABELMAP, layer)
    node.GetSegmentation().AddSegment(segment, f"S_{name}")


@pytest.fixture
def a_foreign_node(scene):
    return scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Foreign")


@pytest.fixture
def label_image(an_oblique_pet):
    def make(values):
        image = sitk.GetImageFromArray(np.array(values, np.uint8))
        image.CopyInformation(an_oblique_pet)
        return image

    return make


def test_everything_comes_back_from_a_node(scene, three_lesions):
    back = lesion_map_from_node(segmentation_node(scene, three_lesions, "Lesions"), three_lesions.pet)
    assert_array_equal(back.labels, three_lesions.labels)
    assert dict(back.lesions) == dict(three_lesions.lesions)


def test_what_the_ensemble_and_the_organs_said_comes_back(scene, three_lesions):
    lesions = [
        lesion.__class__(**{**vars(lesion), "probability": 0.75, "disagreement": 0.1, "suggestion": "kidney_left"})
        for lesion in three_lesions.lesions.values()
    ]
    noted = LesionMap(three_lesions.pet, three_lesions.labels, lesions)
    back = lesion_map_from_node(segmentation_node(scene, noted, "Lesions"), noted.pet)
    assert list(back.lesions.values()) == lesions


def test_what_was_said_of_a_lesion_is_dropped_when_its_voxels_changed(scene, three_lesions):
    lesions = [
        lesion.__class__(**{**vars(lesion), "suggestion": "kidney_left"}) for lesion in three_lesions.lesions.values()
    ]
    noted = LesionMap(three_lesions.pet, three_lesions.labels, lesions)
    node = segmentation_node(scene, noted, "Lesions")
    slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, "Lesion_5")[1, 0, 0] = 5
    back = lesion_map_from_node(node, noted.pet)
    assert [lesion.suggestion for lesion in back.lesions.values()] == ["kidney_left", None, "kidney_left"]


def test_a_lesion_that_slicer_put_into_a_layer_of_its_own_comes_back(scene, three_lesions):
    node = segmentation_node(scene, three_lesions, "Lesions")
    node.GetSegmentation().SeparateSegmentLabelmap("Lesion_5")
    assert node.GetSegmentation().GetNumberOfLayers() == 2
    assert_array_equal(lesion_map_from_node(node, three_lesions.pet).labels, three_lesions.labels)


def test_no_segments_give_a_map_without_lesions(a_foreign_node, an_oblique_pet):
    assert not lesion_map_from_node(a_foreign_node, an_oblique_pet).lesions


def test_segments_of_another_program_are_numbered_in_their_order(a_foreign_node, an_oblique_pet, label_image):
    first = [[[0, 0, 0, 9], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]]
    second = [[[1, 1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]]
    add_segment(a_foreign_node, "Tumour", label_image(first), 9)
    add_segment(a_foreign_node, "Node", label_image(second))
    back = lesion_map_from_node(a_foreign_node, an_oblique_pet, origin=Origin.ENSEMBLE)
    assert_array_equal(back.labels, [[[2, 2, 0, 1], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    assert [(lesion.name, lesion.origin) for lesion in back.lesions.values()] == [
        ("Tumour", Origin.ENSEMBLE),
        ("Node", Origin.ENSEMBLE),
    ]
    assert back.lesions[1].colour == (0.25, 0.5, 0.75)


def test_a_segment_that_nobody_coloured_gets_the_colour_of_its_number(a_foreign_node, an_oblique_pet, label_image):
    add_segment(
        a_foreign_node, "Tumour", label_image(np.eye(2, dtype=int).repeat(2).reshape(2, 1, 4).repeat(2, axis=1))
    )
    a_foreign_node.GetSegmentation().GetNthSegment(0).SetColor(0.5, 0.5, 0.5)
    assert lesion_map_from_node(a_foreign_node, an_oblique_pet).lesions[1].colour == colour_of(1)


def test_a_cropped_layer_is_put_where_it_belongs(a_foreign_node, an_oblique_pet, label_image):
    whole = label_image([[[0, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 3, 4]]])
    layer = add_segment(a_foreign_node, "Three", whole[2:4, 1:2, 1:2], 3)
    share_segment(a_foreign_node, "Four", layer, 4)
    assert_array_equal(
        lesion_map_from_node(a_foreign_node, an_oblique_pet).labels,
        [[[0, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 1, 2]]],
    )


def test_an_extent_that_does_not_start_at_zero_is_put_where_it_belongs(scene, three_lesions):
    node = segmentation_node(scene, three_lesions, "Lesions")
    layer = node.GetSegmentation().GetLayerDataObject(0)
    layer.Crop((1, 3, 0, 1, 0, 1))
    assert layer.GetExtent() == (1, 3, 0, 1, 0, 1)
    expected = three_lesions.labels.copy()
    expected[:, :, 0] = 0
    assert_array_equal(lesion_map_from_node(node, three_lesions.pet).labels, expected)


def test_a_layer_that_is_larger_than_the_pet_is_taken_if_its_lesions_are_inside(
    a_foreign_node, an_oblique_pet, label_image
):
    padded = sitk.ConstantPad(
        label_image([[[0, 0, 0, 1], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]]), (1, 2, 3), (1, 2, 3)
    )
    add_segment(a_foreign_node, "Tumour", padded)
    assert_array_equal(np.argwhere(lesion_map_from_node(a_foreign_node, an_oblique_pet).labels), [[0, 0, 3]])


def test_an_empty_segment_is_no_lesion(a_foreign_node, an_oblique_pet, label_image):
    a_foreign_node.GetSegmentation().AddEmptySegment("S_empty", "Empty")
    add_segment(a_foreign_node, "Tumour", label_image([[[1, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]]))
    back = lesion_map_from_node(a_foreign_node, an_oblique_pet)
    assert [lesion.name for lesion in back.lesions.values()] == ["Tumour"]


def test_a_value_that_no_segment_has_is_background(a_foreign_node, an_oblique_pet, label_image):
    labels = label_image([[[1, 8, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    add_segment(a_foreign_node, "Tumour", labels)
    assert_array_equal(np.argwhere(lesion_map_from_node(a_foreign_node, an_oblique_pet).labels), [[0, 0, 0]])


def test_a_copied_segment_gets_a_number_of_its_own(scene, three_lesions, label_image):
    node = segmentation_node(scene, three_lesions, "Lesions")
    add_segment(node, "Copy", label_image([[[1, 0, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]]))
    node.GetSegmentation().GetSegment("S_Copy").SetTag("NENSegmentation.Id", 2)
    back = lesion_map_from_node(node, three_lesions.pet)
    assert {id_: lesion.name for id_, lesion in back.lesions.items() if lesion.name != "Lesion 7"} == {
        2: "Liver: segment 4|5",
        5: "Knochen, Beckenschaufel übrig",
        8: "Copy",
    }


@pytest.mark.parametrize("impossible", ["0", "-3", str(2**31)])
def test_an_id_that_no_lesion_can_have_is_replaced(scene, three_lesions, impossible):
    node = segmentation_node(scene, three_lesions, "Lesions")
    node.GetSegmentation().GetSegment("Lesion_2").SetTag("NENSegmentation.Id", impossible)
    assert list(lesion_map_from_node(node, three_lesions.pet).lesions) == [5, 7, 8]


def test_overlapping_segments_are_refused(a_foreign_node, an_oblique_pet, label_image):
    labels = label_image([[[1, 1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    add_segment(a_foreign_node, "Tumour", labels)
    add_segment(a_foreign_node, "Liver", labels)
    with pytest.raises(SceneError, match="the segments Tumour and Liver overlap"):
        lesion_map_from_node(a_foreign_node, an_oblique_pet)


def test_segments_that_share_a_value_are_refused(a_foreign_node, an_oblique_pet, label_image):
    labels = label_image([[[1, 1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    layer = add_segment(a_foreign_node, "Tumour", labels)
    share_segment(a_foreign_node, "Again", layer, 1)
    with pytest.raises(SceneError, match="the segments Tumour and Again overlap"):
        lesion_map_from_node(a_foreign_node, an_oblique_pet)


def test_segments_on_another_grid_are_refused(a_foreign_node, an_oblique_pet, label_image):
    labels = label_image([[[1, 1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    labels.SetSpacing((1.0, 3.0, 4.0))
    add_segment(a_foreign_node, "Tumour", labels)
    with pytest.raises(SceneError, match="segment Tumour: the segmentation does not lie on the grid of the PET"):
        lesion_map_from_node(a_foreign_node, an_oblique_pet)


def test_segments_outside_the_pet_are_refused(a_foreign_node, an_oblique_pet, label_image):
    labels = label_image([[[1, 1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]]])
    add_segment(a_foreign_node, "Tumour", labels)
    with pytest.raises(SceneError, match="segment Tumour: 1 voxels of the segmentation lie outside the PET"):
        lesion_map_from_node(a_foreign_node, an_oblique_pet[1:4, :, :])


def test_a_segmentation_under_a_transform_is_refused(scene, three_lesions):
    node = segmentation_node(scene, three_lesions, "Lesions")
    node.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Shift").GetID())
    with pytest.raises(SceneError, match="Lesions is under the transform Shift"):
        lesion_map_from_node(node, three_lesions.pet)


def test_a_segmentation_that_is_only_a_surface_is_refused(scene, three_lesions):
    node = segmentation_node(scene, three_lesions, "Lesions")
    surface = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    segmentation = node.GetSegmentation()
    segmentation.CreateRepresentation(surface)
    segmentation.SetSourceRepresentationName(surface)
    segmentation.RemoveRepresentation(BINARY_LABELMAP)
    with pytest.raises(SceneError, match="Lesions: the segmentation is a surface, not a labelmap"):
        lesion_map_from_node(node, three_lesions.pet)
