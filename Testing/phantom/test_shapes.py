from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.combined import Difference, Union, blended_minimum
from NENSegmentationLib.phantom.fields import SmoothField
from NENSegmentationLib.phantom.grid import Block
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.shapes import Ellipsoid, HalfSpace, Sheets, Stack, Tube

STEPS = np.arange(-40, 41, dtype=np.float32)
CUBE = Block.of((STEPS, STEPS, STEPS))
ORIGIN = Block.of((np.zeros(1, np.float32),) * 3)


def volume(shape):
    return int((shape.distance(CUBE) < 0).sum())


def test_a_sphere_has_the_volume_of_a_sphere():
    assert volume(Ellipsoid((0, 0, 0), (20, 20, 20))) == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.01)


def test_turning_an_ellipsoid_keeps_its_volume_and_moves_its_bounds():
    turned = Ellipsoid((0, 0, 0), (10, 10, 30), turn=(0, 90, 0))
    assert volume(turned) == pytest.approx(4 / 3 * np.pi * 3000, rel=0.02)
    assert turned.bounds[0] == pytest.approx((-30, 30))
    assert turned.bounds[2] == pytest.approx((-10, 10))


def test_power_four_makes_a_rounded_box():
    assert volume(Ellipsoid((0, 0, 0), (20, 20, 20), power=4)) > 1.4 * volume(Ellipsoid((0, 0, 0), (20, 20, 20)))


def test_a_tube_is_a_cylinder_with_round_ends():
    tube = Tube([(0, 0, -15), (0, 0, 15)], 10)
    assert volume(tube) == pytest.approx(np.pi * 100 * 30 + 4 / 3 * np.pi * 1000, rel=0.03)
    assert tube.bounds == ((-10, 10), (-10, 10), (-25, 25))


def test_the_radius_of_a_tube_runs_from_point_to_point():
    tube = Tube([(0, 0, -20), (0, 0, 20)], [4, 12])
    at = [
        Block.of((np.array([7.9], np.float32), np.zeros(1, np.float32), np.array([s], np.float32)))
        for s in (-19, 0, 19)
    ]
    assert [bool(tube.distance(block) < 0) for block in at] == [False, True, True]


def test_a_stack_follows_its_sections():
    stack = Stack(np.array([(-20, 10, 8, -8), (0, 20, 8, -8), (20, 10, 8, -8)], float))
    inside = stack.distance(CUBE) < 0
    assert inside[40, 40].sum() == pytest.approx(40, abs=2)
    assert inside[25, 40].sum() < 32
    assert not inside[:19].any()


def test_a_section_of_a_stack_passes_through_its_rows():
    stack = Stack(np.array([(-20, 10, 8, -8), (0, 20, 9, -7), (20, 12, 8, -8)], float))
    assert [float(x[0]) for x in stack.section(np.array([0.0]))] == [20.0, 9.0, -7.0]


def test_sheets_are_thin_and_run_through_the_whole_box():
    box = ((-40.0, 40.0),) * 3
    sheets = Sheets(SmoothField(Seeds(1).stream("sheets"), box, 20.0), box, 20.0, 2.0).distance(CUBE) < 0
    assert 0.01 < sheets.mean() < 0.15
    assert sheets[:10].any()
    assert sheets[-10:].any()


def test_a_difference_is_without_its_cutter():
    cut = Difference(Ellipsoid((0, 0, 0), (20, 20, 20)), [HalfSpace((0, 0, 0), (0, 0, 1))], 0.0)
    below = cut.distance(CUBE)[:40]
    assert not (below < 0).any()
    assert volume(cut) == pytest.approx(2 / 3 * np.pi * 20**3, rel=0.05)


def test_a_union_holds_all_of_its_parts_and_a_fillet():
    first, second = Ellipsoid((-8, 0, 0), (10, 10, 10)), Ellipsoid((8, 0, 0), (10, 10, 10))
    both = (first.distance(CUBE) < 0) | (second.distance(CUBE) < 0)
    union = Union([first, second], 6.0).distance(CUBE) < 0
    assert union[both].all()
    assert union.sum() > both.sum()


def test_a_blend_of_no_width_is_the_minimum():
    assert blended_minimum(np.float32(2), np.float32(3), 0.0) == 2


def test_voxels_within_bounds_are_found_or_there_are_none():
    where, part = CUBE.within(((0, 2), (-1, 1), (5, 5)))
    assert part.shape == (1, 3, 3)
    assert where == (slice(45, 46), slice(39, 42), slice(40, 43))
    assert CUBE.within(((100, 101), (0, 1), (0, 1))) is None


def test_a_smooth_field_has_mean_zero_and_unit_deviation():
    steps = np.linspace(0, 600, 80, dtype=np.float32)
    values = SmoothField(Seeds(1).stream("field"), ((0, 600),) * 3, 15.0).on((steps, steps, steps))
    assert values.mean() == pytest.approx(0, abs=0.03)
    assert values.std() == pytest.approx(1, abs=0.05)


def test_a_smooth_field_is_the_same_in_a_slab_and_does_not_jump():
    field = SmoothField(Seeds(1).stream("field"), ((-40, 40),) * 3, 10.0)
    whole = field.on((STEPS, STEPS, STEPS))
    np.testing.assert_array_equal(field.on((STEPS, STEPS, STEPS[30:50])), whole[30:50])
    assert np.abs(np.diff(whole, axis=0)).max() < 0.7


def test_streams_differ_by_name_and_by_seed_and_repeat():
    draws = [
        Seeds(seed).stream(*name).random() for seed, name in ((1, ("a",)), (1, ("b",)), (2, ("a",)), (1, ("a", 0)))
    ]
    assert len(set(draws)) == 4
    assert Seeds(1).stream("a").random() == draws[0]
