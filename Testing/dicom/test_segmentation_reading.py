"""DICOM segmentations of this program and of others, read as lesions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from dicom.small_pet import lesions_on, small_pet
from dicom.test_rtstruct import ROUND_TRIPS, SHAPE
from highdicom.seg import SegmentDescription
from numpy.testing import assert_array_equal
from pydicom.sr.codedict import codes

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.given import lesion_map_from_dicom
from NENSegmentationLib.dicom.rtstruct import write_rtstruct
from NENSegmentationLib.dicom.segmentation import write_segmentation
from NENSegmentationLib.dicom.segmentation_reading import lesion_map_from_seg

BLOBS = ROUND_TRIPS["random blobs"]


@pytest.fixture
def pet():
    return small_pet(SHAPE)


@pytest.fixture
def pet_image(pet):
    return lesions_on(pet, np.zeros(SHAPE, np.int32)).pet


def of_another_maker(path: Path, series, pixels: np.ndarray, kind: str, **more: object) -> Path:
    """Write a segmentation with highdicom as others do: one segment for each value, or for each last index."""
    count = int(pixels.max()) if pixels.ndim == 3 else pixels.shape[3]
    for header in series.headers:
        header.SpacingBetweenSlices = header.SliceThickness
    described = [
        SegmentDescription(
            number,
            f"Organ {number}",
            codes.SCT.Tissue,
            codes.SCT.Liver,
            highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        )
        for number in range(1, count + 1)
    ]
    seg = highdicom.seg.Segmentation(
        source_images=list(series.headers),
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=described,
        series_instance_uid=pydicom.uid.generate_uid(),
        series_number=1,
        sop_instance_uid=pydicom.uid.generate_uid(),
        instance_number=1,
        manufacturer="Another",
        manufacturer_model_name="Another",
        software_versions="1",
        device_serial_number="1",
        **more,
    )
    seg.save_as(path)
    return path


def changed(path: Path, **changes: object) -> Path:
    dataset = pydicom.dcmread(path)
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def parts_of(lesion_map: LesionMap, name: str) -> np.ndarray:
    ids = [lesion.id for lesion in lesion_map.lesions.values() if lesion.name.split(" (")[0] == name]
    return np.isin(lesion_map.labels, ids)


@pytest.mark.parametrize("distances", [None, [0.0, 3.02, 5.99, 9.01, 12.0, 15.1]], ids=["even", "uneven"])
@pytest.mark.parametrize("case", ROUND_TRIPS)
def test_ours_comes_back_voxel_by_voxel(case, distances, tmp_path):
    pet = small_pet(SHAPE, distances=distances)
    lesions = lesions_on(pet, ROUND_TRIPS[case])
    write_segmentation(tmp_path / "ours.dcm", lesions, pet)
    lesion_map, warnings = lesion_map_from_seg(tmp_path / "ours.dcm", lesions.pet, pet)
    assert_array_equal(lesion_map.labels, lesions.labels)
    assert warnings == ()


def test_ours_keeps_ids_names_colours_and_origin(pet, tmp_path):
    labels = np.zeros(SHAPE, np.int32)
    labels[1, 2:4, 2:4], labels[3, 8:10, 8:10] = 4, 300
    lesions = lesions_on(pet, labels, origin=Origin.ENSEMBLE, names={4: "Leber"}, colours={300: (1.0, 0.0, 0.2)})
    write_segmentation(tmp_path / "ours.dcm", lesions, pet)
    lesion_map, _ = lesion_map_from_seg(tmp_path / "ours.dcm", lesions.pet, pet)
    assert_array_equal(lesion_map.labels, labels)
    assert [lesion.name for lesion in lesion_map.lesions.values()] == ["Leber", "Lesion 300"]
    assert lesion_map.lesions[300].colour == pytest.approx((1.0, 0.0, 0.2), abs=0.02)
    assert lesion_map.lesions[4].origin is Origin.ENSEMBLE


def test_ours_comes_back_on_a_real_pet(shared_data, tmp_path):
    case = read_case(shared_data / "fdg_wb_GE_STS001" / "image")
    lesions = LesionMap.from_threshold(case.pet, 3.0)
    write_segmentation(tmp_path / "ours.dcm", lesions, case.pet_series)
    lesion_map, _ = lesion_map_from_seg(tmp_path / "ours.dcm", case.pet, case.pet_series)
    assert_array_equal(lesion_map.labels, lesions.labels)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_of_another_maker_every_segment_has_its_voxels(kind, pet, pet_image, tmp_path):
    path = of_another_maker(tmp_path / "seg.dcm", pet, BLOBS.astype(np.uint8), kind)
    lesion_map, warnings = lesion_map_from_seg(path, pet_image, pet)
    for number in range(1, BLOBS.max() + 1):
        assert_array_equal(parts_of(lesion_map, f"Organ {number}"), number == BLOBS)
    assert warnings == ()


def test_frames_whose_bits_end_within_a_byte_are_read(tmp_path):
    pet = small_pet((4, 5, 7))
    labels = (np.random.default_rng(2).random((4, 5, 7)) < 0.4).astype(np.uint8)
    path = of_another_maker(tmp_path / "seg.dcm", pet, labels, "BINARY")
    lesion_map, _ = lesion_map_from_seg(path, lesions_on(pet, labels).pet, pet)
    assert_array_equal(lesion_map.labels > 0, labels > 0)


def test_segments_that_overlap_are_told_apart_by_size(pet, pet_image, tmp_path):
    pixels = np.zeros((*SHAPE, 2), np.uint8)
    pixels[2, 2:12, 2:12, 0] = pixels[2, 5:7, 5:7, 1] = 1
    path = of_another_maker(tmp_path / "seg.dcm", pet, pixels, "BINARY")
    lesion_map, warnings = lesion_map_from_seg(path, pet_image, pet)
    assert [lesion.voxels for lesion in lesion_map.lesions.values()] == [96, 4]
    assert warnings == ("Regions overlap, Organ 1 and Organ 2 for one. Voxels that went to the smaller of two: 4.",)


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
def test_a_segmentation_on_a_finer_ct_is_resampled_and_it_is_said(kind, pet, pet_image, tmp_path):
    ct = small_pet((12, 32, 40), spacing=(1.5, 1.25, 1.0), origin=(-22.0, -30.875, -100.75))
    for header in ct.headers:
        header.FrameOfReferenceUID, header.StudyInstanceUID = pet.frame_of_reference, pet.study
    coarse = np.zeros(SHAPE, np.uint8)
    coarse[1:4, 3:9, 4:12], coarse[5, 14:, 0] = 1, 2
    fine = coarse.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    path = of_another_maker(tmp_path / "ct.dcm", ct, fine, kind)
    lesion_map, warnings = lesion_map_from_seg(path, pet_image, pet)
    assert_array_equal(lesion_map.labels, coarse)
    assert warnings == ("ct.dcm lies on another grid than the PET: it was resampled by nearest neighbour.",)


def test_a_crop_of_the_pet_is_taken_over_voxel_by_voxel_and_what_is_outside_cut_off(pet_image, pet, tmp_path):
    crop = small_pet((2, 6, 9), origin=(-21.5 - 2 * 2.0, -30.25 + 3 * 2.5, -97.0))
    for header in crop.headers:
        header.FrameOfReferenceUID, header.StudyInstanceUID = pet.frame_of_reference, pet.study
    path = of_another_maker(tmp_path / "crop.dcm", crop, np.ones((2, 6, 9), np.uint8), "BINARY")
    lesion_map, warnings = lesion_map_from_seg(path, pet_image, pet)
    expected = np.zeros(SHAPE, bool)
    expected[1:3, 3:9, 0:7] = True
    assert_array_equal(lesion_map.labels > 0, expected)
    assert warnings == ("Cut off where they reach outside the PET: Organ 1.",)


def test_an_empty_segment_is_left_out_and_it_is_said(pet, pet_image, tmp_path):
    pixels = np.zeros((*SHAPE, 2), np.uint8)
    pixels[2, 5:7, 5:7, 1] = 1
    path = of_another_maker(tmp_path / "seg.dcm", pet, pixels, "BINARY")
    lesion_map, warnings = lesion_map_from_seg(path, pet_image, pet)
    assert [lesion.name for lesion in lesion_map.lesions.values()] == ["Organ 2"]
    assert warnings == ("Left out, because they have no voxel on the PET: Organ 1.",)


class TestWhatIsRefused:
    @pytest.fixture
    def ours(self, pet, tmp_path):
        write_segmentation(tmp_path / "ours.dcm", lesions_on(pet, BLOBS), pet)
        return tmp_path / "ours.dcm"

    @pytest.mark.parametrize("part", [0.01, 0.1, 0.5, 0.8, 0.95])
    def test_a_truncated_file(self, ours, pet, pet_image, part):
        whole = ours.read_bytes()
        ours.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(DicomError, match=r"ours\.dcm: the DICOM file is truncated or damaged"):
            lesion_map_from_seg(ours, pet_image, pet)

    def test_pixel_data_that_are_too_short(self, ours, pet, pet_image):
        changed(ours, PixelData=b"\0\0")
        with pytest.raises(DicomError, match="truncated or damaged"):
            lesion_map_from_seg(ours, pet_image, pet)

    def test_another_kind_of_object(self, pet, pet_image, tmp_path, write_slice, pet_header):
        with pytest.raises(DicomError, match="this is no DICOM Segmentation, but PT"):
            lesion_map_from_seg(write_slice(pet_header(), tmp_path / "pet.dcm"), pet_image, pet)

    def test_probabilities(self, ours, pet, pet_image):
        with pytest.raises(DicomError, match=r"SegmentationType \(0062,0001\) is FRACTIONAL. Export it as BINARY"):
            lesion_map_from_seg(changed(ours, SegmentationType="FRACTIONAL"), pet_image, pet)

    def test_another_frame_of_reference(self, ours, pet_image):
        with pytest.raises(DicomError, match="it lies in another frame of reference than the PET"):
            lesion_map_from_seg(ours, pet_image, small_pet(SHAPE))

    def test_a_place_far_from_the_pet(self, pet, pet_image, tmp_path):
        far = small_pet(SHAPE, origin=(500.0, 500.0, 500.0))
        for header in far.headers:
            header.FrameOfReferenceUID = pet.frame_of_reference
        path = of_another_maker(tmp_path / "far.dcm", far, BLOBS.astype(np.uint8), "BINARY")
        with pytest.raises(DicomError, match=r"far\.dcm: no segment has a voxel on the PET"):
            lesion_map_from_seg(path, pet_image, pet)

    def test_frames_that_do_not_stack(self, ours, pet, pet_image):
        dataset = pydicom.dcmread(ours)
        position = dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0]
        position.ImagePositionPatient = [0.0, 0.0, 0.0]
        dataset.save_as(ours)
        with pytest.raises(DicomError, match="its frames do not stack to a volume"):
            lesion_map_from_seg(ours, pet_image, pet)

    def test_a_frame_without_a_position(self, ours, pet, pet_image):
        dataset = pydicom.dcmread(ours)
        del dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence
        dataset.save_as(ours)
        with pytest.raises(DicomError, match=r"ours\.dcm: ImagePositionPatient \(0020,0032\) is missing"):
            lesion_map_from_seg(ours, pet_image, pet)

    def test_a_frame_of_a_segment_that_is_not_described(self, ours, pet, pet_image):
        segments = pydicom.dcmread(ours).SegmentSequence
        with pytest.raises(DicomError, match="truncated or damaged"):
            lesion_map_from_seg(changed(ours, SegmentSequence=segments[1:]), pet_image, pet)

    def test_a_million_frames_that_are_not_there(self, ours, pet, pet_image):
        with pytest.raises(DicomError, match="truncated or damaged"):
            lesion_map_from_seg(changed(ours, NumberOfFrames=1_000_000), pet_image, pet)


@pytest.mark.filterwarnings("error")
def test_random_damage_raises_nothing_but_the_one_error(pet, pet_image, tmp_path):
    write_segmentation(tmp_path / "ours.dcm", lesions_on(pet, BLOBS), pet)
    whole = (tmp_path / "ours.dcm").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(whole)
        for place in random.integers(132, len(whole), 5):
            broken[place] = random.integers(256)
        (tmp_path / "broken.dcm").write_bytes(bytes(broken))
        with suppress(DicomError):
            lesion_map_from_seg(tmp_path / "broken.dcm", pet_image, pet)


class TestWhicheverItIs:
    def test_both_kinds_are_read(self, pet, tmp_path):
        lesions = lesions_on(pet, BLOBS)
        write_rtstruct(tmp_path / "a.dcm", lesions, pet)
        write_segmentation(tmp_path / "b.dcm", lesions, pet)
        for name in ("a.dcm", "b.dcm"):
            assert_array_equal(lesion_map_from_dicom(tmp_path / name, lesions.pet, pet)[0].labels, BLOBS)

    def test_a_pet_that_was_no_dicom_is_refused(self, pet_image, tmp_path):
        with pytest.raises(DicomError, match=r"a\.dcm: whether it belongs to the PET cannot be told"):
            lesion_map_from_dicom(tmp_path / "a.dcm", pet_image, None)

    def test_a_file_that_is_not_there_is_refused(self, pet, pet_image, tmp_path):
        with pytest.raises(DicomError, match="there is no such file"):
            lesion_map_from_dicom(tmp_path / "a.dcm", pet_image, pet)
