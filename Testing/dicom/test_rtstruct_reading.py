"""RT structure sets of this program and of others, read as lesions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from dicom.small_pet import lesions_on, small_pet, write_slices
from dicom.test_rtstruct import ROUND_TRIPS, SHAPE, plastimatch_masks
from numpy.testing import assert_array_equal
from pydicom import Dataset

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.dicom.rtstruct import rtstruct, write_rtstruct
from NENSegmentationLib.dicom.rtstruct_reading import lesion_map_from_rtstruct
from NENSegmentationLib.dicom.segmentation import write_segmentation

# The slices of the small PET: 2 x 2.5 mm pixels, 3 mm apart.
FIRST_PLACE, STEP = -100.0, 3.0
MIDDLE = np.array([-21.5 + 2.0 * 10, -30.25 + 2.5 * 8])


@pytest.fixture
def pet():
    return small_pet(SHAPE)


@pytest.fixture
def pet_image(pet):
    return lesions_on(pet, np.zeros(SHAPE, np.int32)).pet


def circle(place: float, radius: float, *, points: int = 72, middle=MIDDLE) -> np.ndarray:
    """Return the points (LPS mm) of a smooth contour in an axial plane."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    x, y = middle[0] + radius * np.cos(angle), middle[1] + radius * np.sin(angle)
    return np.round(np.stack([x, y, np.full(points, place)], axis=-1), 2)


def place_of(k: float) -> float:
    return FIRST_PLACE + STEP * k


@pytest.fixture
def foreign(pet, tmp_path):
    """Write an RTSTRUCT of another maker: name -> contours (n, 3) in LPS mm."""

    def write(
        regions: dict[str, list[np.ndarray]], *, kind: str = "CLOSED_PLANAR", on_pet: bool = False, **changes: object
    ) -> Path:
        dataset = rtstruct(lesions_on(pet, np.full(SHAPE, 1, np.int32)), pet)
        dataset.Manufacturer = "Another"
        described, outlines = [], []
        for number, (name, contours) in enumerate(regions.items(), 1):
            roi, outline = Dataset(), Dataset()
            roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, "MANUAL"
            roi.ReferencedFrameOfReferenceUID = pet.frame_of_reference
            outline.ReferencedROINumber, outline.ContourSequence = number, []
            for contour in contours:
                item = Dataset()
                item.ContourGeometricType = kind
                item.NumberOfContourPoints = len(contour)
                item.ContourData = np.ravel(contour).tolist()
                if on_pet:
                    image = Dataset()
                    image.ReferencedSOPInstanceUID = pet.headers[0].SOPInstanceUID
                    item.ContourImageSequence = [image]
                outline.ContourSequence.append(item)
            described.append(roi)
            outlines.append(outline)
        dataset.StructureSetROISequence, dataset.ROIContourSequence = described, outlines
        for keyword, value in changes.items():
            setattr(dataset, keyword, value)
        dataset.save_as(tmp_path / "foreign.dcm", enforce_file_format=True)
        return tmp_path / "foreign.dcm"

    return write


def names_of(lesion_map) -> list[str]:
    return [lesion.name for lesion in lesion_map.lesions.values()]


@pytest.mark.parametrize("distances", [None, [0.0, 3.02, 5.99, 9.01, 12.0, 15.1]], ids=["even", "uneven"])
@pytest.mark.parametrize("case", ROUND_TRIPS)
def test_ours_comes_back_voxel_by_voxel(case, distances, tmp_path):
    pet = small_pet(SHAPE, distances=distances)
    lesions = lesions_on(pet, ROUND_TRIPS[case])
    write_rtstruct(tmp_path / "ours.dcm", lesions, pet)
    lesion_map, warnings = lesion_map_from_rtstruct(tmp_path / "ours.dcm", lesions.pet, pet)
    assert_array_equal(lesion_map.labels, lesions.labels)
    assert warnings == ()


@pytest.mark.parametrize(
    "orientation",
    [(-1, 0, 0, 0, -1, 0), (0.99619, 0.08716, 0, -0.08716, 0.99619, 0), (0, 1, 0, 0, 0, -1)],
    ids=["prone", "rotated", "sagittal"],
)
def test_ours_comes_back_in_any_orientation(orientation, tmp_path):
    pet = small_pet(SHAPE, orientation=orientation)
    lesions = lesions_on(pet, ROUND_TRIPS["random blobs"])
    write_rtstruct(tmp_path / "ours.dcm", lesions, pet)
    lesion_map, _ = lesion_map_from_rtstruct(tmp_path / "ours.dcm", lesions.pet, pet)
    assert_array_equal(lesion_map.labels, lesions.labels)


def test_ours_keeps_ids_names_colours_and_origin(pet, tmp_path):
    labels = np.zeros(SHAPE, np.int32)
    labels[1, 2:4, 2:4], labels[3, 8:10, 8:10] = 4, 9
    lesions = lesions_on(pet, labels, origin=Origin.THRESHOLD, names={4: "Leber"}, colours={9: (1.0, 0.0, 0.2)})
    write_rtstruct(tmp_path / "ours.dcm", lesions, pet)
    lesion_map, _ = lesion_map_from_rtstruct(tmp_path / "ours.dcm", lesions.pet, pet)
    assert names_of(lesion_map) == ["Leber", "Lesion 9"]
    assert lesion_map.lesions[9].colour == (1.0, 0.0, 0.2)
    assert lesion_map.lesions[4].origin is Origin.THRESHOLD


@pytest.mark.parametrize("folder", ["acrin_nsclc_042_petct/PT_AC", "fdg_wb_GE_STS001/image"])
def test_ours_comes_back_on_a_real_pet(folder, shared_data, tmp_path):
    case = read_case(shared_data / folder)
    lesions = LesionMap.from_threshold(case.pet, 3.0)
    write_rtstruct(tmp_path / "ours.dcm", lesions, case.pet_series)
    lesion_map, _ = lesion_map_from_rtstruct(tmp_path / "ours.dcm", case.pet, case.pet_series)
    assert_array_equal(lesion_map.labels, lesions.labels)


def test_the_published_tumour_of_a_real_patient_has_its_published_measures(shared_data):
    case = read_case(shared_data / "fdg_wb_GE_STS001" / "image")
    path = shared_data / "fdg_wb_GE_STS001" / "mask" / "1-1.dcm"
    lesion_map, warnings = lesion_map_from_rtstruct(path, case.pet, case.pet_series)
    mass = next(lesion for lesion in lesion_map.lesions.values() if lesion.name == "GTV_Mass")
    assert mass.volume_ml == pytest.approx(366, abs=0.5)
    assert mass.suv_max == pytest.approx(7.911, abs=5e-4)
    assert mass.suv_mean == pytest.approx(2.555, abs=5e-4)
    assert warnings == (
        "Regions overlap, GTV_Edema and GTV_Mass for one. Voxels that went to the smaller of two: 5095.",
    )


class TestOfAnotherMaker:
    def test_a_smooth_contour_is_what_plastimatch_makes_of_it_within_the_rim(
        self, foreign, pet, pet_image, tool, tmp_path
    ):
        radius = 11.3
        path = foreign({"tumour": [circle(place_of(k), radius) for k in (1, 2, 3)]})
        lesion_map, _ = lesion_map_from_rtstruct(path, pet_image, pet)
        masks = plastimatch_masks(tool("plastimatch"), path, write_slices(pet, tmp_path / "PET"), tmp_path / "masks")
        _, j, i = np.indices(SHAPE)
        distance = np.hypot(2.0 * (i - 10), 2.5 * (j - 8))
        away_from_the_rim = np.abs(distance - radius) > 0.05
        assert masks["tumour"].sum() > 150
        assert_array_equal((lesion_map.labels > 0)[away_from_the_rim], masks["tumour"][away_from_the_rim])

    def test_a_voxel_belongs_if_its_centre_is_inside(self, foreign, pet, pet_image):
        lesion_map, _ = lesion_map_from_rtstruct(foreign({"tumour": [circle(place_of(2), 11.3)]}), pet_image, pet)
        k, j, i = np.indices(SHAPE)
        assert_array_equal(lesion_map.labels > 0, (k == 2) & (np.hypot(2.0 * (i - 10), 2.5 * (j - 8)) < 11.3))

    def test_a_contour_within_another_is_a_hole(self, foreign, pet, pet_image):
        path = foreign({"ring": [circle(place_of(2), 11.3), circle(place_of(2), 5.3)]})
        lesion_map, _ = lesion_map_from_rtstruct(path, pet_image, pet)
        assert lesion_map.labels[2, 8, 10] == 0
        assert lesion_map.labels[2, 8, 14] == 1

    def test_separate_parts_are_separate_lesions(self, foreign, pet, pet_image):
        circles = [circle(place_of(0), 6.0), circle(place_of(2), 9.0), circle(place_of(5), 4.0)]
        lesion_map, _ = lesion_map_from_rtstruct(foreign({"mets": circles}, on_pet=True), pet_image, pet)
        assert names_of(lesion_map) == ["mets", "mets (2)", "mets (3)"]
        assert [lesion.box[0] for lesion in lesion_map.lesions.values()] == [slice(2, 3), slice(0, 1), slice(5, 6)]

    def test_planes_twice_as_far_apart_as_slices_leave_no_slice_between_them_empty(self, foreign, pet, pet_image):
        path = foreign({"tumour": [circle(place_of(k), 9.0) for k in (0, 2, 4)]})
        lesion_map, _ = lesion_map_from_rtstruct(path, pet_image, pet)
        assert (lesion_map.labels == 1).any(axis=(1, 2)).all()

    def test_lone_planes_far_apart_are_as_thick_as_a_slice(self, foreign, pet, pet_image):
        path = foreign({"mets": [circle(place_of(k), 9.0) for k in (0.3, 5.0)]})
        lesion_map, _ = lesion_map_from_rtstruct(path, pet_image, pet)
        assert_array_equal((lesion_map.labels > 0).any(axis=(1, 2)), [True, False, False, False, False, True])

    def test_planes_between_the_slices_give_way_to_the_nearest_and_it_is_said(self, foreign, pet, pet_image):
        planes = [circle(place_of(1.4) + 2.0 * n, 5.0 + n) for n in range(5)]
        lesion_map, warnings = lesion_map_from_rtstruct(foreign({"ct": planes}), pet_image, pet)
        assert_array_equal(np.flatnonzero((lesion_map.labels > 0).any(axis=(1, 2))), [2, 3, 4])
        assert warnings == ("Drawn between the slices of the PET, which took the nearest plane: ct.",)

    def test_a_gap_between_planes_stays_a_gap(self, foreign, pet, pet_image):
        path = foreign({"two": [circle(place_of(k), 6.0) for k in (0, 1, 4, 5)]})
        lesion_map, warnings = lesion_map_from_rtstruct(path, pet_image, pet)
        assert_array_equal((lesion_map.labels > 0).any(axis=(1, 2)), [True, True, False, False, True, True])
        assert warnings == ()

    def test_what_reaches_outside_is_cut_off_and_it_is_said(self, foreign, pet, pet_image):
        path = foreign({"body": [circle(place_of(2), 500.0, points=5000)]})
        lesion_map, warnings = lesion_map_from_rtstruct(path, pet_image, pet)
        assert lesion_map.labels[2].all()
        assert warnings == ("Cut off where they reach outside the PET: body.",)

    def test_regions_without_a_closed_contour_or_without_a_voxel_are_left_out_and_it_is_said(
        self, foreign, pet, pet_image
    ):
        far = [circle(place_of(k), 5.0, points=5000, middle=(900.0, 900.0)) for k in (2, 400)]
        path = foreign({"tumour": [circle(place_of(2), 9.0)], "couch": [], "far": far})
        lesion_map, warnings = lesion_map_from_rtstruct(path, pet_image, pet)
        assert names_of(lesion_map) == ["tumour"]
        assert warnings == (
            "Left out, because they have no closed contour: couch.",
            "Left out, because no voxel of the PET lies inside their contours: far.",
        )

    def test_a_million_points_are_read_in_seconds(self, foreign, pet, pet_image):
        path = foreign({"dense": [circle(place_of(2), 11.3, points=100_000)]})
        lesion_map, _ = lesion_map_from_rtstruct(path, pet_image, pet)
        assert lesion_map.lesions[1].voxels > 70


class TestWhatIsRefused:
    @pytest.fixture
    def ours(self, pet, tmp_path):
        write_rtstruct(tmp_path / "ours.dcm", lesions_on(pet, ROUND_TRIPS["random blobs"]), pet)
        return tmp_path / "ours.dcm"

    def test_a_file_that_is_not_there(self, pet, pet_image, tmp_path):
        with pytest.raises(DicomError, match="there is no such file"):
            lesion_map_from_rtstruct(tmp_path / "none.dcm", pet_image, pet)

    def test_a_file_that_is_no_dicom(self, pet, pet_image, tmp_path):
        (tmp_path / "text.txt").write_text("text" * 100)
        with pytest.raises(DicomError, match=r"text\.txt: this is no DICOM file"):
            lesion_map_from_rtstruct(tmp_path / "text.txt", pet_image, pet)

    @pytest.mark.parametrize("part", [0.01, 0.1, 0.3, 0.5, 0.7, 0.9])
    def test_a_truncated_file(self, ours, pet, pet_image, part):
        whole = ours.read_bytes()
        ours.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(DicomError, match=r"ours\.dcm: the DICOM file is truncated or damaged"):
            lesion_map_from_rtstruct(ours, pet_image, pet)

    def test_another_kind_of_object(self, pet, pet_image, tmp_path):
        write_segmentation(tmp_path / "seg.dcm", lesions_on(pet, ROUND_TRIPS["random blobs"]), pet)
        with pytest.raises(DicomError, match="this is no RT Structure Set, but SEG"):
            lesion_map_from_rtstruct(tmp_path / "seg.dcm", pet_image, pet)

    def test_another_frame_of_reference(self, ours, pet_image):
        with pytest.raises(DicomError, match=r"ours\.dcm: it lies in another frame of reference than the PET"):
            lesion_map_from_rtstruct(ours, pet_image, small_pet(SHAPE))

    def test_no_frame_of_reference(self, foreign, pet, pet_image):
        path = foreign({}, ReferencedFrameOfReferenceSequence=[], FrameOfReferenceUID="")
        with pytest.raises(DicomError, match="it names no frame of reference"):
            lesion_map_from_rtstruct(path, pet_image, pet)

    def test_a_pet_without_a_frame_of_reference(self, ours, pet, pet_image):
        del pet.headers[0].FrameOfReferenceUID
        with pytest.raises(DicomError, match=r"the PET has no FrameOfReferenceUID \(0020,0052\)"):
            lesion_map_from_rtstruct(ours, pet_image, pet)

    def test_an_image_of_another_series(self, ours, pet):
        other = lesions_on(small_pet((5, 16, 20)), np.zeros((5, 16, 20), np.int32)).pet
        with pytest.raises(DicomError, match="does not have the voxels of its series"):
            lesion_map_from_rtstruct(ours, other, pet)

    @pytest.mark.parametrize("regions", [{}, {"empty": []}, {"far": [circle(5000.0, 9.0)]}])
    def test_no_contour_on_the_pet(self, foreign, pet, pet_image, regions):
        with pytest.raises(DicomError, match="no region has a closed contour around a voxel of the PET"):
            lesion_map_from_rtstruct(foreign(regions), pet_image, pet)

    def test_points_alone(self, foreign, pet, pet_image):
        with pytest.raises(DicomError, match="no region has a closed contour"):
            lesion_map_from_rtstruct(foreign({"dots": [circle(place_of(2), 9.0)]}, kind="POINT"), pet_image, pet)

    def test_a_contour_across_the_slices(self, foreign, pet, pet_image):
        sagittal = circle(place_of(2), 9.0)[:, [2, 1, 0]]
        with pytest.raises(DicomError, match="region spine: a contour does not lie in a plane of the PET's slices"):
            lesion_map_from_rtstruct(foreign({"spine": [sagittal]}), pet_image, pet)

    @pytest.mark.parametrize("points", [[1.0, 2.0], [1e30, 0.0, 0.0], []])
    def test_points_that_are_none(self, foreign, pet, pet_image, points):
        with pytest.raises(DicomError, match=r"region odd: ContourData \(3006,0050\) of a contour holds no points"):
            lesion_map_from_rtstruct(foreign({"odd": [np.array(points)]}), pet_image, pet)

    def test_coordinates_that_are_no_numbers(self, foreign, pet, pet_image):
        path = foreign({"odd": [np.array([[11.125, 12.0, 13.0]])]})
        path.write_bytes(path.read_bytes().replace(b"11.125", b"11x125"))
        with pytest.raises(DicomError, match="region odd: ContourData"):
            lesion_map_from_rtstruct(path, pet_image, pet)

    def test_contours_of_a_region_that_is_not_described(self, foreign, pet, pet_image):
        outline = Dataset()
        outline.ReferencedROINumber, outline.ContourSequence = 12, []
        with pytest.raises(DicomError, match="there are contours of a region 12 that is not described"):
            lesion_map_from_rtstruct(foreign({"a": []}, ROIContourSequence=[outline]), pet_image, pet)


@pytest.mark.filterwarnings("error")
def test_random_damage_raises_nothing_but_the_one_error(pet, pet_image, tmp_path):
    write_rtstruct(tmp_path / "ours.dcm", lesions_on(pet, ROUND_TRIPS["random blobs"]), pet)
    whole = (tmp_path / "ours.dcm").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(whole)
        for place in random.integers(132, len(whole), 5):
            broken[place] = random.integers(256)
        (tmp_path / "broken.dcm").write_bytes(bytes(broken))
        with suppress(DicomError):
            lesion_map_from_rtstruct(tmp_path / "broken.dcm", pet_image, pet)
