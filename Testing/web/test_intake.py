"""What a browser uploads: every kind of case, and everything that is none."""

from __future__ import annotations

import io
import re
import stat
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from NENSegmentationLib.core.errors import NENSegmentationError
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.web.errors import WebError
from NENSegmentationLib.web.intake import Given, Upload
from NENSegmentationLib.web.intake_limits import Limits
from NENSegmentationLib.web.intake_names import Places

A_DICOM_FILE = b"\0" * 128 + b"DICM" + b"\0" * 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "upload").mkdir()
    return tmp_path / "upload"


@pytest.fixture
def upload(folder: Path) -> Upload:
    return Upload(folder)


@pytest.fixture
def another_patient(tiny_patient: Path, tmp_path: Path) -> Path:
    """The same PET under another name."""
    (tmp_path / "another" / "PET").mkdir(parents=True)
    for path in sorted((tiny_patient / "PET").glob("*.dcm")):
        header = dcmread(path)
        header.PatientID, header.StudyInstanceUID, header.SeriesInstanceUID = "B", "1.2.3", "1.2.3.4"
        header.save_as(tmp_path / "another" / "PET" / path.name)
    return tmp_path / "another"


def send(upload: Upload, **files: bytes) -> None:
    for name, content in files.items():
        with upload.new_file(name.replace("__", ".")) as file:
            upload.budget.receive(len(content))
            file.write(content)


def a_zip(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo("x")
            member.filename = member.orig_filename = name
            member.compress_type = zipfile.ZIP_DEFLATED
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                archive.writestr(member, content)
    return packed.getvalue()


def an_image(path: Path, *, size: tuple[int, int, int] = (4, 4, 4)) -> bytes:
    image = sitk.GetImageFromArray(np.ones(size, np.float32))
    sitk.WriteImage(image, str(path))
    return path.read_bytes()


def said(error: pytest.ExceptionInfo[NENSegmentationError]) -> str:
    return str(error.value)


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# What is a case.


def test_a_folder_of_dicom_files_is_a_case(upload, folder):
    with upload.new_file("patient/PET/1.dcm") as file:
        file.write(A_DICOM_FILE)
    assert upload.case() == Given(folder)
    assert on_disk(folder) == ["patient/PET/1.dcm"]


def test_a_zip_of_dicom_files_is_a_case(upload, folder):
    send(upload, case__zip=a_zip({"PET/1": A_DICOM_FILE, "CT/1": A_DICOM_FILE}))
    assert upload.case() == Given(folder)
    assert on_disk(folder) == ["case.zip/CT/1", "case.zip/PET/1"]


def test_one_image_is_a_pet(upload, folder, tmp_path):
    send(upload, some__nrrd=an_image(tmp_path / "some.nrrd"))
    assert upload.case() == Given(folder / "some.nrrd")


@pytest.mark.parametrize(
    ("pet", "ct"), [("pet.nrrd", "ct.nrrd"), ("case_SUV.nii.gz", "case_CT.nii.gz"), ("1-PT.nii", "2-CT.nrrd")]
)
def test_two_images_are_told_by_their_names(upload, folder, tmp_path, pet, ct):
    for name in (ct, pet):
        with upload.new_file(name) as file:
            file.write(an_image(tmp_path / name))
    assert upload.case() == Given(folder / pet, folder / ct)


def test_a_digital_patient_that_is_uploaded_as_a_zip_is_read(upload, tiny_patient):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(tiny_patient.rglob("*.dcm")):
            archive.write(path, path.relative_to(tiny_patient))
    send(upload, patient__zip=packed.getvalue())
    case = read_case(upload.case().path)
    assert (case.ct is not None, case.pet_series.modality) == (True, "PT")


def test_progress_counts_the_zips(upload):
    send(upload, a__zip=a_zip({"1": A_DICOM_FILE}), b__zip=a_zip({"1": A_DICOM_FILE}))
    seen = []
    upload.case(lambda *work: seen.append(work))
    assert seen == [(1, 2), (2, 2)]


# What is none.


def test_an_empty_upload_is_refused(upload):
    with pytest.raises(WebError, match="the upload holds no file"):
        upload.case()


def test_files_that_are_no_images_are_refused_with_one_of_their_names(upload):
    send(upload, letter__pdf=b"%PDF", notes__txt=b"x")
    with pytest.raises(WebError, match=re.escape("holds 2 files, such as letter.pdf, and none is DICOM")):
        upload.case()


def test_a_zip_in_a_zip_is_not_unpacked(upload, folder):
    send(upload, outer__zip=a_zip({"inner.zip": a_zip({"1.dcm": A_DICOM_FILE})}))
    with pytest.raises(WebError, match=re.escape("holds another zip (inner.zip)")):
        upload.case()
    assert on_disk(folder) == ["outer.zip/inner.zip"]


def test_two_images_with_names_that_say_nothing_are_refused(upload, tmp_path):
    send(upload, a__nrrd=an_image(tmp_path / "a.nrrd"), b__nrrd=an_image(tmp_path / "b.nrrd"))
    with pytest.raises(WebError, match="their names do not tell which one is the PET"):
        upload.case()


def test_three_images_are_refused(upload, tmp_path):
    for name in ("pet.nrrd", "ct.nrrd", "ct_2.nrrd"):
        with upload.new_file(name) as file:
            file.write(an_image(tmp_path / name))
    with pytest.raises(WebError, match="there are 3 images"):
        upload.case()


def test_pet_of_two_patients_is_refused_by_the_reader_of_dicom(upload, tiny_patient, another_patient):
    for patient, folder in (("one", tiny_patient), ("two", another_patient)):
        for path in sorted((folder / "PET").glob("*.dcm")):
            with upload.new_file(f"{patient}/{path.name}") as file:
                file.write(path.read_bytes())
    with pytest.raises(DicomError, match="PET series of several studies"):
        read_case(upload.case().path)


def test_an_image_that_is_cut_off_is_refused(upload, tmp_path):
    send(upload, pet__nrrd=an_image(tmp_path / "pet.nrrd")[:20])
    with pytest.raises(WebError, match=re.escape("pet.nrrd: this is not a readable image")):
        upload.case()


# What attacks.


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../../b", "C:\\windows\\x", "..\\x", "a\0.dcm"])
def test_a_name_that_leads_out_of_the_upload_is_refused(upload, folder, name):
    with pytest.raises(WebError, match="leads out of the upload, so nothing was taken"), upload.new_file(name):
        pass
    assert on_disk(folder) == []


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../../b", "C:\\windows\\x", "..\\x", "a\0.dcm"])
def test_a_zip_with_a_name_that_leads_out_of_it_is_refused_whole(upload, folder, tmp_path, name):
    send(upload, bad__zip=a_zip({"1.dcm": A_DICOM_FILE, name: b"x"}))
    with pytest.raises(WebError, match="leads out of the upload, so nothing was taken"):
        upload.case()
    assert on_disk(folder) == ["bad.zip.packed"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["upload"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_zip_with_a_link_or_a_device_is_refused_whole(upload, folder, kind):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.dcm", A_DICOM_FILE)
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(link, "/etc")
    send(upload, links__zip=packed.getvalue())
    with pytest.raises(WebError, match=re.escape("the zip holds a link (link), so nothing was taken")):
        upload.case()
    assert on_disk(folder) == ["links.zip.packed"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(folder):
    upload = Upload(folder, Limits(free_ratio_bytes=1 << 20))
    send(upload, bomb__zip=a_zip({"1.dcm": bytes(4 << 20)}))
    with pytest.raises(WebError, match=re.escape("unpack to 4.0 MB, which no PET/CT does, so nothing was taken")):
        upload.case()
    assert on_disk(folder) == ["bomb.zip.packed"]


def test_a_zip_that_lies_about_its_size_is_stopped(folder):
    upload = Upload(folder, Limits(unpacked_bytes=1 << 20))
    honest = a_zip({"1.dcm": bytes(4 << 20)})
    # The size of the member, in the directory at the end and before the member itself.
    lying = honest.replace((4 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    assert lying != honest
    send(upload, lying__zip=lying)
    with pytest.raises(WebError, match=re.escape("lying.zip: the zip is damaged")):
        upload.case()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.suffix == ".dcm") <= 1 << 20


def test_a_zip_larger_than_the_disk_is_refused(upload, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: type("Usage", (), {"free": 10}))
    send(upload, case__zip=a_zip({"1.dcm": A_DICOM_FILE}))
    with pytest.raises(WebError, match=re.escape("the server has no room for the 140 bytes in it")):
        upload.case()


def test_a_zip_with_a_password_is_refused(upload):
    packed = bytearray(a_zip({"1.dcm": A_DICOM_FILE}))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        packed[packed.index(signature) + offset] |= 1
    send(upload, case__zip=bytes(packed))
    with pytest.raises(WebError, match=re.escape("case.zip: the zip needs a password")):
        upload.case()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", a_zip({"1.dcm": A_DICOM_FILE})[:-30]])
def test_a_damaged_zip_is_refused(upload, content):
    send(upload, case__zip=content)
    with pytest.raises(WebError, match=re.escape("case.zip: the zip is damaged")):
        upload.case()


def test_a_zip_of_too_many_files_is_refused(folder):
    upload = Upload(folder, Limits(files=3))
    send(upload, case__zip=a_zip({str(n): A_DICOM_FILE for n in range(4)}))
    with pytest.raises(WebError, match="holds more than 3 files"):
        upload.case()


def test_too_many_files_are_refused(folder):
    upload = Upload(folder, Limits(files=2))
    send(upload, a=b"", b=b"")
    with pytest.raises(WebError, match="holds more than 2 files"):
        send(upload, c=b"")


def test_too_many_bytes_are_refused(folder):
    upload = Upload(folder, Limits(sent_bytes=2048))
    with pytest.raises(WebError, match=re.escape("larger than 2.0 kB")):
        send(upload, a=bytes(2049))


def test_zips_that_together_unpack_to_too_much_are_refused(folder):
    upload = Upload(folder, Limits(unpacked_bytes=1 << 20))
    send(upload, a__zip=a_zip({"1": bytes(600_000)}), b__zip=a_zip({"1": bytes(600_000)}))
    with pytest.raises(WebError, match=re.escape("b.zip: the upload unpacks to more than 1.0 MB")):
        upload.case()


def test_a_nrrd_that_reaches_for_another_file_of_the_server_is_refused(upload, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(64))
    header = f"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 4 4 4\nencoding: raw\ndata file: {secret}\n"
    send(upload, pet__nrrd=header.encode())
    with pytest.raises(WebError, match="the voxels are not in the file itself"):
        upload.case()


@pytest.mark.parametrize("name", ["pet.nii", "pet.nrrd"])
@pytest.mark.parametrize("field", ["data file", "datafile", "DATA FILE", "Data File"])
def test_such_a_nrrd_is_told_whatever_it_is_called(upload, name, field):
    with upload.new_file(name) as file:
        file.write(f"NRRD0005\r\n# remark\r\n{field}: LIST\r\nx.raw\r\n".encode())
    with pytest.raises(WebError, match="the voxels are not in the file itself"):
        upload.case()


def test_a_nrrd_that_hides_such_a_line_behind_many_others_is_refused(upload):
    send(upload, pet__nrrd=b"NRRD0004\n" + b"# x\n" * (1 << 19) + b"data file: /etc/passwd\n\n")
    with pytest.raises(WebError, match="the voxels are not in the file itself"):
        upload.case()


def test_an_image_that_claims_more_voxels_than_memory_holds_is_refused_before_it_is_read(upload):
    send(
        upload,
        pet__nrrd=b"NRRD0004\ntype: float\ndimension: 3\nsizes: 9000 9000 9000\nendian: little\nencoding: gzip\n\n",
    )
    with pytest.raises(WebError, match="the image has 9000 x 9000 x 9000 voxels, which no PET/CT has"):
        upload.case()


def test_another_kind_of_image_under_the_name_of_a_known_one_is_refused(upload, tmp_path):
    path = tmp_path / "image.mha"
    send(upload, pet__nrrd=an_image(path))
    with pytest.raises(WebError, match="this is not a readable image"):
        upload.case()


# Names.


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Müller, Jan/IM 1.dcm", "M_ller__Jan/IM_1.dcm"),
        ("a\nb", "a_b"),
        ("./a//b", "a/b"),
        ("a\\b", "a/b"),
        ("CON", "CON"),
        ("-rf", "-rf"),
        ("\u202egpj.exe", "_gpj.exe"),
        (f"{'x' * 300}.nii.gz", f"{'x' * 57}.nii.gz"),
        ("画像.nrrd", "__.nrrd"),
    ],
)
def test_odd_names_become_plain_ones(name, place):
    assert str(Places(16).of(name)) == place


def test_names_that_differ_in_letter_case_only_get_places_of_their_own():
    places = Places(16)
    assert [str(places.of(name)) for name in ("a/x.dcm", "A/x.dcm", "a/X.dcm")] == ["a/x.dcm", "A-2/x.dcm", "a/X-2.dcm"]


def test_a_name_that_is_there_twice_is_refused():
    places = Places(16)
    places.of("a/b")
    with pytest.raises(WebError, match="the name is there twice"):
        places.of("a//b")


def test_a_file_that_is_also_a_folder_is_refused(upload):
    send(upload, a=b"")
    with pytest.raises(WebError, match="is a folder and a file"), upload.new_file("a/b"):
        pass


@pytest.mark.parametrize("name", ["", ".", "./", "x" * 5000])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(WebError, match="has no name, or one that is too long"):
        Places(16).of(name)


def test_a_file_in_too_many_folders_is_refused():
    with pytest.raises(WebError, match="lies in more than 3 folders"):
        Places(4).of("a/b/c/d/e")


def test_a_message_shows_a_name_on_one_line():
    with pytest.raises(WebError) as error:
        Places(16).of("../\x1b[31m\nred" + "x" * 100)
    assert said(error).startswith("../\\x1b[31m\\nred")
    assert "\n" not in said(error)
