from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.cli.main import main
from NENSegmentationLib.phantom.errors import PhantomError
from NENSegmentationLib.phantom.gallery import page
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.projection import grey, write_projections

ROW = {"patient": "patient-0001", "lesions": 1, "tracer": "cu64-dotatate", "sex": "F", "age": 61, "weight_kg": 60.5}
GRID = Grid.centred((4, 3, 180), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))


class Tags(HTMLParser):
    """The tags of a page, and which of them were never closed."""

    VOID = ("meta", "img", "input", "br")

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def a_folder(tmp_path):
    """A folder with the pictures of a patient who is hot at the top, on the right."""
    suv = np.zeros(GRID.shape, np.float32)
    suv[3, 1, :10] = 10.0
    suv[0, 0, 90] = 5.0
    (tmp_path / "truth").mkdir()
    write_projections(tmp_path / "truth", GRID, suv, (suv > 9).astype(np.uint8))
    return tmp_path


@pytest.fixture
def a_page(a_folder):
    return page([ROW | {"reference_ml": 1.25}, ROW | {"reference_ml": 0.0, "lesions": 0}], [a_folder, a_folder])


def test_the_head_is_up_and_the_right_is_on_the_left(a_folder):
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(a_folder / "truth" / "mip.png")))
    assert picture.shape == (4, 180)
    assert picture[0, :10].tolist() == [0] * 10
    assert picture[3, 90] == 128
    assert (picture[1:3] == 255).all()


def test_the_reference_lies_on_the_picture(a_folder):
    overlay = sitk.GetArrayFromImage(sitk.ReadImage(str(a_folder / "truth" / "mip-reference.png")))
    assert overlay.shape == (4, 180, 4)
    assert np.argwhere(overlay[..., 3]).tolist() == [[0, i] for i in range(10)]


@pytest.mark.parametrize(("shape", "step"), [((4, 100), 8.0), ((10, 60), 4.0)])
def test_every_picture_is_as_wide(shape, step):
    assert grey(np.ones(shape, np.float32), 3.0, step).shape == (shape[0], 180)


def test_the_page_needs_no_other_file(a_page):
    sources = [image["src"] for image in Tags(a_page).all("img")]
    assert len(sources) == 4
    for source in sources:
        kind, data = source.split(",", 1)
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data).startswith(b"\x89PNG")
    assert not re.search(r"https?://|<script|<link", a_page)


def test_the_page_is_well_formed(a_page):
    assert Tags(a_page).open == []


def test_every_picture_says_in_words_what_it_shows(a_page):
    assert [image["alt"] for image in Tags(a_page).all("img")] == [
        "Projection of patient-0001: cu64-dotatate, 1 lesion",
        "Reference segmentation, 1.2 mL",
        "Projection of patient-0001: cu64-dotatate, no lesions",
        "Reference segmentation, 0.0 mL",
    ]


def test_the_reference_is_switched_by_a_labelled_box(a_page):
    tags = Tags(a_page)
    assert tags.all("input") == [{"type": "checkbox", "id": "reference", "checked": None}]
    assert tags.all("label") == [{"for": "reference"}]


def test_the_table_leads_to_the_pictures(a_page):
    tags = Tags(a_page)
    assert {link["href"] for link in tags.all("a")} == {"#" + figure["id"] for figure in tags.all("figure")}


def test_the_page_says_that_it_is_for_research(a_page):
    assert "research use only, not a medical device" in a_page


def test_a_name_cannot_break_the_page(a_folder):
    text = page([ROW | {"patient": "<script>", "reference_ml": 0.0}], [a_folder])
    assert "<script" not in text


def test_a_missing_picture_is_told_of(tmp_path):
    with pytest.raises(PhantomError, match=r"mip\.png: the picture is missing\. Make the patient again\."):
        page([ROW | {"reference_ml": 0.0}], [tmp_path])


def test_the_page_can_be_made_of_patients_that_are_there(a_patient, tmp_path, capsys):
    assert main(["phantom", "--gallery", str(a_patient.parent), "--out", str(tmp_path / "page")]) == 0
    assert sorted(path.name for path in (tmp_path / "page").iterdir()) == ["cohort.csv", "index.html"]
    assert "1 digital patients" in capsys.readouterr().out


def test_a_folder_without_patients_makes_no_page(tmp_path, capsys):
    assert main(["phantom", "--gallery", str(tmp_path), "--out", str(tmp_path / "page")]) == 2
    assert "there is no digital patient in this folder" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()
