from __future__ import annotations

from dataclasses import replace

import pytest
import slicer

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.segments import segment_id, tags_of
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.segment import facts_of


@pytest.fixture
def a_lesion(three_lesions):
    return three_lesions.lesions[2]


def tagged(tags):
    segment = slicer.vtkSegment()
    segment.SetName("Liver")
    for tag, value in tags.items():
        segment.SetTag(tag, value)
    return segment


def test_the_id_of_a_segment_is_that_of_its_lesion():
    assert segment_id(7) == "Lesion_7"


def test_tags_hold_every_measure(a_lesion):
    # Voxels (0, 0, 1), (0, 0, 2) and (0, 1, 1): SUV 1, 1.5 and 3 in 24 mm3 each.
    tags = tags_of(a_lesion)
    assert tags.pop("NENSegmentation.SUVpeak") == str(a_lesion.suv_peak)
    assert {tag: float(value) for tag, value in tags.items() if not tag.endswith("Origin")} == pytest.approx(
        {
            "NENSegmentation.Id": 2,
            "NENSegmentation.Voxels": 3,
            "NENSegmentation.VolumeMl": 0.072,
            "NENSegmentation.SUVmax": 3.0,
            "NENSegmentation.SUVmean": 5.5 / 3,
            "NENSegmentation.TotalUptake": 0.072 * 5.5 / 3,
        }
    )


def test_the_tag_of_the_origin_is_a_plain_word(a_lesion):
    assert tags_of(a_lesion)["NENSegmentation.Origin"] == "threshold"


def test_what_a_lesion_does_not_have_is_no_tag(a_lesion):
    assert not {"NENSegmentation.Probability", "NENSegmentation.Suggestion"} & tags_of(a_lesion).keys()


def test_tags_are_read_back(a_lesion):
    full = replace(a_lesion, probability=0.75, disagreement=0.125, suggestion="kidney left | upper:pole\nübrig")
    assert facts_of(tagged(tags_of(full))) == {
        "Id": 2,
        "Origin": Origin.THRESHOLD,
        "Voxels": 3,
        "Probability": 0.75,
        "Disagreement": 0.125,
        "Suggestion": "kidney left | upper:pole\nübrig",
    }


def test_no_tag_holds_a_sign_that_slicer_separates_tags_by(a_lesion):
    full = replace(a_lesion, suggestion="kidney left | upper pole\n")
    assert not any(set("|\n") & set(value) for value in tags_of(full).values())


def test_an_organ_name_stays_readable(a_lesion):
    assert tags_of(replace(a_lesion, suggestion="kidney_left"))["NENSegmentation.Suggestion"] == "kidney_left"


def test_a_segment_of_another_program_has_no_tags():
    assert facts_of(tagged({"TerminologyEntry": "a~b", "Segmentation.Status": "inprogress"})) == {}


@pytest.mark.parametrize(
    ("tag", "value"), [("Id", "seven"), ("Origin", "guess"), ("Probability", "high"), ("Voxels", "1.5")]
)
def test_a_tag_without_meaning_is_refused(tag, value):
    with pytest.raises(SceneError, match=f"segment Liver: its tag NENSegmentation.{tag} holds '{value}'"):
        facts_of(tagged({f"NENSegmentation.{tag}": value}))
