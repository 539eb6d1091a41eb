from __future__ import annotations

import numpy as np
import pytest

from NENSegmentationLib.phantom.noise import Noise

SPACING = (3.0, 2.0, 2.0)
EVERYWHERE = np.ones((48, 1, 1), np.float32)


def noisy(suv, relative, spacing=SPACING, fwhm=2.9):
    expected = np.full((48, 48, 48), suv, np.float32)
    return Noise(relative, 5.0, fwhm).added(expected, spacing, EVERYWHERE, np.random.default_rng(1))


def test_noise_is_what_it_is_said_to_be_at_the_stated_uptake():
    image = noisy(5.0, 0.15)
    assert image.mean() == pytest.approx(5.0, rel=0.01)
    assert image.std() / image.mean() == pytest.approx(0.15, rel=0.03)


def test_relative_noise_falls_with_uptake_to_the_power_seven_sixteenths():
    weak, strong = noisy(1.0, 0.1), noisy(16.0, 0.1)
    ratio = (weak.std() / weak.mean()) / (strong.std() / strong.mean())
    assert ratio == pytest.approx(16 ** (7 / 16), rel=0.05)


def test_noise_stays_positive_and_keeps_the_mean_at_few_counts():
    image = noisy(5.0, 0.8)
    assert image.min() >= 0
    assert image.mean() == pytest.approx(5.0, rel=0.03)


def test_few_counts_give_a_skewed_distribution():
    image = noisy(5.0, 0.5)
    assert ((image - image.mean()) ** 3).mean() / image.std() ** 3 == pytest.approx(2 * 0.5, rel=0.3)


def test_neighbours_are_correlated_as_the_grain_says():
    image = noisy(5.0, 0.1, spacing=(2.0, 2.0, 2.0), fwhm=4.0)
    sigma = 4.0 / 2.3548 / 2.0
    found = np.corrcoef(image[:, :, 1:].ravel(), image[:, :, :-1].ravel())[0, 1]
    assert found == pytest.approx(np.exp(-1 / (4 * sigma**2)), abs=0.05)


def test_larger_voxels_have_less_noise():
    assert Noise(0.15, 5.0, 2.9).on((3.0, 2.0, 2.0)) == pytest.approx(0.15)
    assert 0.09 < Noise(0.15, 5.0, 2.9).on((4.0, 4.0, 4.0)) < 0.13


def test_a_quarter_of_the_counts_doubles_the_noise():
    assert Noise(0.15, 5.0, 2.9).of_counts(0.25).relative == pytest.approx(0.30)


def test_no_uptake_has_no_noise():
    assert not noisy(0.0, 0.15).any()
