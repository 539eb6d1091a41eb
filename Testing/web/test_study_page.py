"""A reader study in Chromium: rated, done, and on to the next case."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright
from scene.study_cases import PREPARED, THRESHOLD, a_study
from web.a_reader import Reader
from web.a_server import Server

PAGE = "NENSegmentationLib.web.sessions_child"


@pytest.fixture
def reader(tool, tmp_path):
    plan = a_study(tmp_path, arms=[THRESHOLD, PREPARED])
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"]) as browser,
        Server(tmp_path / "server" / "data", study=str(plan), module=PAGE, log=tmp_path / "log") as server,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        yield Reader(page, f"{server.base}/?token={server.token_of('R1')}")


def test_a_reader_rates_a_case_and_goes_on_to_the_next(reader):
    page = reader.page
    standing = page.get_by_text("R1:")
    expect(standing).to_contain_text("0 of 4")
    reader.press("Next case")
    expect(reader.rows().first).to_be_visible()
    reader.tab("Study")
    expect(page.locator("fieldset")).to_be_visible()
    reader.press("Done")
    expect(page.get_by_role("alert")).to_contain_text("not rated yet")
    page.get_by_label("4", exact=False).first.check()
    page.get_by_label("Comment").fill("two missed")
    reader.key("Tab")
    reader.press("Break")
    expect(page.get_by_text("and the time stands still")).to_be_visible()
    reader.press("Go on")
    reader.press("Done")
    expect(reader.rows().first).to_be_visible()
    reader.tab("Study")
    expect(standing).to_contain_text("1 of 4")
    assert reader.faults == []


def test_a_blinded_reader_sees_neither_method_nor_results(reader):
    reader.press("Next case")
    expect(reader.rows().first).to_be_visible()
    expect(reader.page.get_by_role("tab")).to_have_count(2)
    assert "Found by" not in (reader.rows().first.get_attribute("title") or "")
