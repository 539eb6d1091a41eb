"""One patient's PET and CT, from DICOM or from images in SUV."""

from __future__ import annotations

from datetime import date

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from numpy.testing import assert_allclose, assert_array_equal

from NENSegmentationLib.core.errors import MethodError, NENSegmentationError
from NENSegmentationLib.core.volume import index_to_ras, ras_to_index, same_grid, voxels
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError

FACTOR = 80_000 / (200e6 * 2 ** (-3600 / 4062.6))


def an_image(values, origin=(0.0, 0.0, 0.0)):
    image = sitk.GetImageFromArray(np.asarray(values, np.float32))
    image.SetOrigin(origin)
    return image


def saved(image, path):
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def a_suv_file(tmp_path):
    return saved(an_image(np.full((3, 4, 5), 2.5)), tmp_path / "pet.nii.gz")


def test_pet_of_a_folder_is_in_suv(tmp_path, write_pet):
    case = read_case(write_pet(tmp_path))
    assert_allclose(voxels(case.pet), np.full((5, 3, 4), 200 * FACTOR), rtol=1e-6)
    assert case.pet.GetPixelID() == sitk.sitkFloat32
    assert (case.ct, case.warnings, case.pet_series.description) == (None, (), "PET AC")
    assert case.conversion.factor == pytest.approx(FACTOR)


def test_ct_is_in_hounsfield_units_on_its_own_grid(tmp_path, write_pet, write_ct):
    write_ct(tmp_path / "CT")
    case = read_case(write_pet(tmp_path / "PET").parent)
    assert_array_equal(voxels(case.ct), np.full((9, 3, 4), 100 - 1024))
    assert case.ct.GetSpacing() == (1.0, 1.25, 2.0)
    assert case.warnings == ()


def test_slices_of_the_series_are_in_the_order_of_k(tmp_path, write_pet):
    case = read_case(write_pet(tmp_path))
    for k, header in enumerate(case.pet_series.headers):
        x, y, z = header.ImagePositionPatient
        assert_allclose(index_to_ras(case.pet, (k, 0, 0)), (-x, -y, z))


def test_all_warnings_end_up_in_the_case(tmp_path, write_pet, write_ct, ct_header, write_slice):
    write_pet(tmp_path, RadionuclideHalfLife=6586.2, NumberOfSlices=8, LossyImageCompression="01")
    write_ct(tmp_path, FrameOfReferenceUID="1.2.6", slices=8)
    uneven = ct_header(8, FrameOfReferenceUID="1.2.6", ImagePositionPatient=[-3, -2.5, 6.2])
    write_slice(uneven, tmp_path / "ct8.dcm")
    warnings = read_case(tmp_path).warnings
    assert [
        any(words in warning for warning in warnings)
        for words in (
            "the half-life of 68Ga is 4062.6 s",
            "its ends may be missing",
            "compressed with loss",
            "different frames of reference",
            "CT series",
        )
    ] == [True] * 5


def test_uneven_pet_warns(tmp_path, write_pet, pet_header, write_slice):
    write_pet(tmp_path)
    write_slice(pet_header(5, ImagePositionPatient=[-3, -2.5, 10.5]), tmp_path / "pet5.dcm")
    (warning,) = read_case(tmp_path).warnings
    assert "the slices are 4.00 to 4.50 mm apart" in warning


def test_named_series_is_read(tmp_path, write_pet):
    write_pet(tmp_path / "a")
    write_pet(tmp_path / "b", SeriesInstanceUID="1.2.9.1", RescaleSlope=3)
    assert voxels(read_case(tmp_path, series="1.2.9.1").pet).max() == pytest.approx(300 * FACTOR)


def test_chosen_frame_is_read(tmp_path, write_pet):
    write_pet(tmp_path / "a")
    write_pet(tmp_path / "b", AcquisitionTime="101000", RescaleSlope=3)
    assert voxels(read_case(tmp_path, frame=2).pet).max() > voxels(read_case(tmp_path, frame=1).pet).max()


def test_dynamic_series_is_refused(tmp_path, write_pet):
    write_pet(tmp_path / "a")
    write_pet(tmp_path / "b", AcquisitionTime="101000")
    with pytest.raises(DicomError, match="this is a dynamic series of 2 frames of time"):
        read_case(tmp_path)


def test_given_date_of_injection_is_used(tmp_path, write_pet):
    case = read_case(write_pet(tmp_path, RadionuclideHalfLife=45723.6), injection_date=date(2024, 3, 4))
    assert case.conversion.dt_s == 25 * 3600


def test_ct_in_another_folder(tmp_path, write_pet, write_ct):
    case = read_case(write_pet(tmp_path / "PET"), ct=write_ct(tmp_path / "CT"))
    assert case.ct.GetSize() == (4, 3, 9)


def test_folder_without_a_ct_that_belongs_to_the_pet_is_refused(tmp_path, write_pet, write_ct):
    ct = write_ct(tmp_path / "CT", StudyInstanceUID="1.2.9", FrameOfReferenceUID="1.2.6")
    with pytest.raises(DicomError, match=r"^CT: no CT series in the folder belongs to the PET and overlaps it"):
        read_case(write_pet(tmp_path / "PET"), ct=ct)


def test_ct_image_beside_dicom(tmp_path, write_pet, write_ct):
    write_ct(tmp_path / "PET")
    ct = saved(an_image(np.full((20, 20, 20), -50), origin=(-10, -10, -12)), tmp_path / "ct.nrrd")
    case = read_case(write_pet(tmp_path / "PET"), ct=ct)
    assert_array_equal(np.unique(voxels(case.ct)), [-50])


def test_progress_rises_to_the_whole(tmp_path, write_pet, write_ct):
    seen = []
    write_ct(write_pet(tmp_path))
    read_case(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, 29))
    assert seen[-1] == (28, 28)


def test_case_shows_no_patient_identity(tmp_path, write_pet):
    assert "secret" not in repr(read_case(write_pet(tmp_path, RadionuclideHalfLife=6586.2))).lower()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd"])
def test_image_in_suv(tmp_path, suffix):
    case = read_case(saved(an_image(np.full((3, 4, 5), 2.5)), tmp_path / f"pet{suffix}"))
    assert voxels(case.pet).max() == 2.5
    assert (case.ct, case.conversion, case.pet_series, case.warnings) == (None, None, None, ())


def test_image_in_suv_with_a_ct(tmp_path, a_suv_file):
    ct = saved(an_image(np.full((6, 4, 5), -50)), tmp_path / "ct.nii.gz")
    case = read_case(a_suv_file, ct=ct)
    assert (voxels(case.ct).min(), case.ct.GetPixelID()) == (-50, sitk.sitkFloat32)


def test_image_in_becquerel_warns(tmp_path):
    (warning,) = read_case(saved(an_image(np.full((3, 4, 5), 25000)), tmp_path / "pet.nii.gz")).warnings
    assert "The largest voxel is 25000, which is hardly an SUV" in warning


# --- what is refused


def test_nothing_there_is_refused(tmp_path):
    with pytest.raises(DicomError, match="nothing: there is no such file or folder"):
        read_case(tmp_path / "nothing")


def test_single_dicom_file_is_refused(tmp_path, write_pet):
    with pytest.raises(DicomError, match=r"^pet0\.dcm: this is a single DICOM file\. Give the folder that holds"):
        read_case(write_pet(tmp_path) / "pet0.dcm")


def test_other_kind_of_file_is_refused(tmp_path):
    (tmp_path / "pet.txt").write_text("2.5")
    with pytest.raises(DicomError, match=r"^pet\.txt: this is neither a DICOM folder nor a \.nrrd, \.nii or \.nii\.gz"):
        read_case(tmp_path / "pet.txt")


def test_file_that_is_no_image_is_refused(tmp_path):
    (tmp_path / "pet.nii").write_text("2.5")
    with pytest.raises(MethodError, match=r"^pet\.nii: the file is cut off or damaged"):
        read_case(tmp_path / "pet.nii")


def test_folder_without_dicom_is_refused(tmp_path, a_suv_file):
    assert a_suv_file.parent == tmp_path
    with pytest.raises(DicomError, match="there is no PET series in the folder; it holds 1 files and no DICOM image"):
        read_case(tmp_path)


@pytest.mark.parametrize("size", [(4, 5), (2, 3, 4, 5)])
def test_flat_and_four_dimensional_images_are_refused(tmp_path, size):
    image = sitk.GetImageFromArray(np.ones(size, np.float32), isVector=False)
    with pytest.raises(MethodError, match=rf"the image is {len(size)}-D"):
        read_case(saved(image, tmp_path / "pet.nii.gz"))


@pytest.mark.parametrize(("value", "words"), [(np.nan, "are not finite numbers"), (-1, "no voxel is above zero")])
def test_image_that_is_no_uptake_is_refused(tmp_path, value, words):
    with pytest.raises(MethodError, match=words):
        read_case(saved(an_image(np.full((3, 4, 5), value)), tmp_path / "pet.nii.gz"))


def test_dicom_without_uptake_is_refused(tmp_path, write_pet):
    with pytest.raises(MethodError, match=r'^PET series "PET AC" \(5 images\): no voxel is above zero'):
        read_case(write_pet(tmp_path, RescaleSlope=-2))


def test_missing_slice_is_refused(tmp_path, write_pet):
    (write_pet(tmp_path) / "pet2.dcm").unlink()
    with pytest.raises(DicomError, match=r"slices are missing between pet1\.dcm and pet3\.dcm"):
        read_case(tmp_path)


def test_missing_slice_of_the_ct_is_refused(tmp_path, write_pet, write_ct):
    write_pet(tmp_path)
    (write_ct(tmp_path) / "ct4.dcm").unlink()
    with pytest.raises(DicomError, match=r'^CT series "CT" \(8 images\): slices are missing between ct3\.dcm and ct5'):
        read_case(tmp_path)


def test_truncated_file_is_refused(tmp_path, write_pet):
    path = write_pet(tmp_path) / "pet2.dcm"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DicomError, match=r"^pet2\.dcm: the pixel data are truncated or damaged"):
        read_case(tmp_path)


@pytest.mark.parametrize("option", [{"series": "1.2"}, {"frame": 1}, {"injection_date": date(2024, 3, 5)}])
def test_options_of_dicom_are_refused_for_an_image(a_suv_file, option):
    with pytest.raises(DicomError, match="can be given for a DICOM folder only"):
        read_case(a_suv_file, **option)


def test_ct_elsewhere_is_refused(tmp_path, a_suv_file):
    ct = saved(an_image(np.zeros((3, 4, 5)), origin=(0, 0, 500)), tmp_path / "ct.nii.gz")
    with pytest.raises(DicomError, match=r"^ct\.nii\.gz: the CT does not overlap the PET"):
        read_case(a_suv_file, ct=ct)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
def test_ct_that_is_not_finite_is_refused(tmp_path, a_suv_file, suffix):
    ct = saved(an_image(np.full((3, 4, 5), np.nan)), tmp_path / f"ct{suffix}")
    with pytest.raises(NENSegmentationError, match=r"^ct\..*voxels.* are not finite numbers"):
        read_case(a_suv_file, ct=ct)


def test_ct_folder_for_an_image_is_refused(tmp_path, a_suv_file, write_ct):
    with pytest.raises(DicomError, match=r"^CT: this is a folder\. "):
        read_case(a_suv_file, ct=write_ct(tmp_path / "CT"))


# --- real patients


def test_real_pet_and_ct_cover_each_other(shared_data):
    case = read_case(shared_data / "acrin_nsclc_042_petct")
    assert case.pet.GetSize() == (128, 128, 135)
    assert case.ct.GetSize() == (512, 512, 135)
    assert case.warnings == ()
    assert_allclose(ras_to_index(case.ct, index_to_ras(case.pet, (67, 64, 64)))[0], 67, atol=0.2)


def test_published_suv_crop_is_met(shared_data):
    """IBSI's crop, in SUV by MIRP, starts at some voxel of the whole series."""
    case = read_case(shared_data / "fdg_wb_GE_STS001")
    crop = sitk.ReadImage(str(shared_data / "fdg_wb_GE_STS001" / "ibsi_suv_oracle" / "image.nii.gz"))
    start = np.rint(ras_to_index(case.pet, index_to_ras(crop, (0, 0, 0)))).astype(int)
    size = voxels(crop).shape
    ours = voxels(case.pet)[tuple(slice(s, s + n) for s, n in zip(start, size, strict=True))]
    assert_allclose(ours, voxels(crop), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["STS_002", "STS_003"])
def test_dicom_and_nifti_of_one_patient_agree(shared_data, name):
    folder = shared_data / "ibsi_sts_petct_crops" / name / "PET"
    dicom, nifti = read_case(folder / "dicom"), read_case(folder / "nifti" / "image" / "image.nii.gz")
    assert same_grid(dicom.pet, nifti.pet)
    assert_allclose(voxels(dicom.pet), voxels(nifti.pet), atol=1e-3)


@pytest.mark.parametrize("weight", ["0.00007", "70000000"])
def test_an_suv_that_no_patient_has_warns(tmp_path, write_pet, weight):
    warnings = read_case(write_pet(tmp_path, PatientWeight=weight)).warnings
    assert any("which is hardly an SUV" in warning and "the weight and the dose" in warning for warning in warnings)


def test_slices_of_two_patients_are_refused(tmp_path, write_pet):
    folder = write_pet(tmp_path, PatientID="first")
    other = pydicom.dcmread(folder / "pet1.dcm")
    other.PatientID = "second"
    other.save_as(folder / "pet1.dcm")
    with pytest.raises(DicomError, match=r"differ in PatientID \(0010,0020\)") as refused:
        read_case(folder)
    assert "second" not in str(refused.value)


def test_the_ct_of_another_patient_is_not_taken(tmp_path, write_pet, write_ct):
    write_pet(tmp_path / "PET", PatientID="first")
    write_ct(tmp_path / "CT", PatientID="second")
    assert read_case(tmp_path).ct is None


def test_no_ct_is_looked_for_where_none_is_wanted(tmp_path, write_pet, write_ct):
    write_pet(tmp_path / "PET")
    write_ct(tmp_path / "CT")
    assert read_case(tmp_path, with_ct=False).ct is None


def test_the_ct_on_the_pet_grid_is_air_where_it_does_not_reach_and_where_it_is_padded(tmp_path, a_suv_file):
    values = np.full((3, 4, 5), 40.0)
    values[0] = -3024
    case = read_case(a_suv_file, ct=saved(an_image(values), tmp_path / "ct.nii.gz"))
    on_pet = case.ct_on_pet_grid()
    assert (on_pet.GetSize(), voxels(on_pet).min(), voxels(on_pet).max()) == (case.pet.GetSize(), -1024, 40)
    assert read_case(a_suv_file).ct_on_pet_grid() is None


def test_what_macos_writes_beside_a_file_is_passed_over(tmp_path, write_pet):
    folder = write_pet(tmp_path)
    (folder / "._pet0.dcm").write_bytes(b"short")
    assert read_case(folder).pet.GetSize()[2] == 5


def test_a_slice_of_slope_zero_is_its_intercept_in_every_compression(tmp_path, write_pet):
    folder = write_pet(tmp_path, RescaleSlope="0")
    with pytest.raises(MethodError, match="no voxel is above zero"):
        read_case(folder)


def test_control_characters_of_a_header_do_not_get_into_messages(tmp_path, write_pet):
    with pytest.raises(DicomError) as refused:
        read_case(write_pet(tmp_path, SeriesDescription="PET\r\nAC\x1b[31m", PatientWeight=""))
    assert not set("\r\n\x1b") & set(str(refused.value))
