from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal
from scene.reading import lesions_of, mip_of, small_patient

from NENSegmentationLib.core.lesions import LesionMap, Origin
from NENSegmentationLib.core.volume import index_to_ras, voxels
from NENSegmentationLib.scene.display import LesionOverlay
from NENSegmentationLib.scene.mip import RotatingMip
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.projections import Projections
from NENSegmentationLib.scene.views import jump_to
from NENSegmentationLib.scene.volumes import voxel_view


@pytest.fixture
def a_point_source():
    """One hot voxel on the patient's left, in front, at the head."""
    uptake = np.zeros((4, 9, 11), np.float32)
    uptake[3, 1, 8] = 20.0
    return sitk.GetImageFromArray(uptake)


def hot_pixel(projections, view):
    return tuple(int(at[0]) for at in np.nonzero(projections.maxima[view] == 20))


def test_from_the_front_the_patients_left_is_on_the_right(a_point_source):
    projections = Projections(a_point_source, views=4)
    middle = projections.maxima.shape[2] // 2
    assert hot_pixel(projections, 0) == (3, middle + 3)


def test_from_the_left_the_front_is_on_the_left(a_point_source):
    projections = Projections(a_point_source, views=4)
    middle = projections.maxima.shape[2] // 2
    assert hot_pixel(projections, 1) == (3, middle - 3)


def test_from_behind_everything_is_mirrored(a_point_source):
    projections = Projections(a_point_source, views=4)
    assert_array_equal(projections.maxima[2], projections.maxima[0][:, ::-1])


def test_from_the_front_each_pixel_is_the_maximum_of_its_line():
    pet = small_patient()
    projections = Projections(pet, views=4)
    maxima = projections.maxima[0]
    start = projections.maxima.shape[2] // 2 - voxels(pet).shape[2] // 2
    assert_array_equal(maxima[:, start : start + voxels(pet).shape[2]], voxels(pet).max(axis=1))


def test_an_image_with_other_axes_is_projected_alike():
    pet = small_patient()
    turned = sitk.DICOMOrient(pet, "RSA")
    assert_allclose(Projections(turned, views=6).maxima, Projections(pet, views=6).maxima)


def test_rays_of_nothing_but_negative_uptake_are_zero_and_others_their_maximum():
    uptake = np.array([[[-3.0, -1.0, 2.0], [-2.0, 5.0, -4.0]], [[-1.0, -2.0, -3.0], [-0.5, -0.25, -0.0]]], np.float32)
    maxima = Projections(sitk.GetImageFromArray(uptake), views=4).maxima[0]
    middle = maxima.shape[1] // 2
    assert_array_equal(maxima[:, middle - 1 : middle + 2], [[0, 5, 2], [0, 0, 0]])


def test_a_pet_of_nothing_but_air_has_an_empty_projection():
    air = sitk.GetImageFromArray(np.full((4, 9, 11), 0.4, np.float32))
    assert not Projections(air, views=4).maxima.any()


def test_a_turn_without_a_view_from_behind_is_refused(a_point_source):
    with pytest.raises(ValueError, match="a turn of 5 views has none from behind"):
        Projections(a_point_source, views=5)


@pytest.mark.parametrize("view", range(6))
def test_each_pixel_leads_back_to_its_maximum(view):
    pet = small_patient()
    projections = Projections(pet, views=6)
    for row, column in ((5, 30), (12, 25), (19, 20)):
        picked = projections.voxel_at(view, row, column)
        kji = np.rint(np.linalg.solve(np.diag([-4, -4, 5]), np.array(picked) - index_to_ras(pet, (0, 0, 0))))[::-1]
        assert voxels(pet)[tuple(kji.astype(int))] == projections.maxima[view, row, column]


def test_beside_the_image_nothing_is_picked(a_point_source):
    projections = Projections(a_point_source, views=4)
    assert projections.voxel_at(0, 3, 0) is None
    assert projections.voxel_at(0, 4, 5) is None


def test_of_equal_voxels_the_nearest_to_the_reader_is_picked():
    uniform = sitk.GetImageFromArray(np.full((1, 5, 5), 3, np.float32))
    projections = Projections(uniform, views=4)
    middle = projections.maxima.shape[2] // 2
    picked = [projections.voxel_at(view, 0, middle) for view in range(4)]
    # Front, left, back, right: y and x count towards the back and the left of the patient.
    assert picked == [(-2, 0, 0), (-4, -2, 0), (-2, -4, 0), (0, -2, 0)]


@pytest.fixture
def a_mip(scene):
    lesion_map = lesions_of(small_patient())
    return lesion_map, mip_of(scene, lesion_map, views=12)


def test_a_lesion_is_shown_where_it_is_picked(a_mip):
    lesion_map, mip = a_mip
    shown = voxel_view(mip.lesion_node.GetImageData())
    grid = np.argwhere(voxel_view(mip.pet_node.GetImageData()) > 0)[::97]
    for place, row, column in grid.tolist():
        picked = mip.pick(mip.at(place, row, column))
        lesion = None if picked is None else lesion_map.at(picked)
        assert shown[place, row, column] == (0 if lesion is None else lesion.id)


def test_edits_leave_what_a_new_projection_would_show(scene, a_mip):
    lesion_map, mip = a_mip
    mip.apply_edit(lesion_map.delete(2))
    mip.apply_edit(lesion_map.merge([3, 4]))
    mip.apply_edit(lesion_map.delete(5))
    mip.apply_edit(lesion_map.undo())
    fresh = mip_of(scene, lesion_map, views=12)
    assert_array_equal(voxel_view(mip.lesion_node.GetImageData()), voxel_view(fresh.lesion_node.GetImageData()))


def test_the_projection_does_not_follow_the_slices(scene, a_mip):
    lesion_map, mip = a_mip
    view = SliceView(application_logic(scene), "MIP", "Coronal")
    mip.show_in(view.node, view.layers)
    mip.turn_to(view.node, 90)
    jump_to(scene, lesion_map.lesions[1].centroid_ras)
    assert view.node.GetSliceOffset() == pytest.approx(90)
    view.close()


def test_fitting_shows_the_front(scene, a_mip):
    _, mip = a_mip
    view = SliceView(application_logic(scene), "MIP", "Coronal")
    mip.show_in(view.node, view.layers)
    mip.turn_to(view.node, 90)
    view.fit()
    assert view.node.GetSliceOffset() == pytest.approx(0)
    view.close()


def test_removing_the_projection_leaves_nothing_behind(scene):
    lesion_map = lesions_of(small_patient())
    overlay = LesionOverlay(scene, lesion_map)
    before = scene.GetNumberOfNodes()
    mip = RotatingMip(scene, lesion_map.pet, views=4)
    mip.show_lesions(lesion_map, overlay)
    mip.remove()
    assert scene.GetNumberOfNodes() == before


def test_no_lesions_make_an_empty_projection(scene):
    pet = small_patient()
    empty = LesionMap.from_labels(pet, np.zeros((24, 30, 36), int), origin=Origin.THRESHOLD)
    mip = mip_of(scene, empty, views=4)
    assert not voxel_view(mip.lesion_node.GetImageData()).any()
