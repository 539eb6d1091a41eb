"""Organ maps in a scene: names and grids of whoever made them."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.organs import OrganMap
from NENSegmentationLib.core.volume import voxels
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.organ_nodes import organ_name, organ_node, organs_from_node
from NENSegmentationLib.scene.segment import BINARY_LABELMAP
from NENSegmentationLib.scene.volumes import fill, ijk_to_ras


def image_of(labels, spacing=2.0, origin=(0.0, 0.0, 0.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(np.array(labels, np.uint8))
    image.SetSpacing([spacing] * 3)
    image.SetOrigin(origin)
    return image


@pytest.fixture
def pet() -> sitk.Image:
    return sitk.Cast(image_of([[[0, 0, 0, 0]]]), sitk.sitkFloat32)


@pytest.fixture
def a_segmentation(scene):
    """Make a segmentation node: a layer for each image, with its segments as (id, name, label value)."""

    def make(*layers):
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "CT segmentation")
        for image, segments in layers:
            data = slicer.vtkOrientedImageData()
            fill(data, sitk.GetArrayViewFromImage(image))
            data.SetImageToWorldMatrix(ijk_to_ras(image))
            for id_, name, value in segments:
                segment = slicer.vtkSegment()
                segment.SetName(name)
                segment.SetLabelValue(value)
                segment.AddRepresentation(BINARY_LABELMAP, data)
                node.GetSegmentation().AddSegment(segment, id_)
        return node

    return make


def named(organs: OrganMap) -> list[str | None]:
    return [organs.names.get(int(label)) for label in voxels(organs.image).ravel()]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("kidney_left", "kidney_left"),
        ("left kidney", "kidney_left"),
        ("Kidney, right", "kidney_right"),
        ("Kidneys", "kidney"),
        ("left adrenal gland", "adrenal_gland_left"),
        ("Small Intestine", "small_bowel"),
        ("Bladder", "urinary_bladder"),
        ("LIVER", "liver"),
        ("kidney_cyst_left", None),
        ("liver metastasis", None),
        ("Segment_1", None),
        ("", None),
    ],
)
def test_an_organ_is_known_by_its_words_in_any_order(words, name):
    assert organ_name(words) == name


def test_the_names_of_segments_are_those_of_totalsegmentator_or_of_its_terminology(a_segmentation, pet):
    node = a_segmentation(
        (
            image_of([[[1, 2, 3, 4]]]),
            [
                ("kidney_left", "left kidney", 1),
                ("small_bowel", "Small Intestine", 2),
                ("spleen", "Milz", 3),
                ("heart", "heart", 4),
            ],
        )
    )
    assert named(organs_from_node(node, pet)) == ["kidney_left", "small_bowel", "spleen", None]


def test_of_segments_that_overlap_the_first_layer_counts(a_segmentation, pet):
    node = a_segmentation(
        (image_of([[[1, 1, 0, 0]]]), [("liver", "liver", 1)]), (image_of([[[0, 1, 1, 0]]]), [("colon", "colon", 1)])
    )
    assert named(organs_from_node(node, pet)) == ["liver", "liver", "colon", None]


def test_a_finer_grid_is_resampled_to_that_of_the_pet(a_segmentation, pet):
    fine = image_of(np.repeat([0, 0, 1, 1, 2, 2, 0, 0], 4).reshape(8, 2, 2).T.copy(), 1.0, (-0.5, -0.5, -0.5))
    node = a_segmentation((fine, [("spleen", "spleen", 1), ("stomach", "stomach", 2)]))
    assert named(organs_from_node(node, pet)) == [None, "spleen", "stomach", None]


def test_a_layer_that_is_cropped_lies_where_it_was(a_segmentation, pet):
    node = a_segmentation((image_of([[[1]]], origin=(4.0, 0.0, 0.0)), [("spleen", "spleen", 1)]))
    assert named(organs_from_node(node, pet)) == [None, None, "spleen", None]


def test_an_organ_map_comes_back_from_its_label_map(scene, pet):
    organs = OrganMap(image_of([[[7, 0, 2, 9]]]), {2: "liver", 7: "kidney_right", 9: "brain"})
    node = organ_node(scene, organs, "organs")
    assert named(organs_from_node(node, pet)) == ["kidney_right", None, "liver", None]
    assert_array_equal(voxels(organs.image), [[[7, 0, 2, 9]]])


def test_a_label_map_without_a_colour_table_has_no_names(scene, pet):
    node = organ_node(scene, OrganMap(image_of([[[1, 0, 0, 0]]]), {1: "liver"}), "organs")
    node.GetDisplayNode().SetAndObserveColorNodeID("")
    with pytest.raises(SceneError, match=r"organs: none of its names is a known organ\. Choose an organ map"):
        organs_from_node(node, pet)


def test_names_that_are_all_unknown_are_refused(a_segmentation, pet):
    node = a_segmentation((image_of([[[1, 0, 0, 0]]]), [("Segment_1", "Lesion 1", 1)]))
    with pytest.raises(SceneError, match="CT segmentation: none of its names is a known organ"):
        organs_from_node(node, pet)


def test_an_empty_segmentation_is_refused(a_segmentation, pet):
    with pytest.raises(SceneError, match="none of its names is a known organ"):
        organs_from_node(a_segmentation(), pet)


def test_an_organ_map_of_another_place_is_refused(a_segmentation, pet):
    node = a_segmentation((image_of([[[1]]], origin=(900.0, 0.0, 0.0)), [("liver", "liver", 1)]))
    with pytest.raises(SceneError, match=r"no organ of it lies on the PET\. Choose an organ map of this patient"):
        organs_from_node(node, pet)


def test_a_surface_is_refused(scene, pet):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "surface")
    node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    segment = slicer.vtkSegment()
    segment.SetName("liver")
    node.GetSegmentation().AddSegment(segment, "liver")
    with pytest.raises(SceneError, match="surface: the organ map is a surface, not a labelmap"):
        organs_from_node(node, pet)


def test_a_node_under_a_transform_is_refused(scene, a_segmentation, pet):
    node = a_segmentation((image_of([[[1, 0, 0, 0]]]), [("liver", "liver", 1)]))
    node.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved").GetID())
    with pytest.raises(SceneError, match="CT segmentation is under the transform moved"):
        organs_from_node(node, pet)
