from __future__ import annotations

import numpy as np
import pytest
from scene.reading import click, key, lesions_of, mip_of, mouse, pixel_of, small_patient

from NENSegmentationLib.core.volume import index_to_ras
from NENSegmentationLib.scene.interaction import ClickTools
from NENSegmentationLib.scene.mip_navigation import MipNavigation
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.views import jump_to, link_cursor, show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view


@pytest.fixture
def logic(scene):
    return application_logic(scene)


@pytest.fixture
def lesion_map():
    return lesions_of(small_patient())


@pytest.fixture
def an_axial_view(scene, logic, lesion_map):
    with SliceView(logic, "Red", "Axial", (200, 200)) as view:
        show_pet_ct(scene, volume_node(scene, lesion_map.pet, "PET", units=Units.SUV))
        view.fit()
        yield view


@pytest.fixture
def a_mip(scene, logic, lesion_map):
    """The projection in a view, which it navigates."""
    mip = mip_of(scene, lesion_map, views=12)
    with SliceView(logic, "MIP", "Coronal", (300, 300)) as view:
        mip.show_in(view.node, view.layers)
        view.fit()
        view.render()
        yield mip, view, MipNavigation(view.interactor, view.node, mip)


def seen_from_front(a_mip, lesion):
    mip, view, _ = a_mip
    return pixel_of(view, mip.from_front(lesion.centroid_ras))


def test_the_wheel_goes_on_behind_the_patient(a_mip):
    mip, view, _ = a_mip
    mip.turn_to(view.node, 180)
    mouse(view, "MouseWheelForwardEvent", (150, 150))
    assert mip.angle(view.node) == pytest.approx(-150)
    mouse(view, "MouseWheelBackwardEvent", (150, 150))
    assert mip.angle(view.node) == pytest.approx(180)


def test_left_and_right_turn_and_other_keys_are_slicers(a_mip):
    mip, view, _ = a_mip
    seen = []
    view.interactor.AddObserver("KeyPressEvent", lambda caller, _name: seen.append(caller.GetKeySym()), 5.0)
    for name in ("Right", "Right", "Left", "m"):
        key(view, name)
    assert mip.angle(view.node) == pytest.approx(30)
    assert seen == ["m"]


def test_a_click_brings_the_slices_to_the_voxel_that_is_seen(scene, a_mip, an_axial_view, lesion_map):
    lesion = lesion_map.lesions[5]
    click(a_mip[1], seen_from_front(a_mip, lesion))
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode").GetCrosshairRAS()
    assert np.allclose(crosshair[::2], lesion.centroid_ras[::2], atol=8)
    assert an_axial_view.node.GetSliceOffset() == pytest.approx(crosshair[2])


def test_a_double_click_leaves_the_slices_where_they_were(a_mip, an_axial_view, lesion_map):
    before, at = an_axial_view.node.GetSliceOffset(), seen_from_front(a_mip, lesion_map.lesions[5])
    click(a_mip[1], at)
    mouse(a_mip[1], "LeftButtonDoubleClickEvent", at)
    mouse(a_mip[1], "LeftButtonReleaseEvent", at)
    assert an_axial_view.node.GetSliceOffset() == pytest.approx(before)


def test_a_drag_does_not_move_the_slices(a_mip, an_axial_view, lesion_map):
    before = an_axial_view.node.GetSliceOffset()
    x, y = seen_from_front(a_mip, lesion_map.lesions[1])
    click(a_mip[1], (x, y), until=(x + 20, y))
    assert an_axial_view.node.GetSliceOffset() == before


def test_a_click_that_a_tool_takes_does_not_move_the_slices(a_mip, an_axial_view, lesion_map):
    mip, view, _ = a_mip
    clicked = []
    tools = ClickTools(lambda: lesion_map, lambda *_: None)
    tools.attach(view.interactor, view.node, mip.pick)
    tools.active = clicked.append
    before = an_axial_view.node.GetSliceOffset()
    click(view, seen_from_front(a_mip, lesion_map.lesions[1]))
    assert len(clicked) == 1
    assert an_axial_view.node.GetSliceOffset() == before


def test_a_click_beside_the_patient_does_nothing(a_mip, an_axial_view):
    before = an_axial_view.node.GetSliceOffset()
    click(a_mip[1], (1, 1))
    assert an_axial_view.node.GetSliceOffset() == before


def test_the_slices_follow_a_move_with_shift_but_not_one_without(a_mip, an_axial_view, lesion_map):
    lesion = lesion_map.lesions[12]
    before = an_axial_view.node.GetSliceOffset()
    mouse(a_mip[1], "MouseMoveEvent", seen_from_front(a_mip, lesion))
    assert an_axial_view.node.GetSliceOffset() == before
    mouse(a_mip[1], "MouseMoveEvent", seen_from_front(a_mip, lesion), shift=True)
    assert an_axial_view.node.GetSliceOffset() == pytest.approx(lesion.centroid_ras[2], abs=8)


def test_a_double_click_is_slicers(a_mip):
    seen = []
    a_mip[1].interactor.AddObserver("LeftButtonDoubleClickEvent", lambda *_: seen.append(1), 5.0)
    mouse(a_mip[1], "LeftButtonDoubleClickEvent", (150, 150))
    assert seen == [1]


def test_air_is_white_all_over_the_view_until_it_is_let_go(a_mip):
    _, view, navigation = a_mip
    assert view.picture()[2, 2].tolist() == [255, 255, 255]
    navigation.detach()
    assert view.picture()[2, 2].tolist() == [0, 0, 0]


def test_a_view_that_was_let_go_is_slicers_and_ends_behind_the_patient(a_mip):
    mip, view, navigation = a_mip
    navigation.detach()
    mip.turn_to(view.node, 180)
    mouse(view, "MouseWheelBackwardEvent", (150, 150))
    assert mip.angle(view.node) == pytest.approx(180)


def test_a_lesion_that_is_in_sight_needs_no_turn(a_mip, lesion_map):
    mip, view, _ = a_mip
    shown = voxel_view(mip.lesion_node.GetImageData())[6]
    in_sight = next(id_ for id_ in lesion_map.lesions if np.count_nonzero(shown == id_) > 8)
    mip.turn_to_lesion(in_sight)
    assert mip.angle(view.node) == pytest.approx(0)


def test_the_projection_turns_to_a_lesion_that_is_hidden(a_mip, lesion_map):
    mip, view, _ = a_mip
    shown = voxel_view(mip.lesion_node.GetImageData())
    hidden = min(lesion_map.lesions, key=lambda id_: np.count_nonzero(shown[6] == id_))
    mip.turn_to_lesion(hidden)
    place = round((mip.angle(view.node) + 180) / 30)
    assert np.count_nonzero(shown[place] == hidden) == np.count_nonzero(shown == hidden, axis=(1, 2)).max()


def test_a_preview_is_shown_and_goes_again(a_mip, lesion_map):
    mip, _, _ = a_mip
    before = voxel_view(mip.lesion_node.GetImageData()).copy()
    lesion = lesion_map.lesions[4]
    mask, box = lesion_map.labels[lesion.box] == 4, lesion.box
    mip.apply_edit(lesion_map.delete(4))
    mip.preview(mask, box)
    previewed = voxel_view(mip.lesion_node.GetImageData())
    assert np.array_equal(previewed == previewed.max(), before == 4)
    mip.clear_preview()
    assert not np.any(voxel_view(mip.lesion_node.GetImageData()) == 4)
    mip.apply_edit(lesion_map.undo())
    assert np.array_equal(voxel_view(mip.lesion_node.GetImageData()), before)


def test_a_volume_that_is_loaded_later_does_not_take_the_place_of_the_projection(scene, logic, a_mip):
    mip, view, _ = a_mip
    other = volume_node(scene, small_patient(2), "other", units=Units.SUV)
    selection = logic.GetSelectionNode()
    selection.SetActiveVolumeID(other.GetID())
    logic.PropagateVolumeSelection(1)
    assert view.layers.GetBackgroundVolumeID() == mip.pet_node.GetID()


def test_the_projection_without_lesions_has_none_in_its_label_layer(a_mip):
    mip, view, _ = a_mip
    mip.hide_lesions()
    assert view.layers.GetLabelVolumeID() is None
    assert mip.lesion_node is None


def lines_in(view):
    """Row from below and column of the two yellow lines; None where there is none."""
    red, _, blue = np.moveaxis(view.picture()[::-1].astype(int), 2, 0)
    yellow = red - blue > 50
    rows, columns = (np.flatnonzero(yellow.mean(axis=axis) > 0.9) for axis in (1, 0))
    return (rows[0], columns[0]) if rows.size and columns.size else None


@pytest.mark.parametrize("angle", [0, 90, 180, -60])
def test_the_point_of_the_cross_hair_is_marked_where_it_is_seen(scene, a_mip, lesion_map, angle):
    mip, view, _ = a_mip
    link_cursor(scene)
    lesion = lesion_map.lesions[5]
    jump_to(scene, lesion.centroid_ras)
    mip.turn_to(view.node, angle)
    # How far to the right on the screen, from this angle, of the axis of the turn.
    turn = np.radians(angle)
    centre_ras = index_to_ras(lesion_map.pet, (0, 15, 18))
    right, anterior, superior = np.subtract(lesion.centroid_ras, (*centre_ras[:2], 0))
    across = -right * np.cos(turn) - anterior * np.sin(turn)
    x, y = pixel_of(view, (mip.from_front((centre_ras[0], 0, 0))[0] - across, 0.0, superior))
    row, column = lines_in(view)
    assert abs(row - y) <= 5
    assert abs(column - x) <= 5


def test_without_a_cross_hair_nothing_is_marked(scene, a_mip, lesion_map):
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    jump_to(scene, lesion_map.lesions[5].centroid_ras)
    crosshair.SetCrosshairMode(crosshair.NoCrosshair)
    assert lines_in(a_mip[1]) is None


def test_a_cross_hair_outside_the_patient_is_not_marked(scene, a_mip):
    link_cursor(scene)
    jump_to(scene, (5000.0, 0.0, 0.0))
    assert lines_in(a_mip[1]) is None
