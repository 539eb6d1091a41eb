from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core import volume
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.output import OutputError


@pytest.fixture
def an_oblique_image() -> sitk.Image:
    image = sitk.GetImageFromArray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetSpacing((2.0, 3.0, 4.0))
    image.SetDirection((0.8, -0.6, 0.0, 0.6, 0.8, 0.0, 0.0, 0.0, 1.0))
    return image


def test_points_are_those_of_simpleitk_with_left_and_posterior_turned_round(an_oblique_image):
    left, posterior, superior = an_oblique_image.TransformIndexToPhysicalPoint((3, 1, 1))
    assert_allclose(volume.index_to_ras(an_oblique_image, (1, 1, 3)), (-left, -posterior, superior))


def test_a_point_goes_to_its_voxel_and_back(an_oblique_image):
    assert_allclose(
        volume.ras_to_index(an_oblique_image, volume.index_to_ras(an_oblique_image, (0.5, 2, 1))), (0.5, 2, 1)
    )


def test_the_view_of_the_voxels_keeps_the_image_alive():
    view = volume.voxels(sitk.GetImageFromArray(np.full((64, 64, 64), 7, np.float32)))
    gc.collect()
    other = [sitk.GetImageFromArray(np.zeros((64, 64, 64), np.float32)) for _ in range(4)]
    assert len(other) == 4
    assert (view == 7).all()


def test_the_view_of_the_voxels_is_read_only(an_oblique_image):
    assert not volume.voxels(an_oblique_image).flags.writeable


def test_an_array_becomes_an_image_on_the_grid_of_another(an_oblique_image):
    made = volume.image_like(np.ones((2, 3, 4), bool), an_oblique_image)
    assert volume.same_grid(made, an_oblique_image)
    assert_array_equal(volume.voxels(made), np.ones((2, 3, 4)))


def test_an_array_of_another_shape_is_refused(an_oblique_image):
    with pytest.raises(ValueError, match=r"shape \(1, 1, 1\)"):
        volume.image_like(np.zeros((1, 1, 1)), an_oblique_image)


def test_a_grid_shifted_by_half_a_millimetre_is_another_grid(an_oblique_image):
    moved = sitk.Image(an_oblique_image)
    moved.SetOrigin((10.5, -20.0, 30.0))
    assert not volume.same_grid(an_oblique_image, moved)


def test_a_grid_rounded_by_a_micrometre_is_the_same_grid(an_oblique_image):
    rounded = sitk.Image(an_oblique_image)
    rounded.SetOrigin((10.001, -20.0, 30.0))
    assert volume.same_grid(an_oblique_image, rounded)


def test_a_voxel_of_2_3_and_4_mm_has_24_microlitres(an_oblique_image):
    assert_allclose(volume.voxel_volume_ml(an_oblique_image), 0.024)


def test_outside_its_field_of_view_a_ct_is_air(an_oblique_image):
    far = sitk.Image(an_oblique_image)
    far.SetOrigin((1000.0, 0.0, 0.0))
    assert_array_equal(
        volume.voxels(volume.resampled(an_oblique_image, far, outside=volume.AIR_HU)), np.full((2, 3, 4), -1024)
    )


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd"])
def test_a_pet_in_suv_is_read_as_float32(an_oblique_image, tmp_path, suffix):
    sitk.WriteImage(sitk.Cast(an_oblique_image, sitk.sitkFloat64), str(tmp_path / f"pet{suffix}"))
    read = volume.read_suv(tmp_path / f"pet{suffix}")
    assert read.GetPixelID() == sitk.sitkFloat32
    assert volume.same_grid(read, an_oblique_image)


def test_a_4d_file_of_one_time_frame_is_that_frame(tmp_path):
    sitk.WriteImage(
        sitk.JoinSeries([sitk.GetImageFromArray(np.ones((2, 3, 4), np.float32))]), str(tmp_path / "pet.nii")
    )
    assert volume.shape(volume.read_image(tmp_path / "pet.nii")) == (2, 3, 4)


def write(image: sitk.Image):
    return lambda path: sitk.WriteImage(image, str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "there is no such file"),
        (lambda path: path.write_bytes(b"nothing"), "the file is cut off or damaged"),
        (lambda path: path.write_bytes(bytes(400)), "this is not a readable image"),
        (write(sitk.GetImageFromArray(np.ones((3, 4), np.float32))), r"the image is 2-D \(4 x 3\)"),
        (
            write(sitk.JoinSeries([sitk.GetImageFromArray(np.ones((2, 3, 4), np.float32))] * 2)),
            r"the image is 4-D \(4 x 3 x 2 x 2\)",
        ),
        (write(sitk.GetImageFromArray(np.array([[[np.nan, 1]]], np.float32))), "1 voxels are not finite numbers"),
        (write(sitk.GetImageFromArray(np.ones((2, 3, 4), np.complex64))), "the voxels are complex numbers"),
        (write(sitk.GetImageFromArray(np.array([[[-1, -2]]], np.float32))), "no voxel is above zero"),
    ],
)
def test_what_is_no_pet_is_refused_in_words(tmp_path, make, words):
    make(tmp_path / "pet.nii")
    with pytest.raises(MethodError, match=words):
        volume.read_suv(tmp_path / "pet.nii")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
@pytest.mark.parametrize("side", [2, 60])
def test_a_full_disk_is_noticed_even_if_only_the_last_bytes_are_missing(tmp_path, suffix, side):
    noise = np.random.default_rng(1).integers(0, 30000, (side, side, side), np.int16)
    (tmp_path / f"full{suffix}").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"full\..*: the image could not be written to its end"):
        volume.write_image(tmp_path / f"full{suffix}", sitk.GetImageFromArray(noise))


def test_an_image_in_a_folder_that_is_not_there_is_not_written(tmp_path):
    with pytest.raises(OutputError, match=r"x\.nrrd: the image could not be written to its end"):
        volume.write_image(tmp_path / "none" / "x.nrrd", sitk.GetImageFromArray(np.ones((1, 1, 1))))


@pytest.mark.parametrize("dtype", [np.float32, np.int16])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_nifti_that_is_cut_off_is_refused_and_not_filled_with_zeros(tmp_path, dtype, suffix, kept):
    path = tmp_path / f"pet{suffix}"
    values = np.random.default_rng(1).integers(0, 9000, (20, 20, 20)).astype(dtype)
    sitk.WriteImage(sitk.GetImageFromArray(values), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(MethodError, match=r"pet\.nii.*: the file is cut off"):
        volume.read_image(path)


def test_a_nifti_that_is_not_compressed_as_its_name_says_is_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((3, 3, 3), np.float32)), str(tmp_path / "pet.nii"))
    (tmp_path / "pet.nii").rename(tmp_path / "pet.nii.gz")
    with pytest.raises(MethodError, match="the file is cut off or damaged"):
        volume.read_image(tmp_path / "pet.nii.gz")


def test_an_image_whose_axes_are_not_at_right_angles_is_refused(tmp_path):
    header = ["NRRD0004", "type: float", "dimension: 3", "space: left-posterior-superior", "sizes: 2 2 2"]
    header += ["space directions: (8,0,0) (2,8,0) (0,0,8)", "endian: little", "encoding: raw", "", ""]
    (tmp_path / "pet.nrrd").write_bytes("\n".join(header).encode() + np.ones(8, np.float32).tobytes())
    with pytest.raises(MethodError, match=r"pet\.nrrd: the axes of the image are not at right angles"):
        volume.read_image(tmp_path / "pet.nrrd")


def test_labels_that_are_no_numbers_or_too_large_are_refused(tmp_path):
    for name, value, words in (("nan", np.nan, "not finite numbers"), ("big", 1e20, "a value that is too large")):
        sitk.WriteImage(sitk.GetImageFromArray(np.array([[[0, value]]])), str(tmp_path / f"{name}.nii"))
        with pytest.raises(MethodError, match=words):
            volume.read_labels(tmp_path / f"{name}.nii")
