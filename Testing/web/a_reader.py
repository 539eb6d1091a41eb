"""A reader in Chromium: presses buttons and keys of the page, and points at its views."""

from __future__ import annotations

import base64
import io
import time
from contextlib import suppress

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

# Twice what a machine that does much else besides has needed.
_WAIT_MS = 60_000
# What the highlight adds to any grey: as much red as blue, and no green.
_ALIKE, _MAGENTA = 12, 110
_CROSS_HAIR = np.array([255, 204, 26])


class Reader:
    """The page of the browser reader, and the console of its browser."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.faults: list[str] = []
        page.set_default_timeout(_WAIT_MS)
        expect.set_options(timeout=_WAIT_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.goto(address)

    def wait_for_case(self) -> None:
        expect(self.page.locator(".code")).to_be_visible(timeout=2 * _WAIT_MS)
        self.wait_for_pictures()

    def wait_for_pictures(self) -> None:
        """Wait until every view in sight stands still."""
        for view in self.page.locator("canvas[data-view]").all():
            if view.is_visible():
                expect(view).to_have_attribute("data-still", "true")

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def key(self, key: str) -> None:
        self.page.keyboard.press(key)

    def segment(self) -> None:
        """Segment anew, whatever was done before."""
        self.tab("Segment")
        self.press("Segment by threshold")
        replace = self.page.get_by_role("button", name="Replace them")
        rows = self.rows()
        with suppress(AssertionError):
            expect(rows.first.or_(replace)).to_be_visible(timeout=15_000)
        if not rows.first.or_(replace).is_visible():
            # The server takes no press while it is busy, and the page may learn of that too late.
            self.tab("Segment")
            self.press("Segment by threshold")
        expect(rows.first.or_(replace)).to_be_visible()
        if replace.is_visible():
            replace.click()
        self.tab("Review")
        expect(rows.first).to_be_visible()
        expect(self.page.get_by_label("Undo")).to_be_disabled()

    def rows(self) -> Locator:
        return self.page.locator("tr[data-lesion]")

    def doubtless(self) -> Locator:
        """The rows of lesions that nobody suggests to be physiological uptake."""
        return self.page.locator("tr[data-lesion]:has(td:nth-child(2):text-is(''))")

    def names(self) -> list[str]:
        return [text.split("\n")[0].strip() for text in self.rows().locator("td:first-child").all_inner_texts()]

    def selected(self) -> list[str]:
        chosen = self.page.locator("tr[aria-selected=true] td:first-child")
        return [text.strip() for text in chosen.all_inner_texts()]

    def row(self, name: str) -> Locator:
        return self.rows().filter(has=self.page.get_by_text(name, exact=True))

    def select(self, name: str) -> None:
        self.row(name).locator("td").nth(1).click()
        expect(self.row(name)).to_have_attribute("aria-selected", "true")

    def view(self, name: str) -> Locator:
        return self.page.locator(f"canvas[data-view={name}]")

    def picture(self, name: str) -> np.ndarray:
        """The pixels that a view shows, shape (rows, columns, 3)."""
        url = self.view(name).evaluate("view => view.toDataURL('image/png')")
        content = base64.b64decode(url.partition(",")[2])
        return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))

    def highlighted_at(self, name: str) -> tuple[int, int] | None:
        """Where in a view the lesion is that is shown in magenta: a pixel in its midst."""
        red, green, blue = np.moveaxis(self.picture(name).astype(int), -1, 0)
        rows, columns = np.nonzero((np.abs(red - blue) < _ALIKE) & (red - green > _MAGENTA))
        if not rows.size:
            return None
        nearest = np.argmin((rows - np.median(rows)) ** 2 + (columns - np.median(columns)) ** 2)
        return int(columns[nearest]), int(rows[nearest])

    def wait_for_highlight(self, name: str) -> tuple[int, int]:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            self.page.wait_for_timeout(100)
            place = self.highlighted_at(name)
            if place is not None:
                self.wait_for_pictures()
                return self.highlighted_at(name) or place
        message = f"no lesion is highlighted in view {name}"
        raise AssertionError(message)

    def wait_for_change(self, name: str, before: np.ndarray) -> None:
        """Wait until a view shows something else than before."""
        until = time.monotonic() + 10
        while np.array_equal(self.picture(name), before):
            assert time.monotonic() < until, f"view {name} did not change"
            self.page.wait_for_timeout(100)
        self.wait_for_pictures()

    def wait_for_size(self, name: str) -> None:
        """Wait until the picture of a view has the size of its place."""
        box = self.view(name).bounding_box()
        expect(self.view(name)).to_have_attribute("width", str(round(box["width"])))
        expect(self.view(name)).to_have_attribute("height", str(round(box["height"])))
        self.wait_for_pictures()

    def point_at(self, name: str, place: tuple[int, int]) -> None:
        box = self.view(name).bounding_box()
        self.page.mouse.move(box["x"] + place[0], box["y"] + place[1])

    def click_at(self, name: str, place: tuple[int, int]) -> None:
        self.point_at(name, place)
        self.page.mouse.down()
        self.page.mouse.up()

    def cross_hair(self, name: str) -> tuple[int, int]:
        """Where in a view the lines of Slicer's cross-hair meet."""
        lines = np.abs(self.picture(name).astype(int) - _CROSS_HAIR).max(axis=-1) < _ALIKE
        return int(np.argmax(lines.sum(axis=0))), int(np.argmax(lines.sum(axis=1)))

    def middle(self, name: str) -> tuple[int, int]:
        box = self.view(name).bounding_box()
        return round(box["width"] / 2), round(box["height"] / 2)
