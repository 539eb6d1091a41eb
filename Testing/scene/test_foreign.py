"""Segmentations of other tools and earlier readers open for correction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from numpy.testing import assert_array_equal
from scene.conftest import OBLIQUE
from vtkmodules.vtkCommonDataModel import vtkImageData

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.foreign import lesion_map_from_foreign
from NENSegmentationLib.scene.segmentation import segmentation_node
from NENSegmentationLib.scene.volumes import Units, fill, ijk_to_ras, volume_node

SHAPE = (4, 5, 6)


def image_of(array: np.ndarray, spacing=(2.0, 3.0, 4.0), origin=(-10.0, 20.0, -300.0)) -> sitk.Image:
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    image.SetDirection(OBLIQUE.ravel().tolist())
    return image


@pytest.fixture
def pet() -> sitk.Image:
    return image_of(np.arange(1, 121, dtype=np.float32).reshape(SHAPE))


def zeros(dtype=np.int16) -> np.ndarray:
    return np.zeros(SHAPE, dtype)


@pytest.fixture
def label_node(scene):
    """Make a label map node, with Slicer's generic colours."""

    def make(image: sitk.Image, colours: str | None = "vtkMRMLColorTableNodeFileGenericColors.txt"):
        node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "tool")
        data = vtkImageData()
        fill(data, sitk.GetArrayViewFromImage(image))
        node.SetIJKToRASMatrix(ijk_to_ras(image))
        node.SetAndObserveImageData(data)
        if colours is not None:
            node.CreateDefaultDisplayNodes()
            node.GetDisplayNode().SetAndObserveColorNodeID(colours)
        return node

    return make


@pytest.fixture
def segments(scene):
    """Make a segmentation node of another tool: name -> label image, one layer each."""

    def make(images: dict[str, sitk.Image], *, first: tuple[int, int, int] = (0, 0, 0)):
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "tool")
        for name, image in images.items():
            piece = slicer.vtkOrientedImageData()
            fill(piece, sitk.GetArrayViewFromImage(image))
            i, j, k = first
            piece.SetExtent(i, i + image.GetWidth() - 1, j, j + image.GetHeight() - 1, k, k + image.GetDepth() - 1)
            piece.SetImageToWorldMatrix(ijk_to_ras(image))
            segment = slicer.vtkSegment()
            segment.SetName(name)
            segment.SetColor(1.0, 0.5, 0.0)
            segment.AddRepresentation("Binary labelmap", piece)
            node.GetSegmentation().AddSegment(segment)
        return node

    return make


def names_of(lesion_map: LesionMap) -> list[str]:
    return [lesion.name for lesion in lesion_map.lesions.values()]


class TestASegmentationOfAnotherTool:
    def test_every_connected_part_is_a_lesion(self, segments, pet):
        labels = zeros()
        labels[0, 0, :2] = labels[3, 4, 3:6] = 1
        lesion_map, warnings = lesion_map_from_foreign(segments({"bone": image_of(labels)}), pet)
        assert names_of(lesion_map) == ["bone", "bone (2)"]
        assert_array_equal(np.argwhere(lesion_map.labels == 2), [(0, 0, 0), (0, 0, 1)])
        assert warnings == ()

    def test_name_and_colour_are_kept(self, segments, pet):
        labels = zeros()
        labels[1, 1, 1] = 1
        lesion_map, _ = lesion_map_from_foreign(segments({"Knochen übrig": image_of(labels)}), pet)
        assert lesion_map.lesions[1].name == "Knochen übrig"
        assert lesion_map.lesions[1].colour == (1.0, 0.5, 0.0)

    def test_a_cropped_layer_is_placed_by_its_extent(self, segments, pet):
        node = segments({"a": image_of(np.ones((1, 2, 1), np.int16))}, first=(3, 2, 1))
        lesion_map, warnings = lesion_map_from_foreign(node, pet)
        assert_array_equal(np.argwhere(lesion_map.labels), [(1, 2, 3), (1, 3, 3)])
        assert warnings == ()

    def test_segments_that_overlap_are_told_apart_by_size_and_it_is_said(self, segments, pet):
        organ, focus = zeros(), zeros()
        organ[1:3], focus[1, 1, 1] = 1, 1
        lesion_map, warnings = lesion_map_from_foreign(
            segments({"organ": image_of(organ), "focus": image_of(focus)}), pet
        )
        assert lesion_map.labels[1, 1, 1] == 2
        assert warnings == ("Regions overlap, organ and focus for one. Voxels that went to the smaller of two: 1.",)

    def test_a_finer_grid_is_resampled_and_it_is_said(self, segments, pet):
        labels = zeros()
        labels[1:3, 1:4, 2:5] = 1
        fine = image_of(labels.repeat(2, 0).repeat(2, 1).repeat(2, 2), (1.0, 1.5, 2.0))
        # The first voxel's corner, not its centre, is what both grids share.
        fine.SetOrigin(pet.TransformContinuousIndexToPhysicalPoint((-0.25, -0.25, -0.25)))
        lesion_map, warnings = lesion_map_from_foreign(segments({"a": fine}), pet)
        assert_array_equal(lesion_map.labels, labels)
        assert warnings == (
            "The segmentation lies on another grid than the PET: it was resampled by nearest neighbour.",
        )

    def test_what_reaches_outside_the_pet_is_cut_off_and_it_is_said(self, segments, pet):
        node = segments({"a": image_of(np.ones((1, 1, 4), np.int16))}, first=(4, 0, 0))
        lesion_map, warnings = lesion_map_from_foreign(node, pet)
        assert lesion_map.lesions[1].voxels == 2
        assert warnings == ("Cut off where they reach outside the PET: a.",)

    def test_a_segment_that_is_wholly_outside_is_left_out_and_it_is_said(self, segments, pet):
        inside, outside = zeros(), np.zeros((4, 5, 9), np.int16)
        inside[0, 0, 0] = outside[0, 0, 8] = 1
        node = segments({"in": image_of(inside), "out": image_of(outside)})
        lesion_map, warnings = lesion_map_from_foreign(node, pet)
        assert names_of(lesion_map) == ["in"]
        assert warnings == ("Left out, because they have no voxel on the PET: out.",)

    def test_an_empty_segmentation_opens_without_a_lesion_and_it_is_said(self, segments, pet):
        lesion_map, warnings = lesion_map_from_foreign(segments({"a": image_of(zeros())}), pet)
        assert not lesion_map.lesions
        assert warnings == ("The segmentation is empty: there is no lesion in it.",)

    def test_a_segmentation_without_segments_opens_too(self, segments, pet):
        assert not lesion_map_from_foreign(segments({}), pet)[0].lesions


class TestASegmentationOfThisProgram:
    def test_it_comes_back_with_its_ids_and_all_that_its_tags_say(self, scene, three_lesions, an_oblique_pet):
        lesions = [
            replace(lesion, origin=Origin.ENSEMBLE, probability=0.5) for lesion in three_lesions.lesions.values()
        ]
        ours = LesionMap(an_oblique_pet, three_lesions.labels, lesions)
        node = segmentation_node(scene, ours, "ours")
        lesion_map, warnings = lesion_map_from_foreign(node, an_oblique_pet)
        assert_array_equal(lesion_map.labels, ours.labels)
        assert dict(lesion_map.lesions) == dict(ours.lesions)
        assert warnings == ()

    def test_a_lesion_of_two_parts_stays_one(self, scene, pet):
        labels = zeros(np.int32)
        labels[0, 0, 0] = labels[3, 4, 5] = 4
        node = segmentation_node(scene, LesionMap.from_labels(pet, labels, origin=Origin.SEED), "merged")
        assert list(lesion_map_from_foreign(node, pet)[0].lesions) == [4]

    def test_on_the_pet_of_another_grid_it_keeps_its_ids(self, scene, pet):
        labels = zeros(np.int32)
        labels[1:3, 1:4, 2:5] = 4
        node = segmentation_node(scene, LesionMap.from_labels(pet, labels, origin=Origin.THRESHOLD), "ours")
        shifted = sitk.Image(pet)
        shifted.SetOrigin(pet.TransformContinuousIndexToPhysicalPoint((0.2, 0.0, 0.0)))
        lesion_map, warnings = lesion_map_from_foreign(node, shifted)
        assert_array_equal(lesion_map.labels, labels)
        assert lesion_map.lesions[4].origin is Origin.THRESHOLD
        assert warnings == (
            "The segmentation lies on another grid than the PET: it was resampled by nearest neighbour.",
        )


class TestALabelMap:
    def test_every_connected_part_of_a_label_is_a_lesion(self, label_node, pet):
        labels = zeros()
        labels[0, 0, 0] = labels[3, 3, 3] = 2
        labels[0, 0, 1] = 5
        lesion_map, warnings = lesion_map_from_foreign(label_node(image_of(labels), None), pet)
        assert names_of(lesion_map) == ["Label 2", "Label 2 (2)", "Label 5"]
        assert warnings == ()

    def test_names_and_colours_are_those_of_its_colour_table(self, scene, label_node, pet):
        table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "lesions")
        table.SetTypeToUser()
        table.SetNumberOfColors(3)
        table.SetColor(2, "liver", 0.25, 0.5, 1.0, 1.0)
        labels = zeros()
        labels[1, 1, 1] = 2
        lesion_map, _ = lesion_map_from_foreign(label_node(image_of(labels), table.GetID()), pet)
        assert lesion_map.lesions[1].name == "liver"
        assert lesion_map.lesions[1].colour == pytest.approx((0.25, 0.5, 1.0), abs=0.01)

    def test_whole_numbers_may_be_stored_as_floating_point(self, label_node, pet):
        labels = zeros(np.float32)
        labels[1, 1, 1] = 3
        assert names_of(lesion_map_from_foreign(label_node(image_of(labels), None), pet)[0]) == ["Label 3"]

    def test_another_grid_is_resampled_and_it_is_said(self, label_node, pet):
        labels = zeros()
        labels[1:3, 1:4, 2:5] = 1
        image = image_of(labels)
        image.SetOrigin(pet.TransformContinuousIndexToPhysicalPoint((0.2, 0.0, 0.0)))
        lesion_map, warnings = lesion_map_from_foreign(label_node(image), pet)
        assert_array_equal(lesion_map.labels, labels)
        assert warnings == (
            "The segmentation lies on another grid than the PET: it was resampled by nearest neighbour.",
        )


class TestWhatIsRefused:
    def test_a_segmentation_of_another_place(self, segments, pet):
        labels = np.ones((1, 1, 1), np.int16)
        with pytest.raises(SceneError, match="tool: no voxel of it lies on the PET"):
            lesion_map_from_foreign(segments({"a": image_of(labels, origin=(900.0, 0.0, 0.0))}), pet)

    def test_a_surface(self, scene, pet):
        labels = zeros(np.int32)
        labels[1:3, 1:4, 2:5] = 1
        node = segmentation_node(scene, LesionMap.from_labels(pet, labels, origin=Origin.SEED), "surface")
        segmentation = node.GetSegmentation()
        segmentation.CreateRepresentation("Closed surface")
        segmentation.SetSourceRepresentationName("Closed surface")
        segmentation.RemoveRepresentation("Binary labelmap")
        with pytest.raises(SceneError, match="surface: the segmentation is a surface, not a labelmap"):
            lesion_map_from_foreign(node, pet)

    def test_a_node_under_a_transform(self, scene, label_node, pet):
        node = label_node(image_of(zeros()))
        node.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved").GetID())
        with pytest.raises(SceneError, match="under the transform moved"):
            lesion_map_from_foreign(node, pet)

    def test_a_volume_that_is_no_label_map(self, scene, pet):
        with pytest.raises(SceneError, match="PET: this is neither a segmentation nor a label map"):
            lesion_map_from_foreign(volume_node(scene, pet, "PET", units=Units.SUV), pet)

    def test_fractions(self, label_node, pet):
        labels = zeros(np.float32)
        labels[1, 1, 1] = 0.5
        with pytest.raises(SceneError, match="tool: a label map holds whole numbers"):
            lesion_map_from_foreign(label_node(image_of(labels)), pet)

    def test_negative_labels(self, label_node, pet):
        labels = zeros()
        labels[1, 1, 1] = -2
        with pytest.raises(SceneError, match="the label map holds the negative value -2"):
            lesion_map_from_foreign(label_node(image_of(labels)), pet)

    def test_a_label_map_without_voxels(self, scene, pet):
        node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "empty")
        with pytest.raises(SceneError, match="empty: the volume holds no voxels"):
            lesion_map_from_foreign(node, pet)
