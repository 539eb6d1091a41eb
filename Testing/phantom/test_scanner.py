from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom import scanner
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.scanner import CT_NOISE_HU, FWHM_MM, LIVER_NOISE, Drawing, ct_scan, pet_scan
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES
from NENSegmentationLib.phantom.uptake import Uptake

FINE = Grid.centred((64, 64, 64), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
PET = Grid.centred((24, 24, 24), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))


def uptake(**suv):
    table = np.zeros(256, np.float32)
    for name, value in suv.items():
        table[CODES[name]] = value
    return Uptake(table, np.zeros(256, np.float32))


def drawing(tissues):
    return Drawing(FINE, tissues, [])


@pytest.fixture
def without_noise(monkeypatch):
    monkeypatch.setattr(scanner, "LIVER_NOISE", 0.0)


@pytest.mark.usefixtures("without_noise")
def test_uniform_uptake_keeps_its_value():
    tissues = np.full(FINE.shape, CODES["liver"], np.uint8)
    seen = pet_scan(drawing(tissues), PET, uptake(liver=5.0), Seeds(1), 5.0)
    np.testing.assert_allclose(seen[4:-4, 4:-4, 4:-4], 5.0, rtol=1e-5)


@pytest.mark.usefixtures("without_noise")
def test_an_edge_is_blurred_by_the_resolution():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[:, :, 32:] = CODES["liver"]
    fine_pet = Grid.centred((8, 8, 48), (4.0, 4.0, 1.0), (0.0, 0.0, 0.0))
    profile = pet_scan(drawing(tissues), fine_pet, uptake(liver=1.0), Seeds(1), 5.0)[4, 4].astype(float)
    spread = np.diff(profile)
    at = np.arange(spread.size)
    variance = (spread * at**2).sum() / spread.sum() - ((spread * at).sum() / spread.sum()) ** 2
    assert np.sqrt(variance) * 2.3548 == pytest.approx(np.hypot(FWHM_MM, 2.3548 / np.sqrt(12) * np.sqrt(2)), rel=0.05)


@pytest.mark.usefixtures("without_noise")
def test_blurring_keeps_the_total_uptake():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[30:34, 30:34, 30:34] = CODES["liver"]
    seen = pet_scan(drawing(tissues), PET, uptake(liver=10.0), Seeds(1), 5.0)
    assert seen.sum() * PET.voxel_ml == pytest.approx(10.0 * 64 * FINE.voxel_ml, rel=1e-3)


def test_the_noise_of_liver_is_what_it_is_said_to_be():
    tissues = np.full(FINE.shape, CODES["liver"], np.uint8)
    seen = pet_scan(drawing(tissues), PET, uptake(liver=5.0), Seeds(1), 5.0)[3:-3, 3:-3, 3:-3]
    assert seen.std() / seen.mean() == pytest.approx(LIVER_NOISE, rel=0.1)
    neighbours = np.corrcoef(seen[:, :, 1:].ravel(), seen[:, :, :-1].ravel())[0, 1]
    assert 0.2 < neighbours < 0.8


def test_noise_never_makes_uptake_negative():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[20:40, 20:40, 20:40] = CODES["muscle"]
    assert pet_scan(drawing(tissues), PET, uptake(muscle=0.3), Seeds(1), 5.0).min() >= 0


def test_ct_shows_each_tissue_at_its_hounsfield_units_with_noise():
    tissues = np.zeros(FINE.shape, np.uint8)
    tissues[:, :, 32:] = CODES["gallbladder"]
    ct = ct_scan(drawing(tissues), Grid.centred((32, 64, 64), (4.0, 2.0, 2.0), (0.0, 0.0, 0.0)), Seeds(1))
    assert ct[:, :, :30].mean() == pytest.approx(-1000, abs=1)
    assert ct[:, :, 34:].mean() == pytest.approx(10, abs=2)
    assert ct[:, :, :30].std() == pytest.approx(CT_NOISE_HU, rel=0.1)
