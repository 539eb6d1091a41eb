"""What those need who see badly or use no mouse, by the rules of axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from web.a_reader import Reader
from web.a_server import Server

PAGE = "NENSegmentationLib.web.sessions_child"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def reader(tool, small_patient, tmp_path_factory):
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"]) as browser,
        Server(tmp_path_factory.mktemp("axe") / "data", case=str(small_patient), module=PAGE) as server,
    ):
        # The policy of the page would keep the checker out as well.
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
        reader = Reader(page, f"{server.base}/?token={server.token}")
        reader.wait_for_case()
        reader.segment()
        yield reader


def serious_faults(page):
    found = Axe().run(page).response["violations"]
    return [
        (fault["id"], node["html"][:120]) for fault in found if fault["impact"] in SERIOUS for node in fault["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("tab", ["Case", "Segment", "Review", "Results"])
def test_no_section_has_a_serious_fault(reader, tab, theme):
    is_dark = reader.page.locator(".v-theme--dark").count() > 0
    if is_dark != (theme == "dark"):
        reader.press("Light or dark")
    reader.tab(tab)
    assert serious_faults(reader.page) == []


def test_the_help_has_no_serious_fault(reader):
    reader.key("?")
    expect(reader.page.get_by_role("dialog")).to_be_visible()
    assert serious_faults(reader.page) == []
    reader.key("Escape")
