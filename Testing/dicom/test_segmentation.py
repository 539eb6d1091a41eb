"""DICOM SEG: what it says, and that the voxels come back from it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import dcmqi
import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom.small_pet import lesions_on, small_pet
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.segmentation import segmentation, write_segmentation

SHAPE = (5, 12, 14)


def labels_with(values):
    labels = np.zeros(SHAPE, np.int32)
    for voxel, value in values.items():
        labels[voxel] = value
    return labels


TWO_LABELS = labels_with({(1, 2, 3): 1, (2, 2, 3): 1, (3, 8, 8): 2})
BLOBS = ndimage.label(ndimage.gaussian_filter(np.random.default_rng(1).normal(size=SHAPE), 1) > 0.2)[0]


@pytest.fixture
def pet():
    return small_pet(SHAPE)


@pytest.fixture
def two_lesions(pet):
    return lesions_on(pet, TWO_LABELS, names={1: "liver", 2: "liver"}, colours={1: (1.0, 0.5, 0.0)})


@pytest.fixture
def written(two_lesions, pet, tmp_path):
    write_segmentation(tmp_path / "lesions.seg.dcm", two_lesions, pet)
    return pydicom.dcmread(tmp_path / "lesions.seg.dcm")


def test_it_is_a_binary_segmentation(written):
    assert written.SOPClassUID == "1.2.840.10008.5.1.4.1.1.66.4"
    assert written.SegmentationType == "BINARY"


def test_patient_study_and_frame_of_reference_are_those_of_the_pet(written, pet):
    for keyword in ("PatientName", "PatientID", "StudyInstanceUID", "StudyDescription", "FrameOfReferenceUID"):
        assert written[keyword].value == pet.headers[0][keyword].value


def test_its_description_says_research_use(written):
    assert "research use only, not a medical device" in written.SeriesDescription


def test_each_lesion_is_a_neoplasm_with_a_name_of_its_own(written):
    for segment in written.SegmentSequence:
        category, kind = segment.SegmentedPropertyCategoryCodeSequence[0], segment.SegmentedPropertyTypeCodeSequence[0]
        assert (category.CodingSchemeDesignator, category.CodeValue) == ("SCT", "49755003")
        assert (kind.CodingSchemeDesignator, kind.CodeValue) == ("SCT", "108369006")
    assert [segment.SegmentLabel for segment in written.SegmentSequence] == ["liver", "liver (2)"]


def test_each_lesion_can_be_tracked(written):
    assert [segment.TrackingID for segment in written.SegmentSequence] == ["Lesion 1", "Lesion 2"]
    assert len({segment.TrackingUID for segment in written.SegmentSequence}) == 2


@pytest.mark.parametrize(
    ("origin", "algorithm", "family"),
    [
        (Origin.THRESHOLD, "SEMIAUTOMATIC", "Histogram Analysis"),
        (Origin.SEED, "SEMIAUTOMATIC", "Neighborhood Analysis"),
        (Origin.ENSEMBLE, "AUTOMATIC", "Artificial Intelligence"),
    ],
)
def test_how_the_lesion_came_about_is_told(pet, origin, algorithm, family):
    (segment,) = segmentation(lesions_on(pet, TWO_LABELS // 2, origin=origin), pet).SegmentSequence
    (identification,) = segment.SegmentationAlgorithmIdentificationSequence
    assert segment.SegmentAlgorithmType == algorithm
    assert segment.SegmentAlgorithmName == f"NENSegmentation {origin.value}"
    assert identification.AlgorithmFamilyCodeSequence[0].CodeMeaning == family


def test_only_frames_that_hold_their_lesion_are_stored(written):
    assert written.NumberOfFrames == 3


def test_ids_with_gaps_become_segments_without(pet):
    dataset = segmentation(lesions_on(pet, 300 * TWO_LABELS), pet)
    assert [segment.SegmentNumber for segment in dataset.SegmentSequence] == [1, 2]
    assert [segment.TrackingID for segment in dataset.SegmentSequence] == ["Lesion 300", "Lesion 600"]


def test_highdicom_reads_the_same_voxels(pet, tmp_path):
    write_segmentation(tmp_path / "lesions.seg.dcm", lesions_on(pet, BLOBS), pet)
    read = highdicom.seg.segread(tmp_path / "lesions.seg.dcm")
    by_image = read.get_pixels_by_source_instance(
        [header.SOPInstanceUID for header in pet.headers], combine_segments=True, ignore_spatial_locations=True
    )
    assert_array_equal(by_image, BLOBS)


def test_more_than_255_lesions_are_all_stored(pet):
    labels = np.zeros(SHAPE, np.int32)
    labels[:, ::2, ::2] = np.arange(1, 211).reshape(5, 6, 7)
    labels[:, 1::2, 1::2] = np.arange(211, 421).reshape(5, 6, 7)
    dataset = segmentation(lesions_on(pet, labels), pet)
    assert len(dataset.SegmentSequence) == 420
    assert dataset.NumberOfFrames == 420


def test_a_pet_that_lacks_what_may_be_empty_is_enough(pet):
    lesions = lesions_on(pet, TWO_LABELS)
    for header in pet.headers:
        for keyword in ("PatientName", "PatientBirthDate", "StudyID", "AccessionNumber", "SliceThickness"):
            del header[keyword]
    dataset = segmentation(lesions, pet)
    assert not dataset.PatientName
    assert not dataset.AccessionNumber


def test_a_name_of_one_component_is_not_printed_in_a_warning(pet, recwarn):
    for header in pet.headers:
        header.PatientName = header.ReferringPhysicianName = "SURNAME"
    assert segmentation(lesions_on(pet, TWO_LABELS), pet).PatientName == "SURNAME"
    assert not [warning for warning in recwarn.list if "SURNAME" in str(warning.message)]


class TestWhatIsRefused:
    def test_no_lesion(self, pet):
        with pytest.raises(DicomError, match="There is no lesion"):
            segmentation(lesions_on(pet, np.zeros(SHAPE, np.int32)), pet)

    def test_lesions_on_another_grid(self, two_lesions):
        with pytest.raises(DicomError, match="another grid than the PET series"):
            segmentation(two_lesions, small_pet((5, 12, 15)))

    def test_a_file_that_exists(self, two_lesions, pet, tmp_path):
        (tmp_path / "lesions.seg.dcm").write_text("mine")
        with pytest.raises(OutputError, match="exists already"):
            write_segmentation(tmp_path / "lesions.seg.dcm", two_lesions, pet)


def read_by_dcmqi(path, folder):
    """Let dcmqi turn a SEG into one label image and a description of its segments."""
    program = Path(dcmqi.__file__).parent / "bin" / "segimage2itkimage"
    folder.mkdir()
    command = [program, "--mergeSegments", "--inputDICOM", path, "--outputDirectory", folder]
    subprocess.run(command, check=True, capture_output=True)
    (segments,) = json.loads((folder / "meta.json").read_text())["segmentAttributes"]
    return sitk.ReadImage(str(folder / "1.nrrd")), segments


@pytest.mark.parametrize(
    "distances", [pytest.param(None, id="even"), pytest.param([0.0, 3.02, 5.99, 9.01, 12.0], id="uneven")]
)
def test_dcmqi_reads_the_same_voxels(distances, tmp_path):
    pet = small_pet(SHAPE, distances=distances)
    lesions = lesions_on(pet, BLOBS)
    write_segmentation(tmp_path / "lesions.seg.dcm", lesions, pet)
    image, _ = read_by_dcmqi(tmp_path / "lesions.seg.dcm", tmp_path / "dcmqi")
    assert_array_equal(sitk.GetArrayFromImage(image), BLOBS)
    assert_allclose(image.GetOrigin(), lesions.pet.GetOrigin())
    assert_allclose(image.GetSpacing(), lesions.pet.GetSpacing())


def test_dcmqi_reads_the_same_voxels_on_a_real_pet(shared_data, tmp_path):
    case = read_case(shared_data / "acrin_nsclc_042_petct" / "PT_AC")
    lesions = LesionMap.from_threshold(case.pet, 4.0)
    write_segmentation(tmp_path / "lesions.seg.dcm", lesions, case.pet_series)
    image, _ = read_by_dcmqi(tmp_path / "lesions.seg.dcm", tmp_path / "dcmqi")
    assert_array_equal(sitk.GetArrayFromImage(image), lesions.labels)


def test_dcmqi_reads_the_codes_and_the_colour(two_lesions, pet, tmp_path):
    write_segmentation(tmp_path / "lesions.seg.dcm", two_lesions, pet)
    _, (first, second) = read_by_dcmqi(tmp_path / "lesions.seg.dcm", tmp_path / "dcmqi")
    assert (first["SegmentLabel"], second["SegmentLabel"]) == ("liver", "liver (2)")
    assert first["SegmentAlgorithmType"] == "SEMIAUTOMATIC"
    assert first["SegmentedPropertyCategoryCodeSequence"]["CodeValue"] == "49755003"
    assert first["SegmentedPropertyTypeCodeSequence"]["CodeValue"] == "108369006"
    # CIELab is stored in 16-bit numbers and dcmqi rounds to 8 bits.
    assert_allclose(first["recommendedDisplayRGBValue"], (255, 128, 0), atol=2)


def test_dciodvfy_finds_no_error(two_lesions, pet, tool, tmp_path):
    write_segmentation(tmp_path / "lesions.seg.dcm", two_lesions, pet)
    command = [tool("dciodvfy"), tmp_path / "lesions.seg.dcm"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Error" not in checked.stderr
    assert "Segmentation" in checked.stderr
