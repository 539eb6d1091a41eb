"""What those need who see badly or use no mouse, by the rules of axe."""

from __future__ import annotations

import re

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


@pytest.fixture
def dialog(reader):
    """The dialog that a test opens; closed after it."""
    dialog = reader.page.get_by_role("dialog").filter(visible=True)
    expect(dialog).to_have_count(0)
    yield dialog
    dialog.get_by_role("button", name=re.compile("Close|Cancel|Leave")).click()
    expect(dialog).to_have_count(0)
    reader.page.unroute_all(behavior="ignoreErrors")


def drop_a_file(reader):
    reader.page.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["%PDF"], "letter.pdf"));
        for (const type of ["dragover", "drop"])
            window.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, cancelable: true }));
    }""")


def test_the_help_has_no_serious_fault(reader, dialog):
    reader.key("?")
    expect(dialog).to_be_visible()
    assert serious_faults(reader.page) == []


def test_the_question_before_corrections_are_replaced_has_no_serious_fault(reader, dialog):
    reader.tab("Review")
    reader.select(reader.names()[1])
    reader.key("d")
    reader.tab("Segment")
    reader.press("Segment by threshold")
    expect(dialog).to_contain_text("Replace them")
    assert serious_faults(reader.page) == []


def test_an_upload_on_its_way_has_no_serious_fault(reader, dialog):
    reader.page.route("**/upload", lambda _route: None)
    drop_a_file(reader)
    expect(dialog).to_contain_text("1 file")
    assert serious_faults(reader.page) == []


def test_an_upload_that_is_refused_has_no_serious_fault(reader, dialog):
    drop_a_file(reader)
    expect(dialog).to_contain_text("none is DICOM")
    assert serious_faults(reader.page) == []


def test_an_upload_that_lacks_a_day_has_no_serious_fault(reader, dialog):
    answer = {"message": "The day of the injection is not said.", "remedy": "injection_date"}
    reader.page.route("**/upload", lambda route: route.fulfill(status=422, json=answer))
    drop_a_file(reader)
    expect(dialog.get_by_label("Day of the injection")).to_be_visible()
    assert serious_faults(reader.page) == []
