"""What a newcomer meets in Chromium: a patient is there, a folder of theirs is dropped, and an ensemble looks at it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from ensemble.tiny_model import write_tiny_model
from playwright.sync_api import expect, sync_playwright
from web.a_reader import Reader
from web.a_server import Server

from NENSegmentationLib.ensemble.card import write_card

PAGE = "NENSegmentationLib.web.sessions_child"
# Seconds where nothing else runs.
_RUN_MS = 240_000
SPACING = (14.0, 14.0, 14.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory, small_patient):
    """The folder of a server that has made its digital patient before, and has a model whose networks are untrained."""
    data = tmp_path_factory.mktemp("newcomer") / "data"
    data.mkdir(mode=0o700)
    (data / "digital-patient").symlink_to(small_patient)
    model = write_tiny_model(data / "models" / "tiny", spacing=SPACING, patch=(32, 32, 32))
    write_card(model, {"title": "A tiny model", "channels": ["PET", "CT"], "folds": ["0", "1"]})
    return data


@pytest.fixture(scope="module")
def reader(tool, data):
    """The page of a server for which nothing was named."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"]) as browser,
        Server(data, module=PAGE) as server,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        yield Reader(page, f"{server.base}/?token={server.token}")


@pytest.fixture(scope="module")
def first(reader):
    """The code of the case that is there without having been asked for."""
    reader.wait_for_case()
    return reader.page.locator(".code").inner_text()


@pytest.fixture(scope="module")
def dropped(reader, first, tiny_patient):
    """The code of the case that was dropped on the page, as a folder with two folders of many files."""
    assert len(list(tiny_patient.rglob("*.dcm"))) > 100
    drop(reader, tiny_patient)
    expect(reader.page.locator(".code")).not_to_have_text(first)
    return reader.page.locator(".code").inner_text()


def drop(reader, folder):
    """Drag a folder of this machine over the page, and let it go."""
    browser = reader.page.context.new_cdp_session(reader.page)
    data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "dragOver", "drop"):
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 640, "y": 400, "data": data})
        # The browser takes a drop only after the page has said that it would.
        reader.page.wait_for_timeout(300)


def test_the_digital_patient_is_shown_where_nothing_was_named(reader, first):
    assert re.fullmatch(r"case [0-9a-f]{8}", first)
    reader.tab("Case")
    expect(reader.page.get_by_text("made of its DICOM files")).to_be_visible()
    reader.wait_for_change("Red", np.zeros_like(reader.picture("Red")))


def test_a_folder_that_is_dropped_takes_the_place_of_the_case(reader, first, dropped):
    assert dropped != first
    expect(reader.page.locator("#nenseg-intake")).to_be_hidden()
    reader.tab("Case")
    expect(reader.page.get_by_text("With its CT.")).to_be_visible()


def test_the_keys_work_after_an_upload(reader, dropped):  # noqa: ARG001 - the upload has been
    expect(reader.page.locator("#nenseg-intake")).to_be_hidden()
    state = reader.page.locator(".time .state")
    expect(state).to_have_text("Running")
    for said in ("Paused", "Running"):
        reader.key(" ")
        expect(state).to_have_text(said)


@pytest.fixture
def segment(reader, dropped):  # noqa: ARG001 - its few voxels are quick to look at
    """The section in which the tiny model is chosen."""
    reader.tab("Segment")
    reader.page.get_by_role("combobox", name=re.compile("^Model")).select_option(label="A tiny model")
    return reader.page


def test_an_ensemble_says_how_far_it_is_and_can_be_cancelled(reader, segment):
    reader.press("Run ensemble")
    expect(segment.get_by_text(re.compile(r"\d+ of \d+ windows"))).to_be_visible(timeout=_RUN_MS)
    reader.press("Cancel")
    expect(segment.get_by_text("Cancelled: the lesions are as they were.")).to_be_visible()
    reader.tab("Review")
    expect(segment.get_by_text("There are no lesions yet.")).to_be_visible()


def test_what_an_ensemble_finds_becomes_lesions_with_their_probability(reader, segment):
    reader.press("Run ensemble")
    expect(segment.get_by_text("Lesions found")).to_be_visible(timeout=_RUN_MS)
    reader.tab("Review")
    expect(segment.get_by_role("columnheader", name="prob.")).to_be_visible()
    headers = segment.locator("thead th").all_inner_texts()
    column = 1 + next(at for at, header in enumerate(headers) if "prob." in header)
    figures = [float(text) for text in reader.rows().locator(f"td:nth-child({column})").all_inner_texts()]
    assert figures
    assert all(0.5 <= figure <= 1 for figure in figures)


def test_no_error_was_in_the_console(reader):
    assert reader.faults == []
