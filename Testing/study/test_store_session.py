"""A correction session that writes to the store of a study instead of the journal of a case."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.replay import case_key
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.store import Store


@pytest.fixture
def pet() -> sitk.Image:
    """Three lesions of SUV 9, 8 and 7 in 6 x 6 x 6 voxels of 4 mm."""
    values = np.ones((6, 6, 6), np.float32)
    values[1, 1, 1:3], values[3, 3, 3:5], values[5, 0, 0] = 9, 8, 7
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((4.0, 4.0, 4.0))
    return image


@pytest.fixture
def scene():
    scene = headless_scene()
    yield scene
    close_scene(scene)


def begun(scene, pet, store) -> CorrectionSession:
    journal = store.reading("R1", "C01", "prepared", case_key=case_key(pet))
    return CorrectionSession(scene, volume_node(scene, pet, "PET", units=Units.SUV), journal, pet=pet)


def test_a_reading_is_corrected_and_comes_back_as_it_was_left(scene, pet, place):
    labels = sitk.GetArrayFromImage(pet).astype(int)
    labels[labels < 7] = 0
    with Store.open(place.url, "this study") as store:
        session = begun(scene, pet, store)
        session.timer.shown(case="C01", reader="R1")
        session.take_over(LesionMap.from_labels(pet, labels, origin=Origin.GIVEN))
        session.delete(8)
        session.delete(9)
        session.undo()
        left = session.lesion_map.labels.copy()
        session.close()
    with Store.open(place.url, "this study") as store:
        session = begun(scene, pet, store)
        assert_array_equal(session.lesion_map.labels, left)
        session.timer.shown(case="C01", reader="R1")
        session.timer.done(lesions=len(session.lesion_map.lesions))
        session.close()
        (row,) = store.readings()
        assert store.verify() == []
    assert (row.deletes, row.undos, row.other_actions, row.lesions, row.done) == (2, 1, 0, 2, True)


def test_an_action_that_the_store_refuses_did_not_happen(scene, pet, place, monkeypatch):
    labels = (sitk.GetArrayFromImage(pet) > 6).astype(int)
    with Store.open(place.url, "this study") as store:
        session = begun(scene, pet, store)
        session.take_over(LesionMap.from_labels(pet, labels, origin=Origin.GIVEN))

        def full(*_):
            message = "study.db: the disk is full."
            raise JournalError(message)

        with monkeypatch.context() as patched:
            patched.setattr("NENSegmentationLib.study.store_database.StoreDatabase.add", full)
            with pytest.raises(JournalError, match="disk is full"):
                session.delete(1)
        assert list(session.lesion_map.lesions) == [1]
        session.close()
