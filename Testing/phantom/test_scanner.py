from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from NENSegmentationLib.phantom.breathing import Breathing
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.ct import CT_NOISE_HU, ct_scan
from NENSegmentationLib.phantom.dicom_study import Study
from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.noise import Noise
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.phantom.scanner import CLINICAL, emission, pet_scan, uncorrected_scan
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES
from NENSegmentationLib.phantom.uptake import Uptake, tracer_named

FINE = Grid.centred((64, 64, 64), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
PET = Grid.centred((24, 24, 24), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
SILENT = Noise(0.0, 5.0, 3.0)


def uptake(**suv):
    table = np.zeros(256, np.float32)
    for name, value in suv.items():
        table[CODES[name]] = value
    return Uptake(table, np.zeros(256, np.float32))


def drawing(tissues, grid=FINE):
    return Drawing(grid, tissues, [])


def a_cylinder(radius, inside="liver", grid=None):
    """A long cylinder of water-like tissue, 320 mm of field."""
    grid = grid or Grid.centred((16, 80, 80), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    r, a, _ = grid.axes
    tissues = np.zeros(grid.shape, np.uint8)
    tissues[:, np.hypot(a[:, None], r[None, :]) < radius] = CODES[inside]
    return drawing(tissues, grid)


def seen_by(scan, grid, table):
    return emission(scan, grid, table, Seeds(1), CLINICAL)


def test_uniform_uptake_keeps_its_value():
    tissues = np.full(FINE.shape, CODES["liver"], np.uint8)
    seen = seen_by(drawing(tissues), PET, uptake(liver=5.0))
    np.testing.assert_allclose(seen[4:-4, 4:-4, 4:-4], 5.0, rtol=1e-5)


def test_an_edge_is_blurred_by_the_resolution_and_the_filter():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[:, :, 32:] = CODES["liver"]
    fine_pet = Grid.centred((8, 8, 48), (4.0, 4.0, 1.0), (0.0, 0.0, 0.0))
    profile = seen_by(drawing(tissues), fine_pet, uptake(liver=1.0))[4, 4].astype(float)
    spread = np.diff(profile)
    at = np.arange(spread.size)
    variance = (spread * at**2).sum() / spread.sum() - ((spread * at).sum() / spread.sum()) ** 2
    expected = np.hypot(np.hypot(3.6, 2.0), 2.3548 / np.sqrt(12) * np.sqrt(2))
    assert np.sqrt(variance) * 2.3548 == pytest.approx(expected, rel=0.05)


def test_blurring_keeps_the_total_uptake():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[30:34, 30:34, 30:34] = CODES["liver"]
    seen = seen_by(drawing(tissues), PET, uptake(liver=10.0))
    assert seen.sum() * PET.voxel_ml == pytest.approx(10.0 * 64 * FINE.voxel_ml, rel=1e-3)


def test_breathing_blurs_what_moves_along_the_body_and_keeps_its_total():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[20:44, 24:40, 24:40] = CODES["liver"]
    still, moved = (
        emission(drawing(tissues), PET, uptake(liver=5.0), Seeds(1), CLINICAL, breathing)
        for breathing in (None, Breathing(16.0, 0.0, 1.0))
    )
    assert moved.sum() == pytest.approx(still.sum(), rel=1e-3)
    steepest = [np.abs(np.diff(image[:, 12, 12])).max() for image in (still, moved)]
    assert steepest[1] < 0.75 * steepest[0]
    across = [np.abs(np.diff(image[12, 12])).max() for image in (still, moved)]
    assert across[1] == pytest.approx(across[0], rel=0.03)


def test_breathing_leaves_bone_where_it_is():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[20:44, 24:40, 24:40] = CODES["vertebrae_T12_marrow"]
    table = uptake(vertebrae_T12_marrow=5.0)
    still, moved = (
        emission(drawing(tissues), PET, table, Seeds(1), CLINICAL, breathing)
        for breathing in (None, Breathing(16.0, 0.0, 1.0))
    )
    np.testing.assert_array_equal(moved, still)


def test_a_quarter_of_the_dose_doubles_the_noise():
    scan, grid = a_cylinder(60), Grid.centred((16, 40, 40), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    seen = seen_by(scan, grid, uptake(liver=5.0))
    full, quarter = (
        pet_scan(seen, grid, scan, scan, Noise(0.15, 5.0, 3.0).of_counts(counts), CLINICAL, Seeds(1))
        - pet_scan(seen, grid, scan, scan, SILENT, CLINICAL, Seeds(1))
        for counts in (1.0, 0.25)
    )
    inside = np.s_[4:-4, 12:-12, 12:-12]
    assert quarter[inside].std() == pytest.approx(2 * full[inside].std(), rel=0.05)


def test_a_scan_of_the_next_day_has_the_noise_of_what_has_not_decayed():
    build, tracer = Build("F", 61, 1.65, 60.4, 14.0), tracer_named("cu64-dotatate")
    same, next_day = (
        CLINICAL.noise_of(Study.drawn(Request(seed=3, next_day=later), build, tracer, Seeds(3))).relative
        for later in (False, True)
    )
    assert next_day / same == pytest.approx(2 ** (24 / 12.701 / 2), rel=1e-4)


def test_noise_is_higher_in_the_middle_of_a_large_body_than_near_its_surface():
    grid = Grid.centred((40, 80, 80), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    scan = a_cylinder(150, grid=grid)
    seen = seen_by(scan, grid, uptake(liver=5.0))
    noisy = pet_scan(seen, grid, scan, scan, Noise(0.1, 5.0, 3.0), CLINICAL, Seeds(1))
    noise = noisy - pet_scan(seen, grid, scan, scan, SILENT, CLINICAL, Seeds(1))
    middle, edge = noise[4:-4, 34:46, 34:46].std(), noise[4:-4, 34:46, 6:11].std()
    assert middle > 1.2 * edge


def test_a_cold_place_in_an_active_body_is_not_quite_cold():
    scan = a_cylinder(150)
    scan.tissues[:, 34:46, 34:46] = CODES["air"]
    seen = seen_by(scan, scan.grid, uptake(liver=5.0))
    corrected = pet_scan(seen, scan.grid, scan, scan, SILENT, CLINICAL, Seeds(1))
    assert seen[8, 40, 40] < 0.001
    assert 0.002 < corrected[8, 40, 40] / 5.0 < 0.02


def test_a_ct_of_more_lung_corrects_too_little():
    scan = a_cylinder(150)
    by_ct = replace(scan, tissues=np.where(scan.tissues == CODES["liver"], CODES["lung_left"], 0).astype(np.uint8))
    seen = seen_by(scan, scan.grid, uptake(liver=5.0))
    right, wrong = (pet_scan(seen, scan.grid, scan, ct, SILENT, CLINICAL, Seeds(1)) for ct in (scan, by_ct))
    assert wrong[8, 40, 40] < 0.3 * right[8, 40, 40]


def test_without_attenuation_correction_the_rim_of_a_uniform_body_is_brighter_than_its_middle():
    scan = a_cylinder(120)
    seen = seen_by(scan, scan.grid, uptake(liver=5.0))
    image = uncorrected_scan(seen, scan.grid, scan, SILENT, Seeds(1))
    middle, rim = image[8, 38:42, 38:42].mean(), image[8, 38:42, 12:15].mean()
    assert rim > 1.5 * middle
    assert 0.005 < middle / 5.0 < 0.1


def test_without_attenuation_a_reconstruction_from_lines_gives_the_activity_back():
    scan = a_cylinder(120, "trachea")
    seen = seen_by(scan, scan.grid, uptake(trachea=5.0))
    image = uncorrected_scan(seen, scan.grid, scan, SILENT, Seeds(1))
    assert image[8, 30:50, 30:50].mean() == pytest.approx(5.0, rel=0.1)


def test_ct_shows_each_tissue_at_its_hounsfield_units_with_noise():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[:, :, 32:] = CODES["gallbladder"]
    ct = ct_scan(drawing(tissues), Grid.centred((32, 64, 64), (4.0, 2.0, 2.0), (0.0, 0.0, 0.0)), Seeds(1))
    assert ct[:, :, :30].mean() == pytest.approx(-1000, abs=1)
    assert ct[:, :, 34:].mean() == pytest.approx(10, abs=2)
    assert ct[:, :, :30].std() == pytest.approx(CT_NOISE_HU, rel=0.1)
