from __future__ import annotations

import pytest
import SimpleITK as sitk

from NENSegmentationLib.study.header_grid import header_grid


def a_grid(path, *, spacing=(2.0, 2.0, 3.0), origin=(0.0, 0.0, 0.0), size=(100, 4, 5)):
    image = sitk.Image(size, sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    sitk.WriteImage(image, str(path))
    return header_grid(path)


def test_a_grid_is_itself_also_when_its_header_was_rounded(tmp_path):
    grid = a_grid(tmp_path / "a.nrrd")
    assert grid.is_that_of(a_grid(tmp_path / "b.nii.gz", origin=(0.01, 0.0, 0.0)))


@pytest.mark.parametrize(
    "other", [{"spacing": (2.001, 2.0, 3.0)}, {"origin": (0.0, 0.0, 1.0)}, {"size": (99, 4, 5)}, {"size": (100, 4, 1)}]
)
def test_a_grid_with_another_corner_or_size_is_another(tmp_path, other):
    assert not a_grid(tmp_path / "a.nrrd").is_that_of(a_grid(tmp_path / "b.nrrd", **other))
