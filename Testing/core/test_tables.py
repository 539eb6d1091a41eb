from __future__ import annotations

import csv
import io
import json
from importlib import metadata

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.reference_region import Organ, ReferenceRegion
from NENSegmentationLib.core.tables import lesions_csv, summary, versions


@pytest.fixture
def lesion_map() -> LesionMap:
    pet = sitk.GetImageFromArray(np.array([[[9, 0, 0.1 + 8, 7.3]]], np.float32))
    pet.SetSpacing((10.0, 10.0, 10.0))
    return LesionMap.from_threshold(pet, 5.0)


def test_numbers_are_read_back_exactly(lesion_map):
    rows = list(csv.DictReader(io.StringIO(lesions_csv(lesion_map.lesions.values()))))
    assert [float(row["suv_mean"]) for row in rows] == [lesion.suv_mean for lesion in lesion_map.lesions.values()]
    assert (rows[0]["origin"], rows[0]["probability"], rows[0]["suggestion"]) == ("threshold", "", "")


def test_a_name_that_a_spreadsheet_would_compute_is_marked(lesion_map):
    lesion_map.amend(1, name='=HYPERLINK("http://x")')
    assert lesions_csv(lesion_map.lesions.values()).splitlines()[1].startswith("1,\"'=HYPERLINK(")


def test_the_summary_of_a_threshold_names_its_reference(lesion_map):
    region = ReferenceRegion(Organ.LIVER, np.zeros((1, 1, 4), bool), 4.0, 0.5, 200, ("Look at it.",))
    described = json.loads(json.dumps(summary(lesion_map, method="threshold", region=region, warnings=["No date."])))
    assert described["reference"] == {
        "organ": "liver",
        "mean": 4.0,
        "sd": 0.5,
        "n": 200,
        "cv": 0.125,
        "place": "placed",
    }
    assert described["threshold"] == 7.0
    assert described["warnings"] == ["No date.", "Look at it."]
    assert described["lowest_suv_mean"] == {"lesion": 1, "value": pytest.approx(7.7)}


def test_what_was_given_has_no_reference(lesion_map):
    described = summary(lesion_map, method="given")
    assert (described["reference"], described["threshold"]) == (None, None)


def test_a_library_that_is_not_installed_has_no_version(monkeypatch):
    real = metadata.version

    def version(name):
        if name == "highdicom":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    assert "highdicom" not in versions()
    assert versions()["numpy"] == np.__version__
