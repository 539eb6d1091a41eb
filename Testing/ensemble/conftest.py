from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from ensemble.tiny_model import write_tiny_model
from scipy import ndimage


@pytest.fixture(autouse=True)
def one_thread():
    """Small networks lose more by waiting for each other's threads than they gain, above all beside other tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def a_patient():
    """Return a function that makes a PET and a CT of an elliptic body: shape (k, j, i), spacing in mm (k, j, i)."""

    def make(shape=(40, 36, 44), step=(4.0, 4.0, 4.0)):
        generator = np.random.default_rng(0)
        _, j, i = np.indices(shape)
        inside = ((j - shape[1] / 2) / (shape[1] * 0.33)) ** 2 + ((i - shape[2] / 2) / (shape[2] * 0.4)) ** 2 < 1
        uptake = ndimage.gaussian_filter(generator.gamma(2, 2, shape), 1)
        pet = np.where(inside, uptake, 0.01).astype(np.float32)
        ct = np.where(inside, 40 + 10 * generator.standard_normal(shape), -1000).astype(np.float32)
        images = [sitk.GetImageFromArray(array) for array in (pet, ct)]
        for image in images:
            image.SetSpacing(step[::-1])
        return images

    return make


@pytest.fixture
def a_model_folder(tmp_path):
    """Return a function that writes a model of two untrained folds."""

    def make(name="model", **options):
        return write_tiny_model(tmp_path / name, **options)

    return make
