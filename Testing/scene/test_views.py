from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from scene.reading import lesions_of, pixel_of, small_patient

from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.offscreen import SliceView, ThreeDView, application_logic
from NENSegmentationLib.scene.patient_zoom import zoom_to_patient
from NENSegmentationLib.scene.views import (
    PetColour,
    jump_to,
    link_cursor,
    set_ct_window,
    set_pet_window,
    show_case,
    show_pet_ct,
    slice_views,
)
from NENSegmentationLib.scene.volumes import Units, volume_node


@pytest.fixture
def pet_node(scene):
    return volume_node(scene, small_patient(), "PET", units=Units.SUV)


@pytest.fixture
def ct_node(scene):
    ct = sitk.Image(small_patient())
    return volume_node(scene, ct * 0 + 40, "CT", units=Units.HU)


@pytest.fixture
def views(scene):
    logic = application_logic(scene)
    made = [
        SliceView(logic, name, orientation, (200, 200))
        for name, orientation in (("Red", "Axial"), ("Green", "Coronal"), ("Yellow", "Sagittal"))
    ]
    yield made
    for view in made:
        view.close()


def test_fusion_puts_the_pet_over_the_ct_in_all_views(scene, views, pet_node, ct_node):
    show_pet_ct(scene, pet_node, ct_node, opacity=0.3)
    for view in views:
        assert view.layers.GetBackgroundVolumeID() == ct_node.GetID()
        assert view.layers.GetForegroundVolumeID() == pet_node.GetID()
        assert view.layers.GetForegroundOpacity() == 0.3


def test_without_a_ct_the_pet_is_alone(scene, views, pet_node, ct_node):
    show_pet_ct(scene, pet_node, ct_node)
    show_pet_ct(scene, pet_node, colour=PetColour.INVERTED_GREY)
    for view in views:
        assert view.layers.GetBackgroundVolumeID() == pet_node.GetID()
        assert view.layers.GetForegroundVolumeID() is None


def test_inverted_grey_draws_uptake_dark(scene, views, pet_node):
    show_pet_ct(scene, pet_node, colour=PetColour.INVERTED_GREY)
    lesion = lesions_of(small_patient()).lesions[1]
    views[0].fit()
    jump_to(scene, lesion.centroid_ras)
    scene.GetFirstNodeByClass("vtkMRMLCrosshairNode").SetCrosshairMode(slicer.vtkMRMLCrosshairNode.NoCrosshair)
    x, y = pixel_of(views[0], lesion.centroid_ras)
    picture = views[0].picture()[::-1]
    assert picture[y, x].max() < 60
    assert picture.max() > 240


def test_an_opacity_above_one_is_refused(scene, pet_node):
    with pytest.raises(SceneError, match=r"the opacity 1\.5 of the PET is not from 0 to 1"):
        show_pet_ct(scene, pet_node, opacity=1.5)


def test_a_scene_without_colour_tables_is_refused(pet_node):
    with pytest.raises(SceneError, match="the scene has no colour table vtkMRMLPETProceduralColorNodePET-Heat"):
        show_pet_ct(slicer.vtkMRMLScene(), pet_node)


def window(node):
    return node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()


def test_the_pet_is_shown_from_zero_to_a_suv(pet_node):
    set_pet_window(pet_node, 10)
    assert window(pet_node) == (10, 5)


def test_the_pet_is_shown_to_suv_20_by_default(pet_node):
    set_pet_window(pet_node)
    assert window(pet_node) == (20, 10)


@pytest.mark.parametrize("upper", [0, -3, float("nan")])
def test_a_pet_window_that_is_none_is_refused(pet_node, upper):
    with pytest.raises(SceneError, match="the PET cannot be shown from SUV 0 to"):
        set_pet_window(pet_node, upper)


@pytest.mark.parametrize(
    ("name", "expected"), [("soft tissue", (400, 40)), ("lung", (1500, -600)), ("bone", (1800, 400))]
)
def test_the_ct_has_windows_by_name(ct_node, name, expected):
    set_ct_window(ct_node, name)
    assert window(ct_node) == expected


def test_an_unknown_ct_window_is_refused_with_those_there_are(ct_node):
    with pytest.raises(SceneError, match=r"no CT window 'brain'\. Choose one of: soft tissue, lung, bone"):
        set_ct_window(ct_node, "brain")


def test_a_jump_to_what_is_out_of_sight_brings_it_into_the_middle(scene, views, pet_node):
    show_pet_ct(scene, pet_node)
    for view in views:
        view.fit()
        view.node.SetFieldOfView(20.0, 20.0, 1.0)
    jump_to(scene, (-40.0, -38.0, -470.0))
    for view in views:
        assert pixel_of(view, (-40.0, -38.0, -470.0)) == (100, 100)
    assert scene.GetFirstNodeByClass("vtkMRMLCrosshairNode").GetCrosshairRAS() == (-40.0, -38.0, -470.0)


def test_a_jump_without_a_crosshair_is_refused(scene):
    with pytest.raises(SceneError, match="the scene has no cross-hair"):
        jump_to(scene, (0, 0, 0))


def test_the_linked_cursor_is_drawn(scene, views, pet_node):
    show_pet_ct(scene, pet_node)
    views[1].fit()
    before = views[1].picture()
    link_cursor(scene)
    jump_to(scene, (0.0, 0.0, -450.0))
    assert np.count_nonzero(views[1].picture() != before) > 500


@pytest.mark.usefixtures("views")
def test_all_slice_views_are_found(scene):
    assert [node.GetLayoutName() for node, _ in slice_views(scene)] == ["Red", "Green", "Yellow"]


def test_a_3d_view_is_drawn_without_a_display(scene):
    with ThreeDView(application_logic(scene), "1", (80, 60)) as view:
        assert view.picture().shape == (60, 80, 3)


def test_a_case_is_first_seen_with_the_usual_windows_and_a_linked_cursor(scene, views, pet_node, ct_node):
    set_pet_window(pet_node, 7)
    set_ct_window(ct_node, "lung")
    show_case(scene, pet_node, ct_node)
    assert (window(pet_node), window(ct_node)) == ((20, 10), (400, 40))
    assert pet_node.GetDisplayNode().GetColorNodeID() == PetColour.HOT.value
    assert {view.layers.GetForegroundVolumeID() for view in views} == {pet_node.GetID()}
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    assert crosshair.GetCrosshairBehavior() == crosshair.OffsetJumpSlice


def test_a_jump_to_what_is_in_sight_leaves_the_view_where_it_is(scene, views, pet_node):
    show_pet_ct(scene, pet_node)
    views[0].fit()
    middle = pixel_of(views[0], (0.0, 0.0, -450.0))
    jump_to(scene, (12.0, -8.0, -430.0))
    assert views[0].node.GetSliceOffset() == pytest.approx(-430)
    assert pixel_of(views[0], (0.0, 0.0, -430.0)) == middle


def test_the_patient_fills_the_view_whose_image_is_mostly_air(scene, views):
    uptake = np.zeros((40, 80, 80), np.float32)
    uptake[8:32, 36:44, 36:44] = 2.0
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((5.0, 5.0, 5.0))
    show_pet_ct(scene, volume_node(scene, pet, "PET", units=Units.SUV))
    for view in views:
        view.slice_logic.FitSliceToBackground()
    zoom_to_patient(scene, pet)
    # 8 voxels of 5 mm are looked at in every fourth, which makes 20 mm, and 20 mm of margin are on each side.
    assert views[0].node.GetFieldOfView()[:2] == pytest.approx((60, 60))
    assert views[1].node.GetFieldOfView()[1] == pytest.approx(5 * 20 + 40)
    assert views[0].node.GetSliceOffset() == pytest.approx(5 * (8 + 28) / 2)


def test_what_lies_beyond_the_ct_can_look_as_its_air_does(scene):
    pet, ct = sitk.Image(40, 40, 4, sitk.sitkFloat32), sitk.Image(20, 40, 4, sitk.sitkInt16) - 1000
    nodes = volume_node(scene, pet + 20.0, "PET", units=Units.SUV), volume_node(scene, ct, "CT", units=Units.HU)
    with SliceView(application_logic(scene), "Red", "Axial", (80, 80), air_outside=True) as view:
        show_pet_ct(scene, *nodes)
        view.node.SetFieldOfView(40.0, 40.0, 1.0)
        view.node.JumpSliceByCentering(-19.5, -19.5, 1.0)
        row = view.picture()[40, :, 0].astype(int)
    assert row[20] == row[60] == 127


def test_a_pet_without_uptake_leaves_the_views_as_they_are(scene, views):
    pet = sitk.GetImageFromArray(np.zeros((4, 5, 6), np.float32))
    show_pet_ct(scene, volume_node(scene, pet, "PET", units=Units.SUV))
    before = views[0].node.GetFieldOfView()
    zoom_to_patient(scene, pet)
    assert views[0].node.GetFieldOfView() == before
