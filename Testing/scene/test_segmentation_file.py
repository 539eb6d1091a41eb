from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.segments import write_segments
from NENSegmentationLib.core.volume import same_grid
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.segmentation import segmentation_node
from NENSegmentationLib.scene.segmentation_file import read_seg_nrrd
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.volumes import Units, image_from_node, volume_node, voxel_view


@pytest.fixture
def a_node(scene, three_lesions):
    return segmentation_node(scene, three_lesions, "Lesions")


@pytest.fixture(params=["ours", "Slicer's"])
def a_file(request, scene, three_lesions, tmp_path):
    """The same lesions, written by this program and by Slicer's own storage node."""
    path = tmp_path / "lesions.seg.nrrd"
    if request.param == "ours":
        write_segments(path, three_lesions)
    else:
        storage = slicer.vtkMRMLSegmentationStorageNode()
        storage.SetFileName(str(path))
        assert storage.WriteData(segmentation_node(scene, three_lesions, "Lesions"))
    return path


@pytest.fixture
def three_hundred_lesions():
    """Every other voxel along i is a lesion of its own."""
    labels = np.zeros((5, 10, 12), int)
    labels[:, :, ::2] = np.arange(1, 301).reshape(5, 10, 6)
    pet = sitk.GetImageFromArray(labels.astype(np.float32) + 1)
    pet.SetSpacing((2.0, 2.0, 3.0))
    return LesionMap.from_labels(pet, labels, origin=Origin.THRESHOLD)


def with_colours_of_six_digits(lesions):
    """What a file can hold: Slicer writes colours with six digits."""
    return {
        id_: replace(lesion, colour=tuple(float(f"{part:.6g}") for part in lesion.colour))
        for id_, lesion in lesions.items()
    }


def test_a_written_file_gives_the_same_lesions(scene, a_file, three_lesions):
    back = lesion_map_from_node(read_seg_nrrd(scene, a_file), three_lesions.pet)
    assert_array_equal(back.labels, three_lesions.labels)
    assert dict(back.lesions) == with_colours_of_six_digits(three_lesions.lesions)


def test_the_shared_layer_and_the_source_survive(scene, a_file):
    segmentation = read_seg_nrrd(scene, a_file).GetSegmentation()
    assert segmentation.GetNumberOfLayers() == 1
    assert segmentation.GetSourceRepresentationName() == "Binary labelmap"
    assert segmentation.GetLayerDataObject(0).GetScalarTypeAsString() == "short"


def test_terminology_survives(scene, a_file, a_node):
    read = read_seg_nrrd(scene, a_file).GetSegmentation().GetSegment("Lesion_5")
    assert read.GetTerminology() == a_node.GetSegmentation().GetSegment("Lesion_5").GetTerminology()


def test_a_node_that_was_read_is_named_after_its_file_and_knows_it(scene, a_file):
    node = read_seg_nrrd(scene, a_file)
    assert node.GetName() == "lesions"
    assert Path(node.GetStorageNode().GetFileName()) == a_file
    assert node.GetDisplayNode() is not None


def test_simpleitk_reads_the_same_labels_on_the_same_grid(a_file, three_lesions):
    image = sitk.ReadImage(str(a_file))
    assert_array_equal(sitk.GetArrayFromImage(image), three_lesions.labels)
    assert same_grid(image, three_lesions.pet)


def test_simpleitk_reads_what_the_segments_are(a_file):
    image = sitk.ReadImage(str(a_file))
    assert image.GetMetaData("Segment0_Name") == "Liver: segment 4|5"
    assert image.GetMetaData("Segment1_Name") == "Knochen, Beckenschaufel übrig"
    assert image.GetMetaData("Segment1_LabelValue") == "5"
    assert image.GetMetaData("Segment1_Color") == "0 0.25 1"
    assert "NENSegmentation.SUVmax:3.0|" in image.GetMetaData("Segment0_Tags")


def test_labels_far_from_the_border_are_written_on_the_whole_grid(tmp_path):
    labels = np.zeros((9, 9, 9), int)
    labels[4, 4, 4] = 1
    pet = sitk.GetImageFromArray(labels.astype(np.float32))
    write_segments(tmp_path / "one.seg.nrrd", LesionMap.from_labels(pet, labels, origin=Origin.SEED))
    assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "one.seg.nrrd"))), labels)


def test_three_hundred_lesions_survive(scene, three_hundred_lesions, tmp_path):
    path = tmp_path / "many.seg.nrrd"
    write_segments(path, three_hundred_lesions)
    node = read_seg_nrrd(scene, path)
    assert node.GetSegmentation().GetNumberOfLayers() == 1
    assert node.GetSegmentation().GetNumberOfSegments() == 300
    back = lesion_map_from_node(node, three_hundred_lesions.pet)
    assert_array_equal(back.labels, three_hundred_lesions.labels)
    assert dict(back.lesions) == with_colours_of_six_digits(three_hundred_lesions.lesions)
    last = slicer.vtkOrientedImageData()
    assert node.GetBinaryLabelmapRepresentation("Lesion_300", last)
    assert_array_equal(voxel_view(last), back.labels == 300)


def test_no_lesions_can_be_written_and_read(scene, an_oblique_pet, tmp_path):
    empty = LesionMap.from_labels(an_oblique_pet, np.zeros((2, 2, 4), int), origin=Origin.THRESHOLD)
    write_segments(tmp_path / "none.seg.nrrd", empty)
    assert not lesion_map_from_node(read_seg_nrrd(scene, tmp_path / "none.seg.nrrd"), an_oblique_pet).lesions


@pytest.mark.usefixtures("a_node")
def test_a_whole_scene_survives_a_bundle(scene, three_lesions, tmp_path):
    volume_node(scene, three_lesions.pet, "PET", units=Units.SUV)
    assert scene.WriteToMRB(str(tmp_path / "case.mrb"))
    with zipfile.ZipFile(tmp_path / "case.mrb") as bundle:
        bundle.extractall(tmp_path)
    other = headless_scene()
    other.SetURL(str(next(tmp_path.glob("*/*.mrml"))))
    assert other.Connect()
    assert same_grid(image_from_node(other.GetFirstNodeByName("PET")), three_lesions.pet)
    back = lesion_map_from_node(other.GetFirstNodeByName("Lesions"), three_lesions.pet)
    assert dict(back.lesions) == with_colours_of_six_digits(three_lesions.lesions)
    assert other.GetFirstNodeByName("PET").GetVoxelValueUnits().GetCodeValue() == "{SUVbw}g/ml"
    close_scene(other)


def test_a_missing_file_is_refused(scene, tmp_path):
    with pytest.raises(SceneError, match=r"none\.seg\.nrrd: there is no such file"):
        read_seg_nrrd(scene, tmp_path / "none.seg.nrrd")


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
def test_a_file_that_is_cut_off_is_refused_and_leaves_the_scene_as_it_was(scene, a_file, kept):
    content = a_file.read_bytes()
    a_file.write_bytes(content[: int(len(content) * kept)])
    before = scene.GetNumberOfNodes()
    with pytest.raises(SceneError, match=r"lesions\.seg\.nrrd: this is not a complete segmentation file"):
        read_seg_nrrd(scene, a_file)
    assert scene.GetNumberOfNodes() == before


def test_a_file_of_something_else_is_refused(scene, tmp_path, capfd):
    (tmp_path / "text.seg.nrrd").write_text("no image\n")
    with pytest.raises(SceneError, match="this is not a complete segmentation file"):
        read_seg_nrrd(scene, tmp_path / "text.seg.nrrd")
    assert capfd.readouterr().err == ""
