from __future__ import annotations

import gc

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from numpy.testing import assert_allclose, assert_array_equal
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from NENSegmentationLib.core.volume import index_to_ras, same_grid, voxels
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.volumes import (
    Units,
    ijk_to_ras,
    image_from_node,
    offset_on_grid,
    suv_from_node,
    volume_node,
)


@pytest.fixture
def a_pet_node(scene, an_oblique_pet):
    return volume_node(scene, an_oblique_pet, "PET", units=Units.SUV)


@pytest.fixture
def a_ct_node(scene, an_oblique_pet):
    return volume_node(scene, sitk.Cast(an_oblique_pet, sitk.sitkInt16), "CT", units=Units.HU)


def test_slicer_sees_the_same_voxels(a_pet_node, an_oblique_pet):
    assert_array_equal(slicer.util.arrayFromVolume(a_pet_node), sitk.GetArrayFromImage(an_oblique_pet))


@pytest.mark.parametrize("pixel", [sitk.sitkUInt8, sitk.sitkInt16, sitk.sitkInt32, sitk.sitkFloat32, sitk.sitkFloat64])
def test_the_voxel_type_stays(scene, an_oblique_pet, pixel):
    image = sitk.Cast(an_oblique_pet, pixel)
    assert image_from_node(volume_node(scene, image, "CT", units=Units.HU)).GetPixelID() == pixel


@pytest.mark.parametrize("pixel", [sitk.sitkInt16, sitk.sitkFloat32, sitk.sitkFloat64])
def test_a_pet_comes_back_as_float32_whatever_its_voxel_type(scene, an_oblique_pet, pixel):
    image = sitk.Cast(an_oblique_pet, pixel)
    back = suv_from_node(volume_node(scene, image, "PET", units=Units.SUV))
    assert back.GetPixelID() == sitk.sitkFloat32
    assert_array_equal(voxels(back), voxels(image))


@pytest.mark.parametrize("ijk", [(0, 0, 0), (3, 0, 0), (0, 1, 0), (0, 0, 1), (3, 1, 1)])
def test_a_voxel_lies_where_simpleitk_puts_it(a_pet_node, an_oblique_pet, ijk):
    matrix = vtkMatrix4x4()
    a_pet_node.GetIJKToRASMatrix(matrix)
    left, posterior, superior = an_oblique_pet.TransformIndexToPhysicalPoint(ijk)
    assert_allclose(matrix.MultiplyPoint((*ijk, 1))[:3], (-left, -posterior, superior), atol=1e-9)


def test_an_image_comes_back_with_its_voxels_and_its_grid(a_pet_node, an_oblique_pet):
    back = image_from_node(a_pet_node)
    assert_array_equal(voxels(back), voxels(an_oblique_pet))
    assert same_grid(back, an_oblique_pet)
    assert_allclose(back.GetDirection(), an_oblique_pet.GetDirection(), atol=1e-12)


def test_changing_the_node_leaves_the_image(a_pet_node, an_oblique_pet):
    slicer.util.arrayFromVolume(a_pet_node)[:] = 99
    assert voxels(an_oblique_pet).max() == 8


def test_changing_the_node_leaves_the_image_that_was_read_from_it(a_pet_node):
    back = image_from_node(a_pet_node)
    slicer.util.arrayFromVolume(a_pet_node)[:] = 99
    assert voxels(back).max() == 8


def test_the_voxels_of_a_pet_are_coded_as_suv(a_pet_node):
    assert a_pet_node.GetVoxelValueQuantity().GetAsPrintableString() == '(126400, DCM, "Standardized Uptake Value")'
    units = '({SUVbw}g/ml, UCUM, "Standardized Uptake Value body weight")'
    assert a_pet_node.GetVoxelValueUnits().GetAsPrintableString() == units


def test_the_voxels_of_a_ct_are_coded_as_hounsfield_units(a_ct_node):
    assert a_ct_node.GetVoxelValueQuantity().GetAsPrintableString() == '(112031, DCM, "Attenuation Coefficient")'
    assert a_ct_node.GetVoxelValueUnits().GetAsPrintableString() == """([hnsf'U], UCUM, "Hounsfield unit")"""


def test_a_pet_is_shown_in_inverted_grey_from_0_to_20(a_pet_node):
    display = a_pet_node.GetDisplayNode()
    assert display.GetColorNode().GetName() == "InvertedGrey"
    assert not display.GetAutoWindowLevel()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0, 20)


def test_a_ct_is_shown_in_a_soft_tissue_window(a_ct_node):
    display = a_ct_node.GetDisplayNode()
    assert display.GetColorNode().GetName() == "Grey"
    assert (display.GetWindow(), display.GetLevel()) == (400, 40)


def test_a_scene_without_colour_tables_is_refused(an_oblique_pet):
    bare = slicer.vtkMRMLScene()
    with pytest.raises(SceneError, match="PET: the scene has no colour table vtkMRMLColorTableNodeInvertedGrey"):
        volume_node(bare, an_oblique_pet, "PET", units=Units.SUV)
    assert bare.GetNumberOfNodes() == 0


def test_a_volume_under_a_transform_is_refused(scene, a_pet_node):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Registration")
    a_pet_node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(SceneError, match=r"PET is under the transform Registration\. Harden the transform"):
        image_from_node(a_pet_node)


def test_a_volume_without_voxels_is_refused(scene):
    with pytest.raises(SceneError, match="Empty: the volume holds no voxels"):
        image_from_node(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty"))


def test_a_colour_image_is_refused(scene):
    data = vtkImageData()
    data.SetDimensions(2, 2, 2)
    data.AllocateScalars(3, 3)
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "Photo")
    node.SetAndObserveImageData(data)
    with pytest.raises(SceneError, match="Photo: the volume holds 3 numbers a voxel"):
        image_from_node(node)


def test_a_crop_lies_on_the_grid_of_its_image(an_oblique_pet):
    crop = an_oblique_pet[2:4, 1:2, 0:2]
    assert offset_on_grid(ijk_to_ras(crop), (0, 1, 0, 0, 0, 1), an_oblique_pet) == (0, 1, 2)


@pytest.mark.parametrize(("moved_mm", "offset"), [(0.01, (0, 0, 0)), (0.5, None)])
def test_a_rounded_origin_is_the_same_grid_and_half_a_millimetre_is_not(an_oblique_pet, moved_mm, offset):
    moved = sitk.Image(an_oblique_pet)
    moved.SetOrigin(np.add(an_oblique_pet.GetOrigin(), (moved_mm, 0, 0)).tolist())
    assert offset_on_grid(ijk_to_ras(moved), (0, 3, 0, 1, 0, 1), an_oblique_pet) == offset


def test_another_spacing_is_another_grid_even_from_the_same_origin(an_oblique_pet):
    stretched = sitk.Image(an_oblique_pet)
    stretched.SetSpacing((2.1, 3.0, 4.0))
    assert_allclose(index_to_ras(stretched, (0, 0, 0)), index_to_ras(an_oblique_pet, (0, 0, 0)))
    assert offset_on_grid(ijk_to_ras(stretched), (0, 3, 0, 1, 0, 1), an_oblique_pet) is None


def test_voxels_live_as_long_as_the_node_that_holds_them(scene):
    image = sitk.GetImageFromArray(np.full((20, 100, 100), 7, np.float32))
    name = volume_node(scene, image, "PET", units=Units.SUV).GetID()
    del image
    gc.collect()
    others = [np.zeros((20, 100, 100), np.float32) for _ in range(10)]
    assert others
    assert np.unique(slicer.util.arrayFromVolume(scene.GetNodeByID(name))).tolist() == [7]
