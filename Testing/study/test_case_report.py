"""The report of one patient."""

from __future__ import annotations

import base64
import re

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.organs import OrganMap
from NENSegmentationLib.core.tables import summary
from NENSegmentationLib.study.case_report import case_report
from NENSegmentationLib.study.events import ACTIONS

PICTURE = b"\x89PNG a picture"
FOUND_BY = {"model": {"title": "A model (trained on digital patients only)", "sha256": "ab12", "folds": ["0", "1"]}}
ROW = {
    "case": "1f0c",
    "reader": "R1",
    "method": "ensemble",
    "start": "2026-11-21T09:30:12.5+00:00",
    "done": "",
    "active_s": 754.0,
    "idle_s": 10.2,
    "paused_s": 0.0,
    **{kind.value: 0 for kind in ACTIONS},
    "deleted": 3,
    "marked_physiological": 1,
}


@pytest.fixture
def lesion_map():
    """Two lesions of 1 and 2 mL, SUV 8 and 6, one with a name that HTML would take for a tag."""
    uptake, labels = np.ones((3, 3, 3), np.float32), np.zeros((3, 3, 3), int)
    uptake[0, 0, 0], uptake[2, 2, 1:] = 8, 6
    labels[0, 0, 0], labels[2, 2, 1:] = 1, 2
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((10.0, 10.0, 10.0))
    return LesionMap.from_labels(pet, labels, origin=Origin.ENSEMBLE, names={1: "<b>Rib</b>"})


@pytest.fixture
def report(lesion_map):
    said = summary(lesion_map, method="ensemble", ensemble=FOUND_BY, warnings=["The dose is doubtful."])
    return case_report(said, lesion_map, PICTURE, code="1f0c", log=[ROW])


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]))


@pytest.mark.parametrize(
    "said",
    [
        "Tumour burden of case 1f0c",
        "research use only, not a medical device",
        "Total tumour volume 3.0 mL",
        "Lowest lesion SUVmean 6.00 (Lesion 2)",
        "The dose is doubtful.",
        "Method Ensemble, A model (trained on digital patients only).",
        "folds 0, 1",
        "R1 2026-11-21 09:30 not done 12:34 00:10 00:00 deleted 3, marked physiological 1",
        "&lt;b&gt;Rib&lt;/b&gt; 1.00 8.00 8.00",
    ],
)
def test_it_says(report, said):
    assert said in text_of(report)


def test_the_largest_lesion_is_first(report):
    assert report.index("Lesion 2</th>") < report.index("Rib")


def test_it_needs_no_other_file(report):
    assert base64.b64encode(PICTURE).decode() in report
    assert re.findall(r'(?:src|href)="(?!data:)', report) == []


def test_lesions_that_may_be_normal_uptake_are_counted_beside_the_figures(lesion_map):
    organs = OrganMap(sitk.Cast(lesion_map.image == 2, sitk.sitkUInt8), {1: "spleen"})
    lesion_map.suggest(organs)
    said = text_of(case_report(summary(lesion_map, method="given"), lesion_map, PICTURE))
    assert "Note: 1 lesion of 2.0 mL together may be normal uptake of organs" in said
    assert "Lesion 2 (may be spleen)" in said


def test_lesions_that_nobody_has_read_are_said_to_be_that(lesion_map):
    page = case_report(summary(lesion_map, method="given"), lesion_map, PICTURE)
    assert "No reader has looked at these lesions" in text_of(page)
    assert "Tumour burden of one patient" in text_of(page)
