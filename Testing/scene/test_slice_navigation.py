"""The left button in a slice view, and the region that it drags; in a real Slicer view."""

from __future__ import annotations

import pytest
from scene.reading import click, mouse, pixel_of, small_patient

from NENSegmentationLib.scene.click_jump import ClickJump
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.region_drag import RegionDrag
from NENSegmentationLib.scene.slice_navigation import SliceNavigation
from NENSegmentationLib.scene.views import show_case
from NENSegmentationLib.scene.volumes import Units, volume_node

POINT = (-10.0, 0.0, -440.0)


@pytest.fixture
def nodes(scene):
    pet = small_patient()
    return volume_node(scene, pet, "PET", units=Units.SUV), volume_node(scene, pet * 10, "CT", units=Units.HU)


@pytest.fixture
def view(scene, nodes):
    logic = application_logic(scene)
    with SliceView(logic, "Red", "Axial") as view:
        show_case(scene, *nodes)
        view.fit()
        view.node.SetSliceOffset(POINT[2])
        yield view


@pytest.fixture
def clicked():
    return []


@pytest.fixture
def navigation(view, nodes, clicked):
    navigation = SliceNavigation(
        view.interactor, view.node, *nodes, clicked.append, lambda: clicked.append("again"), lambda: None
    )
    yield navigation
    navigation.detach()


def drag(view, by, ctrl=False):
    at = (200, 200)
    for event, (x, y) in (
        ("LeftButtonPressEvent", at),
        ("MouseMoveEvent", (at[0] + by[0], at[1] + by[1])),
        ("LeftButtonReleaseEvent", (at[0] + by[0], at[1] + by[1])),
    ):
        view.interactor.SetEventInformation(x, y, int(ctrl), 0, "\0", 0, None)
        view.interactor.InvokeEvent(event)


def window(node):
    return node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()


@pytest.mark.usefixtures("navigation")
def test_a_click_tells_the_point_of_the_patient(view, clicked):
    click(view, pixel_of(view, POINT))
    assert clicked[0] == pytest.approx(POINT, abs=1.0)


@pytest.mark.usefixtures("navigation")
def test_a_double_click_is_told_once_as_a_click_and_then_as_what_it_is(view, clicked):
    at = pixel_of(view, POINT)
    click(view, at)
    mouse(view, "LeftButtonDoubleClickEvent", at)
    mouse(view, "LeftButtonReleaseEvent", at)
    assert clicked[1:] == ["again"]


def test_a_jump_that_is_taken_back_leaves_slices_and_cross_hair_as_they_were(scene, view):
    crosshair, before = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode"), view.node.GetXYToRAS().GetData()
    crosshair.SetCrosshairRAS(1.0, 2.0, 3.0)
    jump = ClickJump(scene)
    jump.to((500.0, 0.0, -400.0))
    assert view.node.GetXYToRAS().GetData() != before
    jump.take_back()
    assert view.node.GetXYToRAS().GetData() == before
    assert crosshair.GetCrosshairRAS() == (1.0, 2.0, 3.0)


def test_only_the_last_jump_is_taken_back_and_only_once(scene, view):
    jump = ClickJump(scene)
    jump.to((0.0, 0.0, -450.0))
    jump.to((0.0, 0.0, -430.0))
    jump.take_back()
    jump.take_back()
    assert view.node.GetSliceOffset() == pytest.approx(-450.0)


@pytest.mark.usefixtures("navigation")
def test_a_drag_up_lowers_the_upper_suv_and_is_no_click(view, nodes, clicked):
    drag(view, (0, 100))
    upper, middle = window(nodes[0])
    assert upper == pytest.approx(20 * 2.718281828**-0.9)
    assert middle == pytest.approx(upper / 2)
    assert clicked == []


@pytest.mark.usefixtures("navigation")
def test_a_drag_with_ctrl_sets_the_window_of_the_ct_alone(view, nodes):
    drag(view, (50, 10), ctrl=True)
    assert window(nodes[1]) == (600.0, 0.0)
    assert window(nodes[0])[0] == 20.0


def test_nothing_is_told_once_the_view_is_left(view, navigation, clicked):
    navigation.detach()
    click(view, pixel_of(view, POINT))
    assert clicked == []


def test_a_sphere_that_is_pressed_goes_along_with_the_pointer(view):
    moved = []
    drag_of = RegionDrag(view.interactor, view.node, lambda _ras: 0, lambda _n: POINT, lambda *at: moved.append(at))
    start = pixel_of(view, POINT)
    mouse(view, "LeftButtonPressEvent", start)
    mouse(view, "MouseMoveEvent", pixel_of(view, (POINT[0] + 20, POINT[1], POINT[2])))
    mouse(view, "LeftButtonReleaseEvent", start)
    mouse(view, "MouseMoveEvent", start)
    drag_of.detach()
    ((number, centre),) = moved
    assert number == 0
    assert centre == pytest.approx((POINT[0] + 20, POINT[1], POINT[2]), abs=1.0)


@pytest.mark.usefixtures("navigation")
def test_a_press_beside_all_spheres_stays_a_click(view, clicked):
    drag_of = RegionDrag(view.interactor, view.node, lambda _ras: None, lambda _n: POINT, lambda *_at: None)
    click(view, pixel_of(view, POINT))
    drag_of.detach()
    assert len(clicked) == 1
