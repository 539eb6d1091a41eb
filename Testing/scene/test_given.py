"""Lesions from elsewhere go to the journal and come back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.given import given_payload, lesions_from_given
from NENSegmentationLib.study.arrays import pack, unpack
from NENSegmentationLib.study.events import Event, Kind
from NENSegmentationLib.study.journal import Journal


def through_a_journal(path, lesion_map) -> Event:
    """Write lesions to a journal, close it, and read the event again."""
    payload, blob = given_payload(lesion_map)
    with_it = Journal.open(path, "case")
    with_it.record(Kind.SEGMENTED, blob=blob, **payload)
    with_it.close()
    again = Journal.open(path, "case")
    (event,) = (event for event in again.events() if event.kind is Kind.SEGMENTED)
    again.close()
    return event


@pytest.fixture
def event(three_lesions, tmp_path):
    return through_a_journal(tmp_path / "case.journal", three_lesions)


def test_the_labels_come_back(three_lesions, an_oblique_pet, event):
    assert_array_equal(lesions_from_given(an_oblique_pet, event).labels, three_lesions.labels)


def test_every_record_comes_back(three_lesions, an_oblique_pet, event):
    assert lesions_from_given(an_oblique_pet, event).lesions == three_lesions.lesions


def test_what_an_ensemble_said_comes_back(three_lesions, an_oblique_pet, tmp_path):
    lesions = [
        replace(lesion, origin=Origin.ENSEMBLE, probability=0.75, disagreement=0.125, accepted=True)
        for lesion in three_lesions.lesions.values()
    ]
    given = LesionMap(an_oblique_pet, three_lesions.labels, lesions)
    event = through_a_journal(tmp_path / "ensemble.journal", given)
    assert lesions_from_given(an_oblique_pet, event).lesions == given.lesions


def test_the_method_is_given(event):
    assert event.payload["method"] == "given"


def test_an_edit_afterwards_leads_to_the_same_ids(three_lesions, an_oblique_pet, event):
    again = lesions_from_given(an_oblique_pet, event)
    mask = np.zeros(again.labels.shape, bool)
    mask[1, 0, 0] = True
    assert again.add(mask).added == three_lesions.add(mask).added


def test_no_lesion_is_a_case_too(an_oblique_pet, tmp_path):
    none = LesionMap.from_labels(an_oblique_pet, np.zeros((2, 2, 4), np.int32), origin=Origin.SEED)
    event = through_a_journal(tmp_path / "none.journal", none)
    assert not lesions_from_given(an_oblique_pet, event).lesions


def test_only_the_box_of_the_lesions_is_kept():
    pet = sitk.GetImageFromArray(np.ones((20, 20, 20), np.float32))
    labels = np.zeros((20, 20, 20), np.int32)
    labels[3, 4, 5] = labels[4, 4, 6] = 1
    _, blob = given_payload(LesionMap.from_labels(pet, labels, origin=Origin.SEED))
    assert unpack(blob)[0] == (slice(3, 5), slice(4, 5), slice(5, 7))


class TestWhatIsRefused:
    def test_a_pet_that_is_too_small(self, event, an_oblique_pet):
        with pytest.raises(SceneError, match="the journal of this case cannot be followed"):
            lesions_from_given(an_oblique_pet[:2, :, :], event)

    def test_labels_without_a_record(self, event, an_oblique_pet):
        altered = replace(event, payload={"rule": {"lesions": event.payload["rule"]["lesions"][1:]}})
        with pytest.raises(SceneError, match="do not fit the PET"):
            lesions_from_given(an_oblique_pet, altered)

    def test_a_record_without_a_label(self, event, an_oblique_pet):
        (k, j, i), labels = unpack(event.blob)
        altered = replace(event, blob=pack((k, j, i), np.where(labels == 7, 0, labels).astype(np.int32)))
        with pytest.raises(SceneError, match="do not fit the PET"):
            lesions_from_given(an_oblique_pet, altered)

    def test_an_event_without_its_array(self, event, an_oblique_pet):
        with pytest.raises(SceneError, match="cannot be followed"):
            lesions_from_given(an_oblique_pet, replace(event, blob=None))
