from __future__ import annotations

import numpy as np
import pytest
import slicer
from scene.reading import click, lesions_of, mip_of, mouse, pixel_of, small_patient

from NENSegmentationLib.core.volume import voxels
from NENSegmentationLib.scene.interaction import ClickTools
from NENSegmentationLib.scene.offscreen import SliceView, ThreeDView, application_logic
from NENSegmentationLib.scene.views import show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node


@pytest.fixture
def logic(scene):
    return application_logic(scene)


@pytest.fixture
def lesion_map():
    return lesions_of(small_patient())


@pytest.fixture
def pet_node(scene, lesion_map):
    return volume_node(scene, lesion_map.pet, "PET", units=Units.SUV)


@pytest.fixture
def a_slice(scene, logic, pet_node):
    """Make a slice view of the PET."""
    made = []

    def make(orientation="Axial"):
        view = SliceView(logic, f"View{len(made)}", orientation, (200, 200))
        made.append(view)
        show_pet_ct(scene, pet_node)
        view.fit()
        view.render()
        return view

    yield make
    for view in made:
        view.close()


class Reader:
    """What the interface would be told and asked."""

    def __init__(self, lesion_map):
        self.hovered, self.clicked = [], []
        self.tools = ClickTools(lambda: lesion_map, lambda lesion, words: self.hovered.append((lesion, words)))

    def deleting(self, view, pick=None):
        self.tools.attach(view.interactor, view.node, pick)
        self.tools.active = self.clicked.append
        return self


@pytest.fixture
def reader(lesion_map):
    return Reader(lesion_map)


@pytest.fixture
def seen_by_slicer():
    """Note the left-button events that the tools let through: after theirs, before Slicer's own observers."""

    def note(view):
        events = []
        for event in ("LeftButtonPressEvent", "LeftButtonReleaseEvent", "LeftButtonDoubleClickEvent"):
            view.interactor.AddObserver(
                event, lambda caller, name: events.append((name, caller.GetEventPosition())), 5.0
            )
        return events

    return note


def bring(view, lesion):
    view.node.JumpSliceByOffsetting(*lesion.centroid_ras)
    return pixel_of(view, lesion.centroid_ras)


@pytest.mark.parametrize("orientation", ["Axial", "Coronal", "Sagittal"])
@pytest.mark.parametrize("lesion_id", [1, 5, 12])
def test_a_click_in_a_slice_gives_a_point_in_the_lesion(a_slice, reader, lesion_map, orientation, lesion_id):
    view = a_slice(orientation)
    reader.deleting(view)
    click(view, bring(view, lesion_map.lesions[lesion_id]))
    assert [lesion_map.at(ras).id for ras in reader.clicked] == [lesion_id]


def test_hovering_names_the_lesion_with_volume_and_suv_max(a_slice, reader, lesion_map):
    view = a_slice()
    reader.deleting(view)
    lesion = lesion_map.lesions[3]
    mouse(view, "MouseMoveEvent", bring(view, lesion))
    assert reader.hovered == [(lesion, f"Lesion 3: 2.9 mL, SUVmax {lesion.suv_max:.1f}")]


def test_hovering_tells_of_changes_only(a_slice, reader, lesion_map):
    view = a_slice()
    reader.deleting(view)
    x, y = bring(view, lesion_map.lesions[3])
    for at in ((x, y), (x + 1, y), (1, 1), (2, 2), (x, y)):
        mouse(view, "MouseMoveEvent", at)
    assert [lesion and lesion.id for lesion, _ in reader.hovered] == [3, None, 3]


def test_leaving_the_view_ends_the_hover(a_slice, reader, lesion_map):
    view = a_slice()
    reader.deleting(view)
    at = bring(view, lesion_map.lesions[3])
    mouse(view, "MouseMoveEvent", at)
    mouse(view, "LeaveEvent", at)
    assert reader.hovered[-1] == (None, "")


def test_a_lesion_that_was_deleted_is_no_longer_hovered(a_slice, reader, lesion_map):
    view = a_slice()
    reader.deleting(view)
    reader.tools.active = lambda ras: lesion_map.delete(lesion_map.at(ras).id)
    click(view, bring(view, lesion_map.lesions[3]))
    assert reader.hovered[-1] == (None, "")
    assert 3 not in lesion_map.lesions


def test_a_click_on_nothing_is_told_too(a_slice, reader, lesion_map):
    view = a_slice()
    reader.deleting(view)
    click(view, (2, 2))
    assert [lesion_map.at(ras) for ras in reader.clicked] == [None]


def test_three_pixels_apart_is_a_click(a_slice, reader):
    view = a_slice()
    reader.deleting(view)
    click(view, (100, 100), until=(103, 100))
    assert len(reader.clicked) == 1


def test_four_pixels_apart_is_no_click(a_slice, reader):
    view = a_slice()
    reader.deleting(view)
    click(view, (100, 100), until=(104, 100))
    assert reader.clicked == []


def test_a_drag_out_and_back_is_no_click(a_slice, reader):
    view = a_slice()
    reader.deleting(view)
    mouse(view, "LeftButtonPressEvent", (100, 100))
    mouse(view, "MouseMoveEvent", (120, 100))
    mouse(view, "LeftButtonReleaseEvent", (100, 100))
    assert reader.clicked == []


def test_slicer_sees_nothing_of_a_click_that_is_taken(a_slice, reader, seen_by_slicer):
    view = a_slice()
    events = seen_by_slicer(view)
    reader.deleting(view)
    click(view, (100, 100))
    assert events == []


def test_slicer_gets_the_press_of_a_drag_where_it_was_made(a_slice, reader, seen_by_slicer):
    view = a_slice()
    events = seen_by_slicer(view)
    reader.deleting(view)
    click(view, (100, 100), until=(120, 90))
    assert events == [("LeftButtonPressEvent", (100, 100)), ("LeftButtonReleaseEvent", (120, 90))]


def test_without_a_tool_clicks_are_slicers(a_slice, reader, seen_by_slicer):
    view = a_slice()
    events = seen_by_slicer(view)
    reader.deleting(view).tools.active = None
    click(view, (100, 100))
    assert len(events) == 2
    assert reader.clicked == []


def test_with_shift_clicks_are_slicers(a_slice, reader, seen_by_slicer):
    view = a_slice()
    events = seen_by_slicer(view)
    reader.deleting(view)
    click(view, (100, 100), shift=True)
    assert len(events) == 2
    assert reader.clicked == []


def test_two_fast_clicks_are_two_clicks_and_do_not_enlarge_the_view(a_slice, reader, seen_by_slicer):
    view = a_slice()
    events = seen_by_slicer(view)
    reader.deleting(view)
    click(view, (100, 100))
    mouse(view, "LeftButtonDoubleClickEvent", (100, 100))
    mouse(view, "LeftButtonReleaseEvent", (100, 100))
    assert len(reader.clicked) == 2
    assert events == []


def window_of(pet_node):
    return pet_node.GetDisplayNode().GetWindow(), pet_node.GetDisplayNode().GetLevel()


@pytest.fixture
def adjusting_the_window(logic):
    interaction = logic.GetInteractionNode()
    interaction.SetCurrentInteractionMode(slicer.vtkMRMLInteractionNode.AdjustWindowLevel)
    return interaction


@pytest.mark.usefixtures("adjusting_the_window")
def test_dragging_still_adjusts_the_window_while_deleting(a_slice, reader, pet_node):
    view = a_slice()
    reader.deleting(view)
    before = window_of(pet_node)
    mouse(view, "EnterEvent", (100, 100))
    mouse(view, "MouseMoveEvent", (100, 100))
    mouse(view, "LeftButtonPressEvent", (100, 100))
    for step in range(1, 6):
        mouse(view, "MouseMoveEvent", (100 + 8 * step, 100))
    mouse(view, "LeftButtonReleaseEvent", (140, 100))
    assert window_of(pet_node) != before
    assert reader.clicked == []


@pytest.mark.usefixtures("adjusting_the_window")
def test_a_click_leaves_the_window_as_it_is(a_slice, reader, pet_node):
    view = a_slice()
    reader.deleting(view)
    before = window_of(pet_node)
    mouse(view, "EnterEvent", (100, 100))
    click(view, (100, 100), until=(102, 101))
    mouse(view, "MouseMoveEvent", (150, 150))
    assert window_of(pet_node) == before
    assert len(reader.clicked) == 1


def test_attaching_twice_calls_once(a_slice, reader):
    view = a_slice()
    reader.deleting(view).deleting(view)
    click(view, (100, 100))
    assert len(reader.clicked) == 1


def test_nothing_is_observed_after_detaching(a_slice, reader, seen_by_slicer):
    view = a_slice()
    reader.deleting(view)
    reader.tools.detach()
    events = seen_by_slicer(view)
    click(view, (100, 100))
    assert reader.clicked == []
    assert reader.hovered == []
    assert len(events) == 2


def test_without_a_case_clicks_are_slicers(a_slice, seen_by_slicer):
    view = a_slice()
    reader = Reader(None).deleting(view)
    events = seen_by_slicer(view)
    click(view, (100, 100))
    assert reader.clicked == []
    assert len(events) == 2


@pytest.fixture
def a_mip(scene, logic, lesion_map):
    mip = mip_of(scene, lesion_map, views=12)
    view = SliceView(logic, "MIP", "Coronal", (300, 300))
    mip.show_in(view.node, view.layers)
    view.fit()
    view.render()
    yield mip, view
    view.close()


@pytest.mark.parametrize("angle", [0, 30, 90, 180, 210])
def test_a_click_on_the_mip_picks_the_voxel_of_maximum_uptake(a_mip, reader, lesion_map, angle):
    mip, view = a_mip
    mip.turn_to(view.node, angle)
    reader.deleting(view, mip.pick)
    click(view, (150, 150))
    (ras,) = reader.clicked
    # The ray through the same pixel by the definition: all voxels that lie within half a column of it.
    turn = np.radians(angle)
    across = np.array([-np.cos(turn), -np.sin(turn), 0.0])
    index = np.indices(lesion_map.labels.shape).reshape(3, -1).T
    points = index[:, ::-1] * [4.0, 4.0, 5.0] * [-1, -1, 1] + [70.0, 58.0, -500.0]
    uptake = voxels(lesion_map.pet)[tuple(index.T)]
    apart = np.abs((points - ras) @ across)
    same_row = np.abs(points[:, 2] - ras[2]) < 0.1
    mine = uptake[np.argmin(np.linalg.norm(points - ras, axis=1))]
    on_ray = same_row & (apart < 0.01)
    assert mine >= uptake[on_ray].max() - 1e-6


def test_hovering_over_the_mip_names_the_lesion(a_mip, reader, lesion_map):
    mip, view = a_mip
    reader.deleting(view, mip.pick)
    lesion = lesion_map.lesions[1]
    r, _, s = lesion.centroid_ras
    mouse(view, "MouseMoveEvent", pixel_of(view, mip.from_front((r, 0.0, s))))
    assert len(reader.hovered) == 1
    assert reader.hovered[0][0].centroid_ras[0] == pytest.approx(r, abs=20)


def test_a_click_in_a_3d_view_picks_along_the_ray(logic, reader, lesion_map):
    with ThreeDView(logic, "1", (200, 200)) as view:
        target = lesion_map.lesions[2].centroid_ras
        camera = view.renderer.GetActiveCamera()
        camera.SetFocalPoint(*target)
        camera.SetPosition(target[0] + 300, target[1] + 900, target[2] + 200)
        camera.SetViewUp(0, 0, 1)
        camera.SetClippingRange(10, 3000)
        reader.deleting(view)
        click(view, (100, 100))
        assert lesion_map.at(reader.clicked[0]) is not None
