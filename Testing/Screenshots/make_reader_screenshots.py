"""Make the picture of Docs/browser-reader.md: `make screenshots`. Needs Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

from pictures import ROOT, renew
from playwright.sync_api import expect, sync_playwright
from web.a_reader import Reader
from web.a_server import Server

PATIENT = ROOT / "demo" / "patient"
WIDTH, HEIGHT = 1280, 800
_LIVER_LESION = 5


def make(folder: Path, scratch: Path) -> None:
    """Read a case up to where its bladder is about to be deleted, and take a picture of the page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        message = "Chromium is not installed (Debian package chromium)."
        raise RuntimeError(message)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
        Server(scratch / "data", case=str(PATIENT), module="NENSegmentationLib.web.sessions_child") as server,
    ):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        reader = Reader(page, f"{server.base}/?token={server.token}")
        reader.wait_for_case()
        reader.segment()
        # Times differ from run to run.
        page.get_by_label("times").uncheck()
        reader.rows().nth(_LIVER_LESION).click()
        reader.point_at("MIP", reader.wait_for_highlight("MIP"))
        expect(page.locator(".hover")).not_to_be_empty()
        page.wait_for_timeout(500)
        reader.wait_for_pictures()
        page.screenshot(path=folder / "browser-reader.png")


if __name__ == "__main__":
    renew(make)
