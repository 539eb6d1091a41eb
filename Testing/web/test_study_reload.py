"""A study in Chromium whose page is left in the middle of a reading, and what those need who use no mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect, sync_playwright
from scene.study_cases import PREPARED, THRESHOLD, a_study
from web.a_reader import Reader
from web.a_server import Server
from web.test_accessibility import serious_faults

PAGE = "NENSegmentationLib.web.sessions_child"


@pytest.fixture(scope="module")
def opened(tool, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    plan = a_study(folder, arms=[THRESHOLD, PREPARED])
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"]) as browser,
        Server(folder / "server" / "data", study=str(plan), module=PAGE, log=folder / "log") as server,
    ):
        # The policy of the page would keep the checker out as well.
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
        yield Reader(page, f"{server.base}/?token={server.token_of('R1')}")


@pytest.fixture(scope="module")
def before(opened):
    """The faults that axe finds on the page before the first case."""
    expect(opened.page.get_by_text("R1:")).to_contain_text("0 of 4")
    return serious_faults(opened.page)


@pytest.fixture(scope="module")
def reader(opened, before):  # noqa: ARG001 - the page before the first case is looked at first
    """The reader with a case that is rated, and one lesion of it kept."""
    opened.press("Next case")
    expect(opened.rows().first).to_be_visible()
    opened.rows().first.click()
    opened.key("k")
    expect(opened.rows().first).to_contain_text("\u2713")
    opened.tab("Study")
    opened.page.get_by_label("4", exact=False).first.check()
    opened.page.get_by_label("Comment").fill("one too many")
    opened.key("Tab")
    return opened


def test_the_page_before_the_first_case_has_no_serious_fault(before):
    assert before == []


@pytest.mark.parametrize("tab", ["Study", "Review"])
def test_the_page_while_a_case_is_read_has_no_serious_fault(reader, tab):
    reader.tab(tab)
    assert serious_faults(reader.page) == []


def test_a_reading_goes_on_where_it_was_when_the_page_is_reloaded(reader):
    reader.tab("Review")
    names = reader.names()
    reader.page.reload()
    reader.tab("Review")
    expect(reader.rows().first).to_contain_text("\u2713")
    assert reader.names() == names
    reader.tab("Study")
    expect(reader.page.get_by_label("4", exact=False).first).to_be_checked()
    expect(reader.page.get_by_label("Comment")).to_have_value("one too many")
    reader.press("Done")
    expect(reader.rows().first).to_be_visible()
    reader.tab("Study")
    expect(reader.page.get_by_text("R1:")).to_contain_text("1 of 4")
    assert reader.faults == []
