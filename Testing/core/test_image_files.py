from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core import image_files, volume
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.output import OutputError


@pytest.mark.parametrize("suffix", [".nii.gz", ".nii", ".nrrd"])
def test_a_pet_in_suv_is_read_as_float32(an_oblique_image, tmp_path, suffix):
    sitk.WriteImage(sitk.Cast(an_oblique_image, sitk.sitkFloat64), str(tmp_path / f"pet{suffix}"))
    read = image_files.read_suv(tmp_path / f"pet{suffix}")
    assert read.GetPixelID() == sitk.sitkFloat32
    assert volume.same_grid(read, an_oblique_image)


def test_a_4d_file_of_one_time_frame_is_that_frame(tmp_path):
    sitk.WriteImage(
        sitk.JoinSeries([sitk.GetImageFromArray(np.ones((2, 3, 4), np.float32))]), str(tmp_path / "pet.nii")
    )
    assert volume.shape(image_files.read_image(tmp_path / "pet.nii")) == (2, 3, 4)


def write(image: sitk.Image):
    return lambda path: sitk.WriteImage(image, str(path))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "there is no such file"),
        (lambda path: path.write_bytes(b"nothing"), "the file is cut off or damaged"),
        (lambda path: path.write_bytes(bytes(400)), "this is not a readable image"),
        (write(sitk.GetImageFromArray(np.ones((3, 4, 5, 2)), isVector=True)), "each voxel holds 2 numbers"),
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
        image_files.read_suv(tmp_path / "pet.nii")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
@pytest.mark.parametrize("side", [2, 60])
def test_a_full_disk_is_noticed_even_if_only_the_last_bytes_are_missing(tmp_path, suffix, side):
    noise = np.random.default_rng(1).integers(0, 30000, (side, side, side), np.int16)
    (tmp_path / f"full{suffix}").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"full\..*: the image could not be written to its end"):
        image_files.write_image(tmp_path / f"full{suffix}", sitk.GetImageFromArray(noise))


def test_an_image_in_a_folder_that_is_not_there_is_not_written(tmp_path):
    with pytest.raises(OutputError, match=r"x\.nrrd: the image could not be written to its end"):
        image_files.write_image(tmp_path / "none" / "x.nrrd", sitk.GetImageFromArray(np.ones((1, 1, 1))))


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
        image_files.read_image(path)


def test_a_nifti_that_is_not_compressed_as_its_name_says_is_refused(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((3, 3, 3), np.float32)), str(tmp_path / "pet.nii"))
    (tmp_path / "pet.nii").rename(tmp_path / "pet.nii.gz")
    with pytest.raises(MethodError, match="the file is cut off or damaged"):
        image_files.read_image(tmp_path / "pet.nii.gz")


def test_an_image_whose_axes_are_not_at_right_angles_is_refused(tmp_path):
    header = ["NRRD0004", "type: float", "dimension: 3", "space: left-posterior-superior", "sizes: 2 2 2"]
    header += ["space directions: (8,0,0) (2,8,0) (0,0,8)", "endian: little", "encoding: raw", "", ""]
    (tmp_path / "pet.nrrd").write_bytes("\n".join(header).encode() + np.ones(8, np.float32).tobytes())
    with pytest.raises(MethodError, match=r"pet\.nrrd: the axes of the image are not at right angles"):
        image_files.read_image(tmp_path / "pet.nrrd")


def test_labels_that_are_no_numbers_or_too_large_are_refused(tmp_path):
    for name, value, words in (("nan", np.nan, "not finite numbers"), ("big", 1e20, "a value that is too large")):
        sitk.WriteImage(sitk.GetImageFromArray(np.array([[[0, value]]])), str(tmp_path / f"{name}.nii"))
        with pytest.raises(MethodError, match=words):
            image_files.read_labels(tmp_path / f"{name}.nii")
