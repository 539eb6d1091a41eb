"""Finding the PET and CT series in a folder of mixed files."""

from __future__ import annotations

import shutil

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
)

from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.series import is_dicom, scan_folder


def positions(series):
    return [float(header.ImagePositionPatient[2]) for header in series.headers]


def found(folder):
    return [(series.modality, series.description, len(series.headers)) for series in scan_folder(folder).series]


def test_pet_and_ct_are_found_in_one_folder(tmp_path, write_pet, write_ct):
    write_pet(tmp_path)
    write_ct(tmp_path)
    assert found(tmp_path) == [("CT", "CT", 9), ("PT", "PET AC", 5)]


def test_folders_in_the_folder_are_searched(tmp_path, write_pet, write_ct):
    write_pet(tmp_path / "a" / "b")
    write_ct(tmp_path / "c")
    assert found(tmp_path) == [("CT", "CT", 9), ("PT", "PET AC", 5)]


def test_slices_are_in_the_order_of_their_positions(tmp_path, pet_header, write_slice):
    for name, k in zip("abcde", (3, 0, 4, 1, 2), strict=True):
        write_slice(pet_header(k), tmp_path / name)
    assert positions(scan_folder(tmp_path).series[0]) == [-10, -6, -2, 2, 6]


def test_order_follows_the_normal_of_the_slices(tmp_path, pet_header, write_slice):
    for k in range(3):
        write_slice(pet_header(k, ImageOrientationPatient=[1, 0, 0, 0, -1, 0]), tmp_path / f"{k}")
    assert positions(scan_folder(tmp_path).series[0]) == [-2, -6, -10]


def test_headers_know_their_file_and_hold_no_pixels(tmp_path, write_pet):
    (series,) = scan_folder(write_pet(tmp_path)).series
    assert [header.filename for header in series.headers] == [str(tmp_path / f"pet{k}.dcm") for k in range(5)]
    assert not any("PixelData" in header for header in series.headers)


def test_files_that_are_no_dicom_are_passed_over(tmp_path, write_pet):
    write_pet(tmp_path)
    (tmp_path / "notes.txt").write_text("dose 200 MBq")
    (tmp_path / "empty").touch()
    (tmp_path / "pet.nii.gz").write_bytes(bytes(500))
    assert found(tmp_path) == [("PT", "PET AC", 5)]


def test_other_dicom_files_are_passed_over(tmp_path, write_pet, pet_header, write_slice):
    write_pet(tmp_path)
    for name, storage in (("structures", RTStructureSetStorage), ("capture", SecondaryCaptureImageStorage)):
        write_slice(pet_header(SOPClassUID=storage, Modality="OT"), tmp_path / name)
    assert found(tmp_path) == [("PT", "PET AC", 5)]


def test_dicomdir_is_passed_over(tmp_path, write_pet):
    directory = Dataset()
    directory.FileSetID = "DISC"
    directory.file_meta = FileMetaDataset()
    directory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    directory.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    directory.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    directory.save_as(write_pet(tmp_path) / "DICOMDIR", enforce_file_format=True)
    assert found(tmp_path) == [("PT", "PET AC", 5)]


def test_localizer_in_the_series_is_passed_over(tmp_path, write_ct, ct_header, write_slice):
    write_ct(tmp_path)
    write_slice(ct_header(20, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]), tmp_path / "scout.dcm")
    assert found(tmp_path) == [("CT", "CT", 9)]


@pytest.mark.parametrize(
    "kind", [{"SeriesType": ["WHOLE BODY", "REPROJECTION"]}, {"ImageType": ["DERIVED", "PRIMARY", "MIP"]}]
)
def test_projections_are_passed_over(tmp_path, write_pet, kind):
    write_pet(tmp_path / "slices")
    write_pet(tmp_path / "projections", SeriesInstanceUID="1.2.3", **kind)
    assert found(tmp_path) == [("PT", "PET AC", 5)]


def test_modality_stands_in_for_an_emptied_class(tmp_path, ct_header, write_slice):
    path = write_slice(ct_header(), tmp_path / "ct.dcm")
    header = dcmread(path)
    header.SOPClassUID = header.file_meta.MediaStorageSOPClassUID = ""
    header.save_as(path)
    assert found(tmp_path) == [("CT", "CT", 1)]


def test_class_goes_before_the_modality(tmp_path, pet_header, write_slice):
    write_slice(pet_header(SOPClassUID=CTImageStorage), tmp_path / "a.dcm")
    assert [series.modality for series in scan_folder(tmp_path).series] == ["CT"]


def test_deflated_files_are_read(tmp_path, pet_header, write_slice):
    path = write_slice(pet_header(), tmp_path / "a.dcm")
    dataset = dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    assert found(tmp_path) == [("PT", "PET AC", 1)]


def test_progress_counts_the_files(tmp_path, write_pet):
    seen = []
    scan_folder(write_pet(tmp_path), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_series_shows_no_patient_identity(tmp_path, write_pet):
    assert "secret" not in repr(scan_folder(write_pet(tmp_path))).lower()


def test_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DicomError, match="nowhere: there is no such folder"):
        scan_folder(tmp_path / "nowhere")


@pytest.mark.parametrize("bytes_kept", [60, 140, 300, 420, 600, 800])
def test_slice_truncated_in_its_header_is_refused(tmp_path, write_pet, bytes_kept):
    path = write_pet(tmp_path) / "pet3.dcm"
    path.write_bytes(path.read_bytes()[:bytes_kept])
    with pytest.raises(DicomError, match=r"^pet3\.dcm: the DICOM file is truncated or damaged\. Copy the series again"):
        scan_folder(tmp_path)


def test_damaged_header_is_refused(tmp_path, write_pet):
    path = write_pet(tmp_path) / "pet3.dcm"
    path.write_bytes(path.read_bytes()[:300] + b"\xff" * 61)
    with pytest.raises(DicomError, match=r"^pet3\.dcm: the DICOM file is truncated or damaged"):
        scan_folder(tmp_path)


def test_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.touch()

    def forbidden(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", forbidden)
    with pytest.raises(DicomError, match=r"^a: the file cannot be read \(Permission denied\)"):
        is_dicom(path)


def test_real_folder_of_mixed_files(shared_data):
    scan = scan_folder(shared_data / "acrin_nsclc_042_petct")
    assert [(s.modality, len(s.headers)) for s in scan.series] == [("CT", 135), ("PT", 135)]
    assert (scan.files, scan.others) == (271, ("RWV",))


def test_real_ct_without_identifiers(shared_data):
    (series,) = scan_folder(shared_data / "totalsegmentator_torso").series
    assert (series.modality, series.uid, len(series.headers)) == ("CT", "", 20)
    assert positions(series) == sorted(positions(series))


def test_order_of_files_does_not_matter(tmp_path, write_pet):
    write_pet(tmp_path / "a")
    for k in range(5):
        shutil.copy(tmp_path / "a" / f"pet{k}.dcm", tmp_path / f"{4 - k}.dcm")
    shutil.rmtree(tmp_path / "a")
    assert positions(scan_folder(tmp_path).series[0]) == [-10, -6, -2, 2, 6]


def test_series_knows_its_study_and_frame_of_reference(a_series, pet_header):
    series = a_series([pet_header(0), pet_header(1)])
    assert (series.study, series.frame_of_reference) == ("1.2.826.0.1.3680043.10.1", "1.2.826.0.1.3680043.10.2")


def test_label_does_without_a_description(a_series, pet_header):
    assert a_series([pet_header(SeriesDescription=None)]).label == "without description (1 images)"


def test_file_of_nothing_but_a_preamble_is_refused(tmp_path):
    path = tmp_path / "a.dcm"
    path.write_bytes(bytes(128) + b"DICM")
    with pytest.raises(DicomError, match="truncated or damaged"):
        scan_folder(tmp_path)
