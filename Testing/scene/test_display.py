from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scene.reading import lesions_of, pixel_of, small_patient

from NENSegmentationLib.core.lesions import LesionMap, Origin
from NENSegmentationLib.scene.display import HIGHLIGHT, PREVIEW, LesionOverlay
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.views import PetColour, show_overlay, show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view


@pytest.fixture
def lesion_map():
    return lesions_of(small_patient())


@pytest.fixture
def overlay(scene, lesion_map):
    return LesionOverlay(scene, lesion_map)


@pytest.fixture
def a_slice(scene, lesion_map, overlay):
    """An axial view of the PET with opaque lesions."""
    view = SliceView(application_logic(scene), "Red", "Axial", (200, 200))
    pet_node = volume_node(scene, lesion_map.pet, "PET", units=Units.SUV)
    show_pet_ct(scene, pet_node, colour=PetColour.INVERTED_GREY)
    show_overlay(scene, overlay.node, opacity=1)
    view.fit()
    yield view
    view.close()


def colour_at(view, lesion):
    """What is drawn at the centre of a lesion, 0 to 1."""
    view.node.JumpSliceByOffsetting(*lesion.centroid_ras)
    x, y = pixel_of(view, lesion.centroid_ras)
    return view.picture()[::-1][y, x] / 255


@pytest.mark.parametrize("lesion_id", [1, 6, 12])
def test_a_lesion_is_drawn_in_its_colour(a_slice, lesion_map, lesion_id):
    lesion = lesion_map.lesions[lesion_id]
    assert_allclose(colour_at(a_slice, lesion), lesion.colour, atol=0.01)


def test_a_deleted_lesion_is_gone_from_the_picture_and_back_after_undo(a_slice, overlay, lesion_map):
    lesion = lesion_map.lesions[6]
    before = colour_at(a_slice, lesion)
    overlay.apply_edit(lesion_map.delete(6))
    assert np.ptp(colour_at(a_slice, lesion)) < 0.01
    overlay.apply_edit(lesion_map.undo())
    assert_array_equal(colour_at(a_slice, lesion), before)


def test_the_lesion_under_the_pointer_is_white(a_slice, overlay, lesion_map):
    overlay.highlight(6)
    assert_allclose(colour_at(a_slice, lesion_map.lesions[6]), HIGHLIGHT, atol=0.01)
    overlay.highlight(7)
    assert_allclose(colour_at(a_slice, lesion_map.lesions[6]), lesion_map.lesions[6].colour, atol=0.01)
    overlay.highlight(None)
    assert_allclose(colour_at(a_slice, lesion_map.lesions[7]), lesion_map.lesions[7].colour, atol=0.01)


def test_a_hidden_lesion_is_not_drawn_until_it_is_shown(a_slice, overlay, lesion_map):
    overlay.set_visible([6], False)
    assert np.ptp(colour_at(a_slice, lesion_map.lesions[6])) < 0.01
    overlay.set_visible([6], True)
    assert_allclose(colour_at(a_slice, lesion_map.lesions[6]), lesion_map.lesions[6].colour, atol=0.01)


BOX = (slice(0, 3), slice(14, 17), slice(16, 20))


def test_a_preview_is_blue_and_ends(a_slice, overlay, lesion_map):
    overlay.preview(np.ones((3, 3, 4), bool), BOX)
    lesion_map.add(np.ones((3, 3, 4), bool), BOX)
    (place,) = [lesion for lesion in lesion_map.lesions.values() if lesion.box == BOX]
    lesion_map.undo()
    assert_allclose(colour_at(a_slice, place), PREVIEW, atol=0.01)
    overlay.clear_preview()
    assert np.ptp(colour_at(a_slice, place)) < 0.01


def test_a_preview_leaves_lesions_and_the_lesion_map_as_they_are(overlay, lesion_map):
    before = lesion_map.labels.copy()
    box = lesion_map.lesions[1].box
    overlay.preview(np.ones(before[box].shape, bool), box)
    shown = voxel_view(overlay.node.GetImageData())
    assert_array_equal(shown[before > 0], before[before > 0])
    assert_array_equal(lesion_map.labels, before)


def test_an_edit_ends_the_preview(overlay, lesion_map):
    overlay.preview(np.ones((3, 3, 4), bool), BOX)
    overlay.apply_edit(lesion_map.delete(1))
    assert_array_equal(voxel_view(overlay.node.GetImageData()), lesion_map.labels)


def test_a_recoloured_lesion_is_drawn_in_its_new_colour(a_slice, overlay, lesion_map):
    lesion = lesion_map.lesions[6]
    overlay.restyle(type(lesion)(**{**vars(lesion), "colour": (0.0, 1.0, 0.0)}))
    assert_allclose(colour_at(a_slice, lesion), (0, 1, 0), atol=0.01)


def test_more_lesions_than_there_were_colours_get_theirs(scene, lesion_map):
    labels = lesion_map.labels.copy()
    labels[0, 0, 0] = 1000
    other = LesionMap.from_labels(lesion_map.pet, labels, origin=Origin.SEED)
    made = LesionOverlay(scene, other)
    colour = [0.0] * 4
    for lesion in other.lesions.values():
        made.table.GetColor(lesion.id, colour)
        assert_allclose(colour, (*lesion.colour, 1), atol=0.005)
    assert made.table.GetLookupTable().GetTableRange() == (0, made.table.GetNumberOfColors() - 1)


def test_the_picture_of_the_lesions_is_not_saved_with_the_scene(overlay):
    assert not overlay.node.GetSaveWithScene()
    assert not overlay.table.GetSaveWithScene()


def test_removing_the_overlay_leaves_nothing_behind(scene, lesion_map):
    before = scene.GetNumberOfNodes()
    LesionOverlay(scene, lesion_map).remove()
    assert scene.GetNumberOfNodes() == before
