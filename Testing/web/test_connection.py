"""The connection of the page in a real browser: it breaks, another tab comes, processes die, files are dropped."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from web.a_server import Server, children_of

TOKEN = "a-token-of-thirty-characters--"
# Long enough for a machine that does much else.
expect.set_options(timeout=30_000)
WATCH_SOCKETS = """
window.sockets = [];
const Before = window.WebSocket;
window.WebSocket = class extends Before { constructor(...given) { super(...given); window.sockets.push(this); } };
"""


@pytest.fixture(scope="module")
def browser(tool):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    context = browser.new_context()
    context.add_init_script(WATCH_SOCKETS)
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server") / "data", case="/nowhere/Secret^Name", token=TOKEN) as server:
        yield server


@pytest.fixture
def page(context, server) -> Page:
    return opened(context, server)


@pytest.fixture(scope="module")
def faults() -> list[str]:
    """What the console of the page says that stays."""
    return []


@pytest.fixture(scope="module")
def lasting(browser, server, faults):
    """A page of tests that leave it as it is."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    yield opened(context, server, faults)
    context.close()


def opened(context, server, faults=None) -> Page:
    page = context.new_page()
    if faults is not None:
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{server.base}/?token={TOKEN}")
    expect(page.locator("#clicks")).to_be_visible()
    return page


def click(page: Page) -> int:
    """Click, and return how often that was done in all."""
    count = int(page.locator("#clicks").inner_text()) + 1
    page.locator("#clicks").click()
    expect(page.locator("#clicks")).to_have_text(str(count))
    return count


def test_the_page_opens_without_a_fault_and_names_neither_token_nor_case(lasting, server, faults):
    click(lasting)
    assert faults == []
    assert lasting.url == f"{server.base}/"
    assert lasting.title() == "NENSegmentation"


def test_scripts_of_others_are_not_run(lasting, faults):
    lasting.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.evil=1\">')")
    lasting.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'evil=2'}))")
    with pytest.raises(Exception, match="Failed to fetch"):
        lasting.evaluate("fetch('http://127.0.0.1:1/')")
    assert lasting.evaluate("window.evil") is None
    assert any("Content Security Policy" in fault for fault in faults)


def test_a_folder_that_is_chosen_is_uploaded_and_opened(lasting, tmp_path):
    folder = tmp_path / "patient" / "PET"
    folder.mkdir(parents=True)
    (folder / "1.dcm").write_bytes(b"good" + bytes(124) + b"DICM")
    with lasting.expect_file_chooser() as chooser:
        lasting.evaluate("window.nensegIntake.chooseFolder()")
    chooser.value.set_files(tmp_path / "patient")
    expect(lasting.locator("#shown")).to_have_text("uploaded")
    expect(lasting.locator("#nenseg-intake")).to_be_hidden()


def test_a_file_that_is_dropped_and_cannot_be_opened_is_said(lasting):
    lasting.evaluate("""() => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["%PDF"], "letter.pdf"));
        for (const type of ["dragover", "drop"])
            window.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, cancelable: true }));
    }""")
    dialog = lasting.get_by_role("dialog")
    expect(dialog).to_contain_text("The upload holds 1 files, such as letter.pdf, and none is DICOM, NRRD or NIfTI.")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_the_day_of_the_injection_is_asked_for_where_a_case_lacks_it(lasting, tmp_path):
    (tmp_path / "1.dcm").write_bytes(b"when" + bytes(124) + b"DICM")
    with lasting.expect_file_chooser() as chooser:
        lasting.evaluate("window.nensegIntake.chooseFiles()")
    chooser.value.set_files(tmp_path / "1.dcm")
    dialog = lasting.get_by_role("dialog")
    expect(dialog).to_contain_text("the day of the injection is not said. Name it.")
    dialog.get_by_label("Day of the injection").fill("2024-03-21")
    dialog.get_by_role("button", name="Open").click()
    expect(lasting.locator("#shown")).to_have_text("uploaded 2024-03-21")
    expect(dialog).to_be_hidden()


# From here on each test has a page of its own, which takes the case over.


def test_a_connection_that_breaks_comes_back_and_nothing_is_lost(page, server):
    clicks = click(page)
    pids = children_of(server.process.pid)
    with page.expect_navigation():
        page.evaluate("window.sockets[0].close()")
        expect(page.get_by_role("alert")).to_contain_text("What was done is saved; the page comes back by itself.")
    expect(page.locator("#clicks")).to_have_text(str(clicks))
    assert click(page) == clicks + 1
    assert children_of(server.process.pid) == pids


def test_the_first_tab_says_that_another_has_taken_over_and_can_take_it_back(page, context, server):
    clicks = click(page)
    second = opened(context, server)
    expect(page.get_by_text("The case is open in another tab or browser now")).to_be_visible()
    assert click(second) == clicks + 1
    page.get_by_role("link", name="Go on here").click()
    expect(page.locator("#clicks")).to_have_text(str(clicks + 1))
    expect(second.get_by_text("The case is open in another tab or browser now")).to_be_visible()


def test_a_process_that_dies_leaves_one_sentence_and_a_way_back(page, server):
    clicks = click(page)
    os.kill(children_of(server.process.pid)[0], signal.SIGKILL)
    expect(page.get_by_text("The process that showed this case ended by itself.")).to_be_visible()
    page.get_by_role("link", name="Open it again").click()
    expect(page.locator("#clicks")).to_have_text(str(clicks))


def test_a_server_that_was_killed_and_started_again_is_found_by_the_page(context, tmp_path):
    server = Server(tmp_path / "data", case="/nowhere/Secret^Name", token=TOKEN)
    page = opened(context, server)
    clicks = click(page)
    server.kill()
    expect(page.get_by_role("alert")).to_be_visible()
    with Server(tmp_path / "data", case=server.request["case"], token=TOKEN, port=server.port):
        expect(page.locator("#clicks")).to_have_text(str(clicks))
