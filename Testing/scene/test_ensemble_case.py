"""A corrected case as a training case."""

from __future__ import annotations

import re

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.volume import voxels
from NENSegmentationLib.ensemble.case_folders import case_folders
from NENSegmentationLib.ensemble.training_set import TrainingSet
from NENSegmentationLib.scene.ensemble_case import training_case
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node


@pytest.fixture
def session(scene, tmp_path):
    """A patient called Smith, with a CT on another grid, and two lesions."""
    values = np.ones((10, 12, 14), np.float32)
    values[2:5, 2:5, 2:5] = values[6:9, 6:9, 6:9] = 20
    pet = sitk.GetImageFromArray(values)
    pet.SetSpacing((4.0, 4.0, 4.0))
    ct = sitk.GetImageFromArray(np.full((20, 24, 28), 40, np.int16))
    ct.SetSpacing((2.0, 2.0, 2.0))
    nodes = [
        volume_node(scene, image, f"Smith {name}", units=units)
        for image, name, units in ((pet, "PET", Units.SUV), (ct, "CT", Units.HU))
    ]
    nodes[0].SetAttribute("PatientName", "Smith")
    session = CorrectionSession.open(scene, nodes[0], tmp_path / "Smith.journal", nodes[1])
    yield session
    session.close()


@pytest.fixture
def segmented(session):
    session.take_over(LesionMap.from_mask(session.pet, voxels(session.pet) > 10, origin=Origin.GIVEN))
    return session


def test_it_has_the_form_that_training_reads(segmented, tmp_path):
    segmented.delete(1)
    place = training_case(segmented, tmp_path / "cases").write()
    (case,) = (folder.read() for folder in case_folders(tmp_path / "cases"))
    assert case.name == place.name
    assert_array_equal(voxels(case.pet), voxels(segmented.pet))
    assert case.ct.GetSize() == (28, 24, 20)
    assert_array_equal(voxels(case.lesions), segmented.lesion_map.labels)
    TrainingSet(tmp_path / "set").add(case)
    assert TrainingSet(tmp_path / "set").names == [place.name]


def test_nothing_in_it_says_who_the_patient_is(segmented, tmp_path):
    place = training_case(segmented, tmp_path / "cases").write()
    assert re.fullmatch(r"case-[0-9a-f]{12}", place.name)
    assert sorted(path.name for path in place.iterdir()) == ["ct.nrrd", "lesions.nii.gz", "pet.nrrd"]
    assert all(b"Smith" not in path.read_bytes() for path in place.iterdir())


def test_the_same_case_is_refused_twice(segmented, tmp_path):
    training_case(segmented, tmp_path / "cases").write()
    with pytest.raises(SceneError, match="this case is among the training cases already"):
        training_case(segmented, tmp_path / "cases").write()


def test_before_there_are_lesions_there_is_nothing_to_add(session, tmp_path):
    with pytest.raises(SceneError, match="there are no lesions yet, so there is nothing to train on"):
        training_case(session, tmp_path / "cases").write()
    assert not (tmp_path / "cases").exists()


def test_without_a_lesion_it_has_to_be_said_that_it_is_a_negative_control(segmented, tmp_path):
    segmented.delete(1, 2)
    with pytest.raises(SceneError, match="there is no lesion in this case"):
        training_case(segmented, tmp_path / "cases").write()
    place = training_case(segmented, tmp_path / "cases", is_negative=True).write()
    assert (place / "negative").exists()
    assert case_folders(tmp_path / "cases")[0].read().is_negative
