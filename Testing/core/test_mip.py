from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.mip import Segmented, _coloured, _Projected, write_methods, write_mip
from NENSegmentationLib.core.reference_region import Organ, region_from_mask

RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


@pytest.fixture
def lesion_map() -> LesionMap:
    """Voxels of 10 mm in the order right to left, anterior to posterior, feet to head; lesion 9 on the right, above."""
    uptake = np.ones((4, 4, 4), np.float32)
    uptake[3, 0, 0], uptake[0, 3, 3] = 8, 6
    labels = np.zeros((4, 4, 4), int)
    labels[3, 0, 0], labels[0, 3, 3] = 9, 4
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((10.0, 10.0, 10.0))
    return LesionMap.from_labels(pet, labels, origin=Origin.SEED, colours={9: RED, 4: GREEN})


@pytest.fixture
def turned(lesion_map) -> LesionMap:
    """The same patient, stored from left to right, posterior to anterior and head to feet."""
    pet = sitk.Flip(lesion_map.pet, (True, True, True))
    assert np.diag(np.array(pet.GetDirection()).reshape(3, 3)).tolist() == [-1, -1, -1]
    labels = lesion_map.labels[::-1, ::-1, ::-1].copy()
    return LesionMap.from_labels(pet, labels, origin=Origin.SEED, colours={9: RED, 4: GREEN})


@pytest.mark.parametrize("which", ["lesion_map", "turned"])
def test_right_is_on_the_left_of_the_coronal_view_and_anterior_on_the_left_of_the_sagittal(which, request):
    shown = _Projected.of(request.getfixturevalue(which), None)
    coronal, sagittal = shown.labels.max(axis=1), shown.labels.max(axis=2)
    assert (coronal[-1, 0], coronal[0, -1]) == (9, 4)
    assert (sagittal[-1, 0], sagittal[0, -1]) == (9, 4)


def test_the_views_are_drawn_dark_on_white_from_the_feet_up_with_their_sides(lesion_map, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    region = region_from_mask(lesion_map.pet, Organ.LIVER, np.ones((4, 4, 4), bool))
    write_mip(tmp_path / "mip.png", lesion_map, region, ["The day of the injection is assumed."])
    coronal, sagittal, _ = drawn[0].axes
    for view, ends in ((coronal, "RL"), (sagittal, "AP")):
        uptake = view.images[0]
        assert (uptake.get_cmap().name, uptake.get_clim()[0], uptake.origin) == ("gray_r", 0, "lower")
        left, right = view.texts
        assert left.get_text() + right.get_text() == ends
        assert left.get_position()[0] < right.get_position()[0]
        assert len(view.collections) == 1, "the outline of the reference region"
    words = " ".join(text.get_text() for text in drawn[0].texts)
    assert "2 lesions, total volume 2.0 mL, lowest SUVmean 6.0 (Lesion 4)" in words
    assert "The day of the injection is assumed." in words
    assert "not a medical device" in words


def test_a_ray_has_the_colour_of_its_hottest_lesion():
    uptake = np.array([[[5.0], [7.0]], [[6.0], [2.0]]], np.float32)
    labels = np.array([[[4], [9]], [[4], [0]]])
    lesion_map = LesionMap.from_labels(
        sitk.GetImageFromArray(uptake), labels, origin=Origin.SEED, colours={9: RED, 4: GREEN}
    )
    picture = _coloured(uptake, labels, 1, lesion_map.lesions)
    assert_allclose(picture[:, 0, :3], [RED, GREEN])


def test_where_there_is_no_lesion_nothing_is_coloured(lesion_map):
    shown = _Projected.of(lesion_map, None)
    assert_array_equal(_coloured(shown.uptake, shown.labels, 1, lesion_map.lesions)[1:3, :, 3], np.zeros((2, 4)))


def test_a_patient_without_lesions_has_a_picture(tmp_path, lesion_map):
    lesion_map.delete(4)
    lesion_map.delete(9)
    write_mip(tmp_path / "mip.png", lesion_map)
    assert (tmp_path / "mip.png").stat().st_size > 5000


def test_two_methods_stand_side_by_side_on_one_scale(lesion_map, turned, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    region = region_from_mask(lesion_map.pet, Organ.LIVER, np.ones((4, 4, 4), bool))
    turned.delete(4)
    methods = {"threshold": Segmented(lesion_map, region), "ensemble": Segmented(turned)}
    write_methods(tmp_path / "methods.png", methods, ["Until a reader corrects it."])
    threshold, ensemble, _ = drawn[0].axes
    assert [view.get_title() for view in (threshold, ensemble)] == ["Threshold", "Ensemble"]
    assert threshold.images[0].get_clim() == ensemble.images[0].get_clim()
    assert_array_equal(threshold.images[0].get_array(), ensemble.images[0].get_array())
    assert [len(view.collections) for view in (threshold, ensemble)] == [1, 0], "the outline of the reference region"
    words = " ".join(text.get_text() for text in drawn[0].texts)
    assert "Threshold: 2 lesions, total volume 2.0 mL, lowest SUVmean 6.0 (Lesion 4)" in words
    assert "Ensemble: 1 lesion, total volume 1.0 mL" in words
    assert "Until a reader corrects it." in words
    assert "not a medical device" in words


def test_all_methods_are_cut_alike_also_where_one_has_a_lesion_outside_the_body(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: drawn.append(figure))
    uptake, far = np.zeros((12, 12, 12), np.float32), np.zeros((12, 12, 12), int)
    uptake[2:8, 2:8, 2:8] = 5
    far[11, 11, 11] = 1
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((10.0, 10.0, 10.0))
    within, outside = (LesionMap.from_labels(pet, labels, origin=Origin.SEED) for labels in (uptake > 0, far))
    write_methods(tmp_path / "methods.png", {"within": Segmented(within), "outside": Segmented(outside)})
    first, second, _ = drawn[0].axes
    assert_array_equal(first.images[0].get_array(), second.images[0].get_array())
