from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.body import Body
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.gradient_edge import gradient_magnitude
from NENSegmentationLib.core.image_files import read_image
from NENSegmentationLib.core.lesions import LesionMap, Origin
from NENSegmentationLib.core.seed import Growth, add_growth, grow
from NENSegmentationLib.core.seed_rule import (
    Rule,
    RuleKind,
    fixed_suv,
    gradient_edge,
    patient_threshold,
    percent_of_maximum,
)
from NENSegmentationLib.core.volume import index_to_ras, ras_to_index, shape


def a_map(values: list, labels: list | None = None, spacing_mm: tuple[float, ...] = (6.0, 6.0, 6.0)) -> LesionMap:
    """A map of the lesions in ``labels`` (none if not given); the spacing is along (i, j, k)."""
    pet = sitk.GetImageFromArray(np.array(values, np.float32))
    pet.SetSpacing(spacing_mm)
    return LesionMap.from_labels(
        pet, np.array(labels if labels is not None else np.zeros_like(values, int)), origin=Origin.THRESHOLD
    )


class Everywhere(Body):
    """The body of an image that shows nothing else."""

    def inside(self, box):
        return np.ones([axis.stop - axis.start for axis in box], bool)


def seeded(lesion_map: LesionMap, index: tuple[float, float, float], rule: Rule, **options) -> Growth:
    """Grow at a voxel (k, j, i) of an image that is body everywhere."""
    ras = tuple(index_to_ras(lesion_map.pet, index))
    return grow(lesion_map, ras, rule, **{"body": Everywhere(lesion_map.pet), **options})


def in_image(growth: Growth, lesion_map: LesionMap) -> np.ndarray:
    whole = np.zeros(lesion_map.labels.shape, bool)
    whole[growth.box] = growth.mask
    return whole


def spheres(
    *placed: tuple[tuple[float, float, float], float, float],
    background: float = 1.0,
    shape: tuple[int, int, int] = (44, 60, 60),
    spacing: tuple[float, float, float] = (3.0, 2.0, 2.0),
) -> LesionMap:
    """Spheres of (centre in voxels, radius in mm, SUV), blurred as by a scanner of 6 mm resolution."""
    uptake = np.full(shape, background, np.float32)
    grid = np.ogrid[tuple(slice(0, n) for n in shape)]
    for centre, radius, suv in placed:
        distance = sum(((axis - c) * step) ** 2 for axis, c, step in zip(grid, centre, spacing, strict=True))
        uptake[distance <= radius**2] = suv
    blurred = ndimage.gaussian_filter(uptake, [6.0 / 2.355 / step for step in spacing])
    return a_map(blurred, spacing_mm=spacing[::-1])


@pytest.fixture
def a_focus() -> LesionMap:
    return a_map([[[1, 4, 9, 6, 1, 1]]])


def test_the_patient_threshold_takes_the_connected_voxels_above_it(a_focus):
    growth = seeded(a_focus, (0, 0, 2), patient_threshold(5.0))
    assert_array_equal(in_image(growth, a_focus), [[[0, 0, 1, 1, 0, 0]]])
    assert growth.suv == 5.0
    assert growth.suv_max == 9.0
    assert growth.volume_ml == pytest.approx(2 * 0.216)
    assert growth.leaked is None


def test_a_voxel_exactly_at_the_fixed_suv_is_left_out(a_focus):
    assert_array_equal(in_image(seeded(a_focus, (0, 0, 2), fixed_suv(4.0)), a_focus), [[[0, 0, 1, 1, 0, 0]]])


def test_forty_percent_of_the_maximum_is_the_usual_percentage(a_focus):
    growth = seeded(a_focus, (0, 0, 2), percent_of_maximum())
    assert growth.suv == pytest.approx(3.6)
    assert_array_equal(in_image(growth, a_focus), [[[0, 1, 1, 1, 0, 0]]])


def test_the_growth_starts_at_the_maximum_within_10_mm_of_the_point(a_focus):
    growth = seeded(a_focus, (0, 0, 1), percent_of_maximum(70))
    assert growth.start_ras == tuple(index_to_ras(a_focus.pet, (0, 0, 2)))
    assert growth.suv == pytest.approx(6.3)


def test_a_maximum_further_away_than_10_mm_is_not_looked_for(a_focus):
    with pytest.raises(MethodError, match=r"highest uptake within 10 mm of R 0, A 0, S 0 mm is SUV 4\.00.*not above"):
        seeded(a_focus, (0, 0, 0), fixed_suv(5.0))


def test_growing_changes_nothing(a_focus):
    seeded(a_focus, (0, 0, 2), fixed_suv(5.0))
    assert not a_focus.labels.any()
    assert not a_focus.can_undo


def test_what_was_grown_is_added_and_undone(a_focus):
    add_growth(a_focus, seeded(a_focus, (0, 0, 2), fixed_suv(5.0)), name="Node")
    assert_array_equal(a_focus.labels, [[[0, 0, 1, 1, 0, 0]]])
    assert (a_focus.lesions[1].origin, a_focus.lesions[1].name) == (Origin.SEED, "Node")
    a_focus.undo()
    assert not a_focus.labels.any()


def test_of_two_foci_apart_only_the_one_clicked_on_is_grown():
    lesion_map = a_map([[[9, 9, 1, 1, 1, 8, 8]]])
    assert_array_equal(in_image(seeded(lesion_map, (0, 0, 6), fixed_suv(5.0)), lesion_map), [[[0, 0, 0, 0, 0, 1, 1]]])


def test_a_corner_is_a_neighbour_at_26_and_none_at_6():
    lesion_map = a_map([[[9, 1], [1, 8]]])
    assert np.count_nonzero(seeded(lesion_map, (0, 0, 0), fixed_suv(5.0)).mask) == 2
    assert np.count_nonzero(seeded(lesion_map, (0, 0, 0), fixed_suv(5.0), connectivity=6).mask) == 1


def test_a_line_of_60_cm_is_followed_to_its_end():
    values = np.zeros((3, 3, 100))
    values[1, 1, 2:98] = 9
    lesion_map = a_map(values)
    assert_array_equal(in_image(seeded(lesion_map, (1, 1, 50), fixed_suv(5.0)), lesion_map), values > 0)


def test_ten_millimetres_are_counted_in_millimetres_on_anisotropic_voxels():
    values = np.ones((5, 1, 9))
    values[0, 0, 4], values[2, 0, 8], values[2, 0, 6] = 30, 8, 5
    lesion_map = a_map(values, spacing_mm=(2.0, 2.0, 6.0))
    growth = seeded(lesion_map, (2, 0, 4), fixed_suv(4.0))
    assert_array_equal(np.argwhere(in_image(growth, lesion_map)), [[2, 0, 8]])


def test_a_voxel_larger_than_the_search_counts_itself():
    lesion_map = a_map([[[9, 1, 1]]], spacing_mm=(50.0, 50.0, 50.0))
    assert np.count_nonzero(seeded(lesion_map, (0, 0, 0.4), fixed_suv(5.0), cap_ml=200).mask) == 1


def test_a_growth_past_the_cap_is_shown_and_says_so():
    vessel = np.ones((9, 9, 60))
    vessel[3:6, 3:6, 3:6] = 9
    vessel[4, 4, 6:40] = 6
    vessel[:, :, 40:] = 6
    lesion_map = a_map(vessel)
    growth = seeded(lesion_map, (4, 4, 4), fixed_suv(5.0))
    assert growth.leaked == (
        "the growth above SUV 5.00 leaks: it was stopped when it went past 100 mL. Choose a higher SUV, a percentage "
        "of the maximum or the gradient edge, or raise the leak limit if the lesion is that large."
    )
    assert growth.volume_ml > 100
    assert seeded(lesion_map, (4, 4, 4), percent_of_maximum(70)).leaked is None
    assert seeded(lesion_map, (4, 4, 4), fixed_suv(5.0), cap_ml=400).leaked is None


def test_a_leak_is_not_added(a_focus):
    growth = seeded(a_focus, (0, 0, 2), percent_of_maximum(), cap_ml=0.3)
    with pytest.raises(MethodError, match=r"past 0\.3 mL\. Choose a higher percentage or the gradient edge"):
        add_growth(a_focus, growth)
    assert not a_focus.labels.any()


def test_a_growth_of_exactly_the_cap_is_no_leak():
    lesion_map = a_map([[[9, 9, 9, 1]]], spacing_mm=(1.0, 1.0, 100.0))
    assert seeded(lesion_map, (0, 0, 1), fixed_suv(5.0), cap_ml=0.3).leaked is None


def test_a_voxel_of_another_lesion_is_never_taken_and_the_touching_is_said():
    lesion_map = a_map([[[1, 9, 8, 7, 1]]], [[[0, 1, 0, 0, 0]]])
    growth = seeded(lesion_map, (0, 0, 3), fixed_suv(5.0))
    assert_array_equal(in_image(growth, lesion_map), [[[0, 0, 1, 1, 0]]])
    assert growth.notes == ("It stops at Lesion 1, which it touches and takes no voxel of.",)


def test_the_growth_does_not_pass_through_another_lesion():
    lesion_map = a_map([[[7, 7, 9, 8, 8]]], [[[0, 0, 1, 0, 0]]])
    assert_array_equal(in_image(seeded(lesion_map, (0, 0, 4), fixed_suv(5.0)), lesion_map), [[[0, 0, 0, 1, 1]]])


def test_a_faint_focus_beside_a_lesion_counts_more_than_the_flank_of_the_lesion():
    lesion_map = a_map([[[30, 9, 1, 4, 1, 1]]], [[[1, 0, 0, 0, 0, 0]]])
    growth = seeded(lesion_map, (0, 0, 2), percent_of_maximum())
    assert_array_equal(in_image(growth, lesion_map), [[[0, 0, 0, 1, 0, 0]]])


def test_with_nothing_but_the_flank_of_a_lesion_its_hottest_voxel_counts():
    lesion_map = a_map([[[30, 9, 4, 1, 0, 0]]], [[[1, 0, 0, 0, 0, 0]]])
    assert_array_equal(in_image(seeded(lesion_map, (0, 0, 1), fixed_suv(3)), lesion_map), [[[0, 1, 1, 0, 0, 0]]])


def test_the_edge_of_the_image_is_said(a_focus):
    assert seeded(a_focus, (0, 0, 2), fixed_suv(0.5)).notes == (
        "It reaches the edge of the image and may go on beyond it.",
    )


def test_less_than_a_tenth_of_a_millilitre_is_said():
    growth = seeded(a_map([[[1, 9, 1]]], spacing_mm=(3.0, 3.0, 3.0)), (0, 0, 1), fixed_suv(5.0))
    assert growth.notes == ("It has 0.027 mL; the method counts no lesion under 0.1 mL.",)


def test_a_percentage_of_a_lower_maximum_than_the_lesion_has_is_said():
    lesion_map = a_map([[[1, 8, 7, 7, 12, 1, 1]]])
    assert seeded(lesion_map, (0, 0, 1), percent_of_maximum(50)).notes == (
        "It goes on to SUV 12.00 further away, but 50 % are of SUV 8.00, the maximum within 10 mm of the point.",
    )


@pytest.mark.parametrize("index", [(0, 0, 6), (0, 0, -1), (0, 1, 0), (np.nan, 0, 0)])
def test_a_point_outside_the_image_is_refused(a_focus, index):
    with pytest.raises(MethodError, match=r"lies outside the PET image\. Click on uptake inside it"):
        seeded(a_focus, index, fixed_suv(5.0))


def test_a_point_outside_the_body_is_refused():
    values = np.zeros((20, 20, 20))
    values[5:15, 5:15, 5:15] = 2
    lesion_map = a_map(values)
    with pytest.raises(MethodError, match=r"R -12, A -12, S 12 mm lies outside the body\. Click on uptake inside it"):
        grow(lesion_map, tuple(index_to_ras(lesion_map.pet, (2, 2, 2))), percent_of_maximum())
    assert grow(lesion_map, tuple(index_to_ras(lesion_map.pet, (9, 9, 9))), fixed_suv(1), cap_ml=300).leaked is None


def test_a_point_in_a_lesion_is_refused_with_its_name():
    lesion_map = a_map([[[9, 8, 7]]], [[[0, 5, 0]]])
    with pytest.raises(MethodError, match=r"lies in Lesion 5 already\. Click on uptake outside lesions"):
        seeded(lesion_map, (0, 0, 1), fixed_suv(5.0))


@pytest.mark.parametrize("rule", [percent_of_maximum(), gradient_edge()])
def test_a_place_without_uptake_is_refused(rule):
    with pytest.raises(MethodError, match=r"is SUV 0\.00, which is not above SUV 0\.00"):
        seeded(a_map([[[0, 0, 0]]]), (0, 0, 1), rule)


@pytest.mark.parametrize("percent", [0, 0.5, 99.5, 100, -3, float("nan")])
def test_a_percentage_outside_1_to_99_is_refused(percent):
    with pytest.raises(MethodError, match=r"no boundary\. Give a percentage from 1 to 99"):
        percent_of_maximum(percent)


@pytest.mark.parametrize("suv", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("rule", [patient_threshold, fixed_suv])
def test_an_suv_that_is_not_positive_is_refused(rule, suv):
    with pytest.raises(MethodError, match=r"is no boundary\. Give a positive SUV"):
        rule(suv)


@pytest.mark.parametrize("kind_and_value", [(RuleKind.GRADIENT_EDGE, 3.0), (RuleKind.FIXED_SUV, None)])
def test_a_rule_and_a_value_that_do_not_go_together_are_refused(kind_and_value):
    with pytest.raises(ValueError, match="does not go with the value"):
        Rule(*kind_and_value)


@pytest.mark.parametrize("cap_ml", [0, -1, float("nan")])
def test_a_cap_that_is_no_volume_is_refused(a_focus, cap_ml):
    with pytest.raises(MethodError, match=r"is not a volume\. Give a positive number of millilitres"):
        seeded(a_focus, (0, 0, 2), fixed_suv(5.0), cap_ml=cap_ml)


def test_a_connectivity_that_does_not_exist_is_refused(a_focus):
    with pytest.raises(MethodError, match="connectivity 8 does not exist"):
        seeded(a_focus, (0, 0, 2), fixed_suv(5.0), connectivity=8)


def test_nothing_is_left_to_add_where_the_voxels_have_become_a_lesion(a_focus):
    growth = seeded(a_focus, (0, 0, 2), fixed_suv(5.0))
    add_growth(a_focus, growth)
    with pytest.raises(MethodError, match="no voxel to add"):
        add_growth(a_focus, growth)


@pytest.mark.parametrize("background", [1.0, 6.0, 10.0])
@pytest.mark.parametrize(("radius", "tolerance"), [(8.0, 0.25), (12.0, 0.15), (18.0, 0.1)])
def test_the_gradient_edge_finds_the_volume_of_a_blurred_sphere_in_any_background(background, radius, tolerance):
    lesion_map = spheres(((20, 28, 30), radius, 20.0), background=background)
    growth = seeded(lesion_map, (21, 29, 29), gradient_edge())
    assert growth.volume_ml == pytest.approx(4 / 3 * np.pi * radius**3 / 1000, rel=tolerance)
    assert growth.suv is None
    assert growth.leaked is None


@pytest.mark.parametrize(
    ("ras", "diameter_mm"),
    [
        ((-58.0, -3.0, -4.0), 37.0),
        ((-31.0, -54.0, -2.0), 28.0),
        ((28.0, -54.0, -2.0), 22.0),
        ((60.0, 2.0, -2.0), 17.0),
        ((28.0, 50.0, -2.0), 13.0),
    ],
)
def test_the_gradient_edge_finds_the_spheres_of_a_real_phantom(shared_data, ras, diameter_mm):
    phantom = read_image(shared_data / "nema_iq_phantom" / "nema_recon1.nii.gz")
    lesion_map = LesionMap(sitk.Cast(phantom, sitk.sitkFloat32), np.zeros(shape(phantom), np.int32), [])
    growth = grow(lesion_map, ras, gradient_edge(), body=Everywhere(phantom))
    assert (6 * growth.volume_ml * 1000 / np.pi) ** (1 / 3) == pytest.approx(diameter_mm, abs=0.6)


def test_the_gradient_edge_does_not_depend_on_the_units_of_uptake():
    first = spheres(((20, 28, 30), 12.0, 20.0), background=4.0)
    second = spheres(((20, 28, 30), 12.0, 5.0), background=1.0)
    masks = [in_image(seeded(each, (20, 28, 30), gradient_edge()), each) for each in (first, second)]
    assert_array_equal(*masks)


def test_the_gradient_edge_leaves_a_hotter_focus_nearby_alone():
    lesion_map = spheres(((20, 28, 18), 8.0, 10.0), ((20, 28, 40), 8.0, 40.0))
    growth = seeded(lesion_map, (20, 28, 18), gradient_edge())
    assert growth.box[2].stop < 29


def test_the_gradient_edge_takes_no_voxel_of_another_lesion():
    lesion_map = spheres(((20, 28, 30), 12.0, 20.0))
    labels = np.zeros(lesion_map.labels.shape, int)
    labels[:, :, 33:] = 7
    lesion_map = LesionMap.from_labels(lesion_map.pet, labels, origin=Origin.THRESHOLD)
    growth = seeded(lesion_map, (20, 28, 27), gradient_edge())
    assert growth.box[2].stop <= 33
    assert growth.notes == ("It stops at Lesion 7, which it touches and takes no voxel of.",)


def test_the_gradient_edge_is_connected_by_faces_and_holds_the_maximum():
    lesion_map = spheres(((20, 28, 30), 10.0, 20.0), ((20, 36, 36), 8.0, 15.0), background=3.0)
    growth = seeded(lesion_map, (20, 28, 30), gradient_edge())
    assert ndimage.label(growth.mask)[1] == 1
    assert in_image(growth, lesion_map)[20, 28, 30]


def test_a_gradient_edge_past_the_cap_leaks():
    growth = seeded(spheres(((20, 28, 30), 18.0, 20.0)), (20, 28, 30), gradient_edge(), cap_ml=20)
    assert growth.leaked == (
        "the growth by the gradient edge leaks: it was stopped when it went past 20 mL. Choose a fixed SUV, or raise "
        "the leak limit if the lesion is that large."
    )


def test_without_any_edge_the_gradient_edge_leaks():
    lesion_map = a_map(np.full((20, 20, 20), 5.0))
    assert seeded(lesion_map, (9, 9, 9), gradient_edge()).leaked is not None


def test_the_gradient_is_that_of_a_ramp_in_millimetres():
    ramp = np.broadcast_to(np.arange(20, dtype=np.float32)[:, None, None] * 3.0, (20, 5, 1))
    assert_allclose(gradient_magnitude(ramp, (1.5, 2.0, 2.0))[8:12], 2.0, rtol=1e-5)


PETS = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=9),
    elements=st.sampled_from([0.5, 1.0, 4.5, 6.0, 8.25]),
)
RULES = st.sampled_from([patient_threshold(5.0), fixed_suv(0.75), percent_of_maximum(60), gradient_edge()])


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    values=PETS,
    random=st.integers(0, 1000),
    rule=RULES,
    connectivity=st.sampled_from([6, 18, 26]),
    cap_ml=st.sampled_from([0.3, 1.0, 100.0]),
)
def test_whatever_is_grown_is_the_component_that_scipy_finds(values, random, rule, connectivity, cap_ml):
    labels = (np.random.default_rng(random).random(values.shape) < 0.15).astype(int)
    labels.reshape(-1)[random % labels.size] = 0
    clicked = np.unravel_index(random % labels.size, labels.shape)
    lesion_map = a_map(values, labels, spacing_mm=(2.0, 3.0, 9.0))
    try:
        growth = seeded(lesion_map, clicked, rule, connectivity=connectivity, cap_ml=cap_ml)
    except MethodError:
        reject()
    start = np.rint(ras_to_index(lesion_map.pet, growth.start_ras)).astype(int)
    mask = in_image(growth, lesion_map)
    assert mask[tuple(start)]
    assert not labels[mask].any()
    assert np.linalg.norm(np.subtract(growth.start_ras, index_to_ras(lesion_map.pet, clicked))) <= 10 + 1e-6
    everywhere = ndimage.generate_binary_structure(3, {6: 1, 18: 2, 26: 3}[connectivity])
    assert ndimage.label(mask, everywhere)[1] == 1
    assert (growth.leaked is None) == (growth.volume_ml <= cap_ml + 1e-6) or growth.suv is None
    if growth.suv is not None:
        assert (values[mask] > growth.suv).all()
    if growth.suv is not None and growth.leaked is None:
        components, _ = ndimage.label((values > growth.suv) & (labels == 0), everywhere)
        assert_array_equal(mask, components == components[tuple(start)])
