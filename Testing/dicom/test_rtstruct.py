"""RTSTRUCT: what it says, and that the voxels come back from it."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom.small_pet import lesions_on, small_pet, write_slices
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.output import OutputError
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.rtstruct import rtstruct, write_rtstruct

SHAPE = (6, 16, 20)


def labels_of(*masks):
    labels = np.zeros(SHAPE, np.int32)
    for number, mask in enumerate(masks, 1):
        labels[np.broadcast_to(mask, SHAPE)] = number
    return labels


def at(*voxels):
    mask = np.zeros(SHAPE, bool)
    mask[tuple(np.transpose(voxels))] = True
    return mask


def distance_from_the_middle():
    _, row, column = np.indices(SHAPE)
    return np.hypot(row - 8, column - 10)


RADIUS = distance_from_the_middle()
INNER_SLICES = (np.indices(SHAPE)[0] > 0) & (np.indices(SHAPE)[0] < 5)


@pytest.fixture
def pet():
    return small_pet(SHAPE)


@pytest.fixture
def two_lesions(pet):
    return lesions_on(pet, labels_of(at((1, 2, 3)), at((2, 8, 8), (2, 8, 9), (3, 8, 8))))


def points_of(contour):
    return np.reshape(contour.ContourData, (-1, 3)).astype(float)


class TestTheHeader:
    def test_it_is_an_rt_structure_set(self, two_lesions, pet):
        dataset = rtstruct(two_lesions, pet)
        assert dataset.SOPClassUID == "1.2.840.10008.5.1.4.1.1.481.3"
        assert dataset.Modality == "RTSTRUCT"

    def test_patient_and_study_are_those_of_the_pet(self, two_lesions, pet):
        dataset = rtstruct(two_lesions, pet)
        for keyword in ("PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyID"):
            assert dataset[keyword].value == pet.headers[0][keyword].value

    def test_the_series_is_a_new_one(self, two_lesions, pet):
        first, second = rtstruct(two_lesions, pet), rtstruct(two_lesions, pet)
        assert len({first.SeriesInstanceUID, second.SeriesInstanceUID, pet.uid}) == 3
        assert first.SOPInstanceUID != second.SOPInstanceUID

    def test_its_label_fits_in_sixteen_characters(self, two_lesions, pet):
        assert rtstruct(two_lesions, pet).StructureSetLabel == "NENSegmentation"

    def test_its_description_says_research_use(self, two_lesions, pet):
        description = rtstruct(two_lesions, pet).SeriesDescription
        assert "research use only, not a medical device" in description
        assert len(description) <= 64

    def test_a_name_with_accents_survives_the_file(self, two_lesions, pet, tmp_path):
        write_rtstruct(tmp_path / "rtstruct.dcm", two_lesions, pet)
        assert pydicom.dcmread(tmp_path / "rtstruct.dcm").PatientName == "Sjögren^Åsa"

    def test_what_the_pet_does_not_know_is_left_empty(self, two_lesions, pet):
        del pet.headers[0].AccessionNumber
        assert not rtstruct(two_lesions, pet).AccessionNumber

    def test_it_refers_to_study_series_and_every_image(self, two_lesions, pet):
        (frame,) = rtstruct(two_lesions, pet).ReferencedFrameOfReferenceSequence
        (study,) = frame.RTReferencedStudySequence
        (series,) = study.RTReferencedSeriesSequence
        assert frame.FrameOfReferenceUID == pet.headers[0].FrameOfReferenceUID
        assert study.ReferencedSOPInstanceUID == pet.headers[0].StudyInstanceUID
        assert series.SeriesInstanceUID == pet.uid
        assert [image.ReferencedSOPInstanceUID for image in series.ContourImageSequence] == [
            header.SOPInstanceUID for header in pet.headers
        ]


class TestTheRegions:
    def test_there_is_one_for_each_lesion_under_its_id(self, pet):
        dataset = rtstruct(lesions_on(pet, 3 * labels_of(at((1, 2, 3)), at((2, 8, 8)))), pet)
        assert [region.ROINumber for region in dataset.StructureSetROISequence] == [3, 6]
        assert [outline.ReferencedROINumber for outline in dataset.ROIContourSequence] == [3, 6]
        assert [observation.ReferencedROINumber for observation in dataset.RTROIObservationsSequence] == [3, 6]

    def test_they_have_the_colours_of_the_lesions(self, pet):
        lesions = lesions_on(pet, labels_of(at((1, 2, 3))), colours={1: (1.0, 0.5, 0.0)})
        (outline,) = rtstruct(lesions, pet).ROIContourSequence
        assert list(outline.ROIDisplayColor) == [255, 128, 0]

    def test_they_have_the_names_of_the_lesions(self, pet):
        lesions = lesions_on(pet, labels_of(at((1, 2, 3)), at((2, 8, 8))), names={1: "liver", 2: "bone"})
        assert names_of(rtstruct(lesions, pet)) == ["liver", "bone"]

    def test_a_name_that_comes_again_gets_a_number(self, pet):
        lesions = lesions_on(
            pet,
            labels_of(*(at((1, 2, column)) for column in (1, 3, 5, 7))),
            names={1: "liver", 2: "liver (2)", 3: "liver", 4: "liver"},
        )
        assert names_of(rtstruct(lesions, pet)) == ["liver", "liver (2)", "liver (3)", "liver (4)"]

    def test_long_names_are_shortened_and_stay_different(self, pet):
        lesions = lesions_on(pet, labels_of(at((1, 2, 3)), at((2, 8, 8))), names={1: "a" * 70, 2: "a" * 71})
        assert names_of(rtstruct(lesions, pet)) == ["a" * 64, "a" * 60 + " (2)"]

    def test_what_cannot_stand_in_a_dicom_text_becomes_a_space(self, pet):
        lesions = lesions_on(pet, labels_of(at((1, 2, 3))), names={1: "left\\right\nlobe"})
        assert names_of(rtstruct(lesions, pet)) == ["left right lobe"]

    def test_a_lesion_without_a_name_is_called_by_its_id(self, pet):
        lesions = lesions_on(pet, labels_of(at((1, 2, 3))), names={1: " "})
        assert names_of(rtstruct(lesions, pet)) == ["Lesion 1"]

    @pytest.mark.parametrize(
        ("origin", "algorithm"),
        [(Origin.THRESHOLD, "SEMIAUTOMATIC"), (Origin.SEED, "SEMIAUTOMATIC"), (Origin.ENSEMBLE, "AUTOMATIC")],
    )
    def test_how_the_lesion_came_about_is_told(self, pet, origin, algorithm):
        (region,) = rtstruct(lesions_on(pet, labels_of(at((1, 2, 3))), origin=origin), pet).StructureSetROISequence
        assert region.ROIGenerationAlgorithm == algorithm
        assert region.ROIGenerationDescription == f"NENSegmentation {origin.value}"

    def test_they_are_gross_tumour_volumes_of_a_neoplasm(self, two_lesions, pet):
        observation = rtstruct(two_lesions, pet).RTROIObservationsSequence[0]
        code = observation.RTROIIdentificationCodeSequence[0]
        assert observation.RTROIInterpretedType == "GTV"
        assert (code.CodingSchemeDesignator, code.CodeValue) == ("SCT", "108369006")


def names_of(dataset):
    return [region.ROIName for region in dataset.StructureSetROISequence]


class TestTheContours:
    def test_a_voxel_is_outlined_at_its_edges_in_patient_millimetres(self, pet):
        ((contour,),) = contours_of(lesions_on(pet, labels_of(at((1, 2, 3)))), pet)
        # Centre of the voxel: x = -21.5 + 3 * 2, y = -30.25 + 2 * 2.5, z = -100 + 3.
        assert_array_equal(
            points_of(contour),
            [[-16.5, -26.5, -97.0], [-14.5, -26.5, -97.0], [-14.5, -24.0, -97.0], [-16.5, -24.0, -97.0]],
        )

    def test_each_names_the_image_that_it_lies_on(self, two_lesions, pet):
        for outline in contours_of(two_lesions, pet):
            for contour in outline:
                (image,) = contour.ContourImageSequence
                (header,) = (h for h in pet.headers if h.SOPInstanceUID == image.ReferencedSOPInstanceUID)
                assert set(points_of(contour)[:, 2]) == {float(header.ImagePositionPatient[2])}

    def test_each_lies_on_its_own_slice_where_distances_vary(self):
        pet = small_pet(SHAPE, distances=[0.0, 3.19, 6.48, 9.71, 12.98, 16.17])
        (outline,) = contours_of(lesions_on(pet, labels_of(at(*((k, 2, 3) for k in range(6))))), pet)
        heights = [points_of(contour)[0, 2] for contour in outline]
        assert heights == [-100.0, -96.81, -93.52, -90.29, -87.02, -83.83]

    def test_an_oblique_slice_keeps_its_orientation(self):
        # Rows along (0.8, 0.6, 0), columns along (0, 0, -1): the normal is (-0.6, 0.8, 0).
        pet = small_pet(SHAPE, origin=(10.0, 20.0, 30.0), orientation=(0.8, 0.6, 0.0, 0.0, 0.0, -1.0))
        ((contour,),) = contours_of(lesions_on(pet, labels_of(at((1, 2, 3)))), pet)
        centre = np.array([10, 20, 30]) + 3 * 2 * np.array([0.8, 0.6, 0]) + 2 * 2.5 * np.array([0, 0, -1])
        centre += 3 * np.array([-0.6, 0.8, 0])
        row, column = np.array([0.8, 0.6, 0]), np.array([0, 1.25, 0])[[0, 2, 1]]
        corners = [centre - row + column, centre + row + column, centre + row - column, centre - row - column]
        assert_allclose(points_of(contour), corners, atol=1e-6)

    def test_they_are_closed_and_planar_and_count_their_points(self, two_lesions, pet):
        contour = contours_of(two_lesions, pet)[0][0]
        assert contour.ContourGeometricType == "CLOSED_PLANAR"
        assert contour.NumberOfContourPoints == 4

    def test_every_number_fits_in_sixteen_characters(self, tmp_path):
        pet = small_pet(SHAPE, spacing=(3.27, 2.7343749, 2.7343749), origin=(-1349.316406, -1349.3, -1234.567891))
        write_rtstruct(tmp_path / "rtstruct.dcm", lesions_on(pet, labels_of(RADIUS < 6)), pet)
        contour = pydicom.dcmread(tmp_path / "rtstruct.dcm").ROIContourSequence[0].ContourSequence[0]
        assert max(len(value.original_string) for value in contour.ContourData) <= 16

    def test_a_contour_longer_than_64_kilobytes_survives_the_file(self, tmp_path):
        pet = small_pet((1, 65, 65))
        labels = np.ones((1, 65, 65), np.int32)
        labels[0, 1::2, 1::2] = 0
        (outline,) = contours_of(lesions_on(pet, labels), pet)
        assert len("\\".join(str(value) for value in outline[0].ContourData)) > 65534
        write_rtstruct(tmp_path / "rtstruct.dcm", lesions_on(pet, labels), pet)
        read = pydicom.dcmread(tmp_path / "rtstruct.dcm").ROIContourSequence[0].ContourSequence[0]
        assert_array_equal(points_of(read), points_of(outline[0]))


def contours_of(lesions, pet):
    return [list(outline.ContourSequence) for outline in rtstruct(lesions, pet).ROIContourSequence]


class TestWhatIsRefused:
    def test_no_lesion(self, pet):
        with pytest.raises(DicomError, match="There is no lesion"):
            rtstruct(lesions_on(pet, labels_of()), pet)

    def test_lesions_on_a_grid_of_another_size(self, two_lesions):
        with pytest.raises(DicomError, match="another grid than the PET series"):
            rtstruct(two_lesions, small_pet((6, 16, 21)))

    def test_lesions_on_a_grid_at_another_place(self, two_lesions):
        with pytest.raises(DicomError, match="another grid than the PET series"):
            rtstruct(two_lesions, small_pet(SHAPE, origin=(-21.5, -30.25, -97.0)))

    def test_lesions_on_a_grid_with_other_pixels(self, two_lesions):
        with pytest.raises(DicomError, match="another grid than the PET series"):
            rtstruct(two_lesions, small_pet(SHAPE, spacing=(3.0, 2.5, 2.02)))

    @pytest.mark.parametrize(
        "missing", ["FrameOfReferenceUID (0020,0052)", "SOPInstanceUID (0008,0018)", "StudyInstanceUID (0020,000D)"]
    )
    def test_a_slice_that_nothing_can_refer_to(self, two_lesions, pet, missing):
        del pet.headers[2][missing.split()[0]]
        with pytest.raises(DicomError) as raised:
            rtstruct(two_lesions, pet)
        assert str(raised.value).startswith(f"Slice 3 of 6 of the PET series: {missing} is missing")

    def test_a_file_that_exists(self, two_lesions, pet, tmp_path):
        (tmp_path / "rtstruct.dcm").write_text("mine")
        with pytest.raises(OutputError, match="exists already"):
            write_rtstruct(tmp_path / "rtstruct.dcm", two_lesions, pet)


def blobs():
    noise = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=SHAPE), (0.5, 1, 1))
    return ndimage.label(noise > 0.12)[0].astype(np.int32)


BORDERS = np.zeros(SHAPE, bool)
BORDERS[0, 0], BORDERS[5, -1], BORDERS[2, :, 0], BORDERS[3, :, -1] = True, True, True, True

ROUND_TRIPS = {
    "ring with a hole": labels_of(INNER_SLICES & (RADIUS < 7) & (RADIUS > 3)),
    "island in a hole": labels_of(INNER_SLICES & (((RADIUS < 7.5) & (RADIUS > 5)) | (RADIUS < 3))),
    "another lesion in a hole": labels_of((RADIUS < 7.5) & (RADIUS > 4), RADIUS < 2),
    "two holes": labels_of((RADIUS < 7) & ((np.abs(np.indices(SHAPE)[2] - 10) < 1) | (RADIUS > 4))),
    "single voxels": labels_of(at((0, 0, 0)), at((2, 5, 7)), at((5, 15, 19))),
    "diagonal neighbours": labels_of(at((1, 2, 2), (1, 3, 3), (1, 4, 2), (1, 5, 1), (2, 6, 2))),
    "borders of the image": labels_of(BORDERS),
    "all voxels": labels_of(np.ones(SHAPE, bool)),
    "random blobs": blobs(),
}


def plastimatch_masks(plastimatch, structures, pet_folder, output):
    """Let plastimatch fill the contours on the grid of the PET: name -> mask."""
    command = [plastimatch, "convert", "--input", structures, "--referenced-ct", pet_folder]
    command += ["--output-prefix", output, "--prefix-format", "nrrd"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return {path.stem: sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0 for path in output.glob("*.nrrd")}


def voxels_by_plastimatch(plastimatch, lesions, pet, pet_folder, tmp_path):
    """Write the lesions and let plastimatch turn the contours into labels again."""
    write_rtstruct(tmp_path / "rtstruct.dcm", lesions, pet)
    masks = plastimatch_masks(plastimatch, tmp_path / "rtstruct.dcm", pet_folder, tmp_path / "masks")
    back = np.zeros_like(lesions.labels)
    for lesion in lesions.lesions.values():
        back[masks[lesion.name]] = lesion.id
    return back


@pytest.mark.parametrize("case", ROUND_TRIPS)
def test_plastimatch_gets_the_same_voxels(case, pet, tool, tmp_path):
    lesions = lesions_on(pet, ROUND_TRIPS[case])
    folder = write_slices(pet, tmp_path / "PET")
    back = voxels_by_plastimatch(tool("plastimatch"), lesions, pet, folder, tmp_path)
    assert_array_equal(back, ROUND_TRIPS[case])


# plastimatch itself is exact on slices across the body only; any orientation is tested by its coordinates above.
@pytest.mark.parametrize(
    "orientation",
    [
        pytest.param((-1, 0, 0, 0, -1, 0), id="prone"),
        pytest.param((0.99619, 0.08716, 0, -0.08716, 0.99619, 0), id="rotated by 5 degrees"),
        pytest.param((1, 0, 0, 0, 0.9962, 0.0872), id="tilted by 5 degrees"),
    ],
)
def test_plastimatch_gets_the_same_voxels_of_a_turned_patient(orientation, tool, tmp_path):
    pet = small_pet(SHAPE, orientation=orientation)
    lesions = lesions_on(pet, blobs())
    folder = write_slices(pet, tmp_path / "PET")
    assert_array_equal(voxels_by_plastimatch(tool("plastimatch"), lesions, pet, folder, tmp_path), blobs())


@pytest.mark.parametrize("folder", ["acrin_nsclc_042_petct/PT_AC", "fdg_wb_GE_STS001"])
def test_plastimatch_gets_the_same_voxels_on_a_real_pet(folder, shared_data, tool, tmp_path):
    case = read_case(shared_data / folder)
    lesions = LesionMap.from_threshold(case.pet, 4.0)
    pet = tmp_path / "PET"
    pet.mkdir()
    for header in case.pet_series.headers:
        shutil.copy(header.filename, pet)
    back = voxels_by_plastimatch(tool("plastimatch"), lesions, case.pet_series, pet, tmp_path)
    assert_array_equal(back, lesions.labels)


@pytest.mark.parametrize("case", ["ring with a hole", "random blobs"])
def test_dciodvfy_finds_no_error(case, pet, tool, tmp_path):
    write_rtstruct(tmp_path / "rtstruct.dcm", lesions_on(pet, ROUND_TRIPS[case]), pet)
    checked = subprocess.run([tool("dciodvfy"), tmp_path / "rtstruct.dcm"], capture_output=True, text=True, check=False)
    assert "Error" not in checked.stderr
    assert "RTStructureSet" in checked.stderr
