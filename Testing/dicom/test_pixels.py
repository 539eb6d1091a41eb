"""Voxels: every slice with its own slope and intercept, compressed or not."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal
from pydicom import dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)

from NENSegmentationLib.core.volume import index_to_ras, voxels
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.geometry import stacked
from NENSegmentationLib.dicom.pixels import loss_warning, read_volume, rescaled_slice
from NENSegmentationLib.dicom.series import scan_folder

STORED = np.arange(-600, 600).reshape(30, 40)


def read(folder, factor=1.0, **options):
    (series,) = scan_folder(folder).series
    return read_volume(series, stacked(series.headers, "PET series"), factor, **options)


@pytest.fixture
def a_folder(tmp_path, pet_header, write_slice):
    """Three slices with different slopes and intercepts."""
    for k, (slope, intercept) in enumerate([(0.5, 0), (2.25, -10), (0.0125, 3)]):
        header = pet_header(k, RescaleSlope=slope, RescaleIntercept=intercept, Rows=30, Columns=40)
        write_slice(header, tmp_path / f"{k}.dcm", STORED + k)
    return tmp_path


RESCALED = np.stack([0.5 * STORED, 2.25 * (STORED + 1) - 10, 0.0125 * (STORED + 2) + 3])


def compressed(folder, syntax):
    for path in folder.iterdir():
        dataset = dcmread(path)
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(path)


def test_each_slice_has_its_own_slope_and_intercept(a_folder):
    assert_allclose(voxels(read(a_folder)), RESCALED, rtol=1e-7)


def test_factor_multiplies_the_rescaled_values(a_folder):
    assert_allclose(voxels(read(a_folder, 4.2e-4)), 4.2e-4 * RESCALED, rtol=1e-7)


def test_volume_is_float32(a_folder):
    assert voxels(read(a_folder)).dtype == np.float32


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless])
def test_compressed_slices_have_the_same_values(a_folder, syntax):
    compressed(a_folder, syntax)
    assert_allclose(voxels(read(a_folder)), RESCALED, rtol=1e-7)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_uncompressed_syntaxes_have_the_same_values(a_folder, syntax):
    for path in a_folder.iterdir():
        dataset = dcmread(path)
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(path)
    assert_allclose(voxels(read(a_folder)), RESCALED, rtol=1e-7)


def test_big_endian_slices_have_the_same_values(a_folder):
    for path in a_folder.iterdir():
        dataset = dcmread(path)
        dataset["PixelData"].VR = "OW"
        dataset.PixelData = dataset.pixel_array.astype(">i2").tobytes()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
        dcmwrite(path, dataset, implicit_vr=False, little_endian=False, force_encoding=False)
    assert_allclose(voxels(read(a_folder)), RESCALED, rtol=1e-7)


def test_voxels_lie_where_the_headers_say(tmp_path, pet_header, write_slice):
    for k in range(3):
        stored = np.zeros((3, 4))
        stored[1, 2] = k + 1
        write_slice(pet_header(k, RescaleSlope=1), tmp_path / f"{k}.dcm", stored)
    image = read(tmp_path)
    assert voxels(image)[2, 1, 2] == 3
    # LPS (-3 + 2 * 2.0, -2.5 + 1 * 2.5, -10 + 2 * 4), the first two turned round for RAS.
    assert_allclose(index_to_ras(image, (2, 1, 2)), (-1, 0, -2))


def test_progress_counts_the_slices(a_folder):
    seen = []
    read(a_folder, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEGLSLossless])
def test_truncated_pixels_are_refused(a_folder, syntax):
    if syntax:
        compressed(a_folder, syntax)
    path = a_folder / "1.dcm"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DicomError, match=r"^1\.dcm: the pixel data are truncated or damaged\. Copy the series again"):
        read(a_folder)


def test_other_size_than_the_header_says_is_refused(a_folder):
    (series,) = scan_folder(a_folder).series
    grid = stacked(series.headers, "PET series")
    dataset = dcmread(a_folder / "1.dcm")
    dataset.Rows, dataset.Columns = 40, 30
    dataset.save_as(a_folder / "1.dcm")
    with pytest.raises(DicomError, match=r"^1\.dcm: the pixel data are truncated or damaged"):
        read_volume(series, grid)


def test_compression_that_cannot_be_decoded_is_refused(a_folder):
    dataset = dcmread(a_folder / "1.dcm")
    dataset.PixelData = encapsulate([bytes(64)])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = HTJ2KLossless
    dataset.save_as(a_folder / "1.dcm")
    message = (
        r"^1\.dcm: the pixel data are compressed as High-Throughput JPEG 2000 .* \(TransferSyntaxUID \(0002,0010\)\)"
    )
    with pytest.raises(DicomError, match=message):
        read(a_folder)


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
def test_missing_rescale_is_named_with_its_file(tmp_path, pet_header, write_slice, keyword):
    for k in range(2):
        write_slice(pet_header(k, **{keyword: None}), tmp_path / f"{k}.dcm")
    with pytest.raises(DicomError, match=rf"^0\.dcm: {keyword} \(0028,105.\) is missing"):
        read(tmp_path)


def test_several_frames_in_a_file_are_refused(tmp_path, write_pet):
    write_pet(tmp_path, NumberOfFrames=2)
    with pytest.raises(DicomError, match=r"^pet0\.dcm: this is no single grey-scale slice"):
        read(tmp_path)


def test_lossy_compression_warns(a_series, pet_header):
    (warning,) = loss_warning(a_series([pet_header(0), pet_header(1, LossyImageCompression="01")]))
    assert warning == 'The images of "PET AC" (2 images) were compressed with loss (LossyImageCompression (0028,2110)).'


def test_lossless_series_has_no_warning(a_series, pet_header):
    assert loss_warning(a_series([pet_header(0), pet_header(1, LossyImageCompression="00")])) == ()


REAL = [
    "acrin_nsclc_042_petct/PT_AC",
    "acrin_nsclc_042_petct/CT",
    "fdg_wb_GE_STS001/image",
    "ibsi_sts_petct_crops/STS_002/PET/dicom/image",
    "totalsegmentator_torso/example_ct_dicom",
]


@pytest.mark.parametrize("folder", REAL)
def test_simpleitk_reads_the_same_volume(shared_data, folder):
    (series,) = scan_folder(shared_data / folder).series
    ours = read_volume(series, stacked(series.headers, "series"))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([header.filename for header in series.headers])
    theirs = reader.Execute()
    assert ours.GetSize() == theirs.GetSize()
    assert_allclose(ours.GetOrigin(), theirs.GetOrigin(), atol=1e-9)
    assert_allclose(ours.GetSpacing(), theirs.GetSpacing(), rtol=1e-6)
    assert_allclose(ours.GetDirection(), theirs.GetDirection(), atol=1e-9)
    assert_allclose(voxels(ours), voxels(theirs), rtol=1e-6)


def test_pydicom_decodes_the_same_lossless_ct(shared_data):
    (series,) = scan_folder(shared_data / "acrin_nsclc_042_petct" / "CT").series
    ours = voxels(read_volume(series, stacked(series.headers, "CT series")))
    for k in (0, 67, 134):
        dataset = dcmread(series.headers[k].filename)
        assert_array_equal(ours[k], dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept)


def test_real_jpeg_lossless_slice_holds_whole_numbers_up_to_the_largest_of_ge(shared_data):
    header = dcmread(shared_data / "pet_header_variants" / "ge_dst_BQML.dcm", stop_before_pixels=True)
    values = rescaled_slice(header) / header.RescaleSlope
    assert values.max() == pytest.approx(32767)
    assert_allclose(values, np.rint(values), atol=1e-6)
