"""A PET node of Slicer's DICOM module becomes SUV by way of its files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import slicer
from dicom.conftest import a_ct_header, a_pet_header, written
from numpy.testing import assert_allclose, assert_array_equal
from pydicom import dcmread
from scene.loading import loaded_by_slicer

from NENSegmentationLib.core.volume import same_grid, voxels
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.errors import DicomError
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.scene.dicom_nodes import (
    VoxelUnits,
    conversion_of,
    has_dicom_files,
    series_of,
    suv_image_of,
    suv_node_beside,
    units_of,
    volumes_of_the_same_files,
)
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.volumes import Units, image_from_node, volume_node


class Database(dict):
    """SOPInstanceUID -> file, asked as Slicer's database is: an empty text for what it does not know."""

    def file_for_instance(self, uid: str) -> str:
        return self.get(uid, "")


def imported(folder: Path) -> Database:
    return Database({dcmread(path, stop_before_pixels=True).SOPInstanceUID: str(path) for path in folder.iterdir()})


def with_units(node, code: str, meaning: str = ""):
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(code, "UCUM", meaning)
    node.SetVoxelValueUnits(entry)
    return node


def write_pet(folder: Path, slices: int = 5, **changes: object) -> Path:
    for k in range(slices):
        written(a_pet_header(k, **changes), folder / f"pet{k}.dcm")
    return folder


def write_ct(folder: Path, slices: int = 9) -> Path:
    for k in range(slices):
        written(a_ct_header(k), folder / f"ct{k}.dcm")
    return folder


@pytest.fixture(scope="module")
def patient(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("digital") / "patient"
    write_patient(folder, Request(lesions=2, voxel=(10.0, 10.0, 10.0)))
    return folder


@pytest.fixture(scope="module")
def database(patient) -> Database:
    return imported(patient / "PET")


@pytest.fixture
def node(scene, patient):
    return loaded_by_slicer(scene, patient / "PET")


@pytest.fixture
def small_series(tmp_path) -> Path:
    return write_pet(tmp_path / "PET")


def test_the_suv_image_is_that_of_the_folder(node, database, patient):
    expected = read_case(patient)
    image, conversion, series = suv_image_of(node, database.file_for_instance)
    assert_array_equal(voxels(image), voxels(expected.pet))
    assert same_grid(image, expected.pet)
    assert conversion.factor == expected.conversion.factor
    assert series.uid == expected.pet_series.uid


def test_its_voxels_are_those_of_the_node_times_the_factor(node, database):
    image, conversion, _ = suv_image_of(node, database.file_for_instance)
    assert_allclose(voxels(image), voxels(image_from_node(node)) * conversion.factor, rtol=1e-5)


def test_the_slices_are_those_that_rtstruct_refers_to(node, database, patient):
    headers = read_case(patient).pet_series.headers
    assert [h.SOPInstanceUID for h in series_of(node, database.file_for_instance).headers] == [
        h.SOPInstanceUID for h in headers
    ]


def test_what_was_done_to_the_voxels_of_the_node_is_left_behind(node, database, patient):
    node.GetImageData().GetPointData().GetScalars().Fill(0)
    image, _, _ = suv_image_of(node, database.file_for_instance)
    assert_array_equal(voxels(image), voxels(read_case(patient).pet))


@pytest.mark.parametrize("folder", ["fdg_wb_GE_STS001/image", "acrin_nsclc_042_petct/PT_AC"])
def test_a_real_pet_becomes_suv(folder, scene, shared_data):
    node = loaded_by_slicer(scene, shared_data / folder)
    image, conversion, _ = suv_image_of(node, imported(shared_data / folder).file_for_instance)
    expected = read_case(shared_data / folder)
    assert_array_equal(voxels(image), voxels(expected.pet))
    assert conversion.warnings == expected.warnings


def test_the_suv_node_stands_beside_the_node_and_says_its_units(node, database):
    image, conversion, _ = suv_image_of(node, database.file_for_instance)
    beside = suv_node_beside(node, image, conversion)
    assert beside.GetName() == "4: PET AC SUV"
    assert beside.GetScene() is node.GetScene()
    assert units_of(beside) is VoxelUnits.SUV


def test_the_suv_node_is_put_into_the_folder_of_the_node(scene, node, database):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    hierarchy.CreateItem(study, node)
    image, conversion, _ = suv_image_of(node, database.file_for_instance)
    # Slicer itself makes an item for every node that is added; without the application a test has to.
    observer = scene.AddObserver(
        scene.NodeAddedEvent,
        lambda *_: hierarchy.CreateItem(
            hierarchy.GetSceneItemID(), scene.GetNthNodeByClass(1, "vtkMRMLScalarVolumeNode")
        ),
    )
    beside = suv_node_beside(node, image, conversion)
    scene.RemoveObserver(observer)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(beside)) == study


def test_the_suv_node_still_knows_its_files(node, database):
    image, conversion, series = suv_image_of(node, database.file_for_instance)
    assert series_of(suv_node_beside(node, image, conversion), database.file_for_instance).uid == series.uid


def test_the_suv_node_keeps_how_it_was_converted(node, database):
    image, conversion, _ = suv_image_of(node, database.file_for_instance)
    beside = suv_node_beside(node, image, conversion)
    assert conversion_of(node) is None
    assert conversion_of(beside) == {**conversion.to_dict(), "given_injection_date": None}


def test_a_given_day_of_injection_changes_the_suv_and_is_kept(scene, tmp_path):
    folder = write_pet(tmp_path / "PET", RadionuclideHalfLife=45723.6)
    node, find = loaded_by_slicer(scene, folder), imported(folder).file_for_instance
    _, assumed, _ = suv_image_of(node, find)
    image, conversion, _ = suv_image_of(node, find, date(2024, 3, 4))
    beside = suv_node_beside(node, image, conversion, date(2024, 3, 4))
    assert conversion.dt_s == assumed.dt_s + 24 * 3600
    assert conversion_of(beside)["given_injection_date"] == "2024-03-04"


def test_volumes_of_the_same_files_are_found(scene, node, database):
    volume_node(scene, image_from_node(node), "of no file", units=Units.SUV)
    image, conversion, _ = suv_image_of(node, database.file_for_instance)
    beside = suv_node_beside(node, image, conversion)
    again = suv_node_beside(beside, image, conversion, date(2024, 3, 4))
    assert again.GetName() == beside.GetName()
    assert volumes_of_the_same_files(node) == volumes_of_the_same_files(again) == [node, beside, again]


def test_warnings_about_the_slices_reach_the_reader(scene, tmp_path):
    folder = write_pet(tmp_path / "PET", NumberOfSlices=9)
    node = loaded_by_slicer(scene, folder)
    _, conversion, _ = suv_image_of(node, imported(folder).file_for_instance)
    assert any("NumberOfSlices (0054,0081) is 9" in warning for warning in conversion.warnings)


class TestUnits:
    def test_a_pet_of_the_dicom_module_has_none(self, node):
        assert units_of(node) is VoxelUnits.UNKNOWN

    @pytest.mark.parametrize("code", ["{SUVbw}g/ml", "g/ml{SUVbw}"])
    def test_suv_is_recognised(self, node, code):
        assert units_of(with_units(node, code)) is VoxelUnits.SUV

    @pytest.mark.parametrize("code", ["Bq/ml", "Bq/mL"])
    def test_activity_is_recognised(self, node, code):
        assert units_of(with_units(node, code)) is VoxelUnits.ACTIVITY

    def test_hounsfield_units_are_no_pet(self, node):
        with pytest.raises(SceneError, match="its voxels are in Hounsfield unit, not in SUVbw or Bq/mL"):
            units_of(with_units(node, "[hnsf'U]", "Hounsfield unit"))

    def test_suv_by_lean_body_mass_is_not_taken_for_suv_by_weight(self, node):
        with pytest.raises(SceneError, match=r"\{SUVlbm\}g/ml, not in SUVbw"):
            units_of(with_units(node, "{SUVlbm}g/ml"))


class TestWhatIsRefused:
    def test_a_node_that_came_from_no_dicom(self, node, database):
        node.RemoveAttribute("DICOM.instanceUIDs")
        assert not has_dicom_files(node, database.file_for_instance)
        with pytest.raises(SceneError, match="does not say from which DICOM files it came"):
            suv_image_of(node, database.file_for_instance)

    def test_a_database_that_lacks_a_file(self, node, database):
        assert has_dicom_files(node, database.file_for_instance)
        some = Database(list(database.items())[1:])
        with pytest.raises(
            SceneError, match=f"1 of its {len(database)} DICOM files are not in Slicer's DICOM database"
        ):
            suv_image_of(node, some.file_for_instance)

    def test_a_file_that_was_moved_away(self, scene, small_series):
        node, database = loaded_by_slicer(scene, small_series), imported(small_series)
        (small_series / "pet3.dcm").unlink()
        with pytest.raises(DicomError, match=r"its DICOM file pet3\.dcm is not there any more"):
            suv_image_of(node, database.file_for_instance)

    def test_a_file_that_is_truncated(self, scene, small_series):
        node, database = loaded_by_slicer(scene, small_series), imported(small_series)
        path = small_series / "pet3.dcm"
        path.write_bytes(path.read_bytes()[:600])
        with pytest.raises(DicomError, match=r"pet3\.dcm: the DICOM file is truncated or damaged"):
            suv_image_of(node, database.file_for_instance)

    def test_a_ct(self, scene, tmp_path):
        folder = write_ct(tmp_path / "CT")
        with pytest.raises(DicomError, match=r"ct\d.dcm is no slice of PET"):
            suv_image_of(loaded_by_slicer(scene, folder), imported(folder).file_for_instance)

    def test_slices_of_two_series(self, scene, tmp_path):
        one, other = write_pet(tmp_path / "one"), write_pet(tmp_path / "other", SeriesInstanceUID="1.2.3")
        node = loaded_by_slicer(scene, one)
        uids = [*imported(one), *imported(other)]
        node.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
        both = Database({**imported(one), **imported(other)})
        with pytest.raises(DicomError, match="its DICOM files are of 2 series"):
            suv_image_of(node, both.file_for_instance)

    def test_enhanced_pet(self, scene, small_series, tmp_path):
        node = loaded_by_slicer(scene, small_series)
        enhanced = write_pet(tmp_path / "enhanced", SOPClassUID="1.2.840.10008.5.1.4.1.1.130")
        with pytest.raises(DicomError, match="enhanced multi-frame PET is not read"):
            suv_image_of(node, imported(enhanced).file_for_instance)

    def test_a_volume_that_was_moved_by_a_tenth_of_a_millimetre(self, node, database):
        r, a, s = node.GetOrigin()
        node.SetOrigin(r + 0.1, a, s)
        with pytest.raises(SceneError, match="does not lie where its DICOM files lie"):
            suv_image_of(node, database.file_for_instance)

    def test_a_volume_that_was_cropped(self, scene, node, database):
        cropped = volume_node(scene, image_from_node(node)[1:, :, :], "cropped", units=Units.SUV)
        cropped.SetAttribute("DICOM.instanceUIDs", node.GetAttribute("DICOM.instanceUIDs"))
        with pytest.raises(SceneError, match="cropped, resampled or moved"):
            suv_image_of(cropped, database.file_for_instance)

    def test_a_volume_under_a_transform(self, scene, node, database):
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "registration")
        node.SetAndObserveTransformNodeID(transform.GetID())
        with pytest.raises(SceneError, match="under the transform registration"):
            suv_image_of(node, database.file_for_instance)

    def test_a_pet_without_a_dose(self, scene, tmp_path):
        folder = write_pet(tmp_path / "PET", RadionuclideTotalDose=None)
        with pytest.raises(DicomError, match="RadionuclideTotalDose"):
            suv_image_of(loaded_by_slicer(scene, folder), imported(folder).file_for_instance)
