"""Images that several tests of the core work on."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def an_oblique_image() -> sitk.Image:
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetSpacing((2.0, 3.0, 4.0))
    image.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    return image
