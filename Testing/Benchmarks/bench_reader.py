"""The browser reader as its user meets it, in Chromium: start, click to the new picture, scrolling.

A PET/CT of full size with 100 lesions, segmented already, on a server of its own. What is measured in the page begins
with the event of the mouse and ends when the picture is on the canvas. Each figure is held against what is demanded of
it; the time of a frame besides against the plain viewer of trame-slicer (`plain_trame_slicer.py`) with the same images
and lesions, in views of the same size. Needs Chromium (Debian package chromium).
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import SimpleITK as sitk
from comparison import Comparison
from frames import WatchedView, frame_times
from plain_server import plain_server
from playwright.sync_api import Browser, Page, expect, sync_playwright
from synthetic import synthetic_ct, synthetic_pet

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from web.a_reader import Reader
from web.a_server import Server

from NENSegmentationLib.core.image_files import read_suv
from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
from NENSegmentationLib.core.segments import write_segments
from NENSegmentationLib.core.volume import index_to_ras, shape
from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.replay import case_key
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node

LESIONS = 100
_CLICKS = 15
_PAGE_S, _PATIENT_S, _CLICK_S, _FRAME_S = 5.0, 15.0, 0.3, 0.1
_SCROLL_S = 4.0
_FRAME_ROUNDS, _FRAME_TURNS = 3, 8
_FRAME_SHARE = 1.2

# Tells when an event of the mouse came, and when each view showed another picture.
_WATCH = """() => {
  window.benchmark = { pressed: 0, shown: {} };
  document.addEventListener("pointerup", () => (window.benchmark.pressed = performance.now()), true);
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const name = target.dataset.view;
      (window.benchmark.shown[name] ||= []).push(performance.now());
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-picture"] });
}"""
_SCROLL = """async (seconds) => {
  const view = document.querySelector("canvas[data-view=Red]");
  const box = view.getBoundingClientRect();
  const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
  window.benchmark.shown.Red = [];
  const until = performance.now() + 1000 * seconds;
  for (let turn = 0; performance.now() < until; turn += 1) {
    view.dispatchEvent(new WheelEvent("wheel", { ...at, deltaY: turn % 100 < 50 ? 100 : -100 }));
    await new Promise((done) => setTimeout(done, 25));
  }
  return window.benchmark.shown.Red.length;
}"""


def run() -> Iterator[Comparison]:
    """Measure all of it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        message = "Chromium is not installed (Debian package chromium)."
        raise RuntimeError(message)
    with TemporaryDirectory() as scratch, sync_playwright() as playwright:
        folder = Path(scratch)
        _segmented_case(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        start = perf_counter()
        case = {"case": str(folder / "pet.nrrd"), "ct": str(folder / "ct.nrrd")}
        with Server(folder / "data", module=_PAGE_MODULE, **case) as server:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            reader = Reader(page, f"{server.base}/?token={server.token}")
            expect(page.locator(".room")).to_be_visible()
            yield _demand("page after the start of the server", perf_counter() - start, _PAGE_S)
            reader.tab("Review")
            expect(reader.rows().first).to_be_visible()
            expect(reader.view("MIP")).to_have_attribute("data-picture", re.compile(r"\d+"), timeout=60_000)
            yield _demand(f"patient with {LESIONS} lesions in the page", perf_counter() - start, _PATIENT_S)
            reader.wait_for_pictures()
            page.evaluate(_WATCH)
            yield _demand("click that deletes a lesion to the new picture, median", _click_s(reader), _CLICK_S)
            yield _demand("scrolling, one picture", _SCROLL_S / page.evaluate(_SCROLL, _SCROLL_S), _FRAME_S)
            reader.key("Escape")
            # As many as the segmentation of the other has.
            while reader.rows().count() < LESIONS:
                reader.key("Control+z")
                page.wait_for_timeout(200)
            yield _beside_trame_slicer(reader, browser, folder)
        browser.close()


_PAGE_MODULE = "NENSegmentationLib.web.sessions_child"


def _demand(name: str, seconds: float, limit_s: float) -> Comparison:
    return Comparison(f"browser reader: {name}", seconds, "demanded", limit_s, 1.0)


def _click_s(reader: Reader) -> float:
    """Return the median time from a click to the picture without the lesion (s)."""
    reader.key("x")
    times = []
    for _ in range(_CLICKS):
        # Below the lesion on top, which is the smallest.
        reader.select(reader.names()[1])
        place = reader.wait_for_highlight("Red")
        count = reader.rows().count()
        reader.point_at("Red", place)
        reader.page.wait_for_timeout(500)
        reader.page.evaluate("window.benchmark.shown = {}")
        reader.page.mouse.down()
        reader.page.mouse.up()
        expect(reader.rows()).to_have_count(count - 1)
        times.append(_first_picture_s(reader.page))
    return median(times)


def _first_picture_s(page: Page) -> float:
    page.wait_for_function("window.benchmark.shown.Red && window.benchmark.shown.Red.length")
    return page.evaluate("window.benchmark.shown.Red[0] - window.benchmark.pressed") / 1000


def _beside_trame_slicer(reader: Reader, browser: Browser, folder: Path) -> Comparison:
    """Compare the time of a frame with all lesions shown."""
    files = [folder / name for name in ("pet.nrrd", "ct.nrrd", "lesions.seg.nrrd")]
    with plain_server(*files, LESIONS, folder / "plain.log") as address:
        page = browser.new_page(viewport=reader.page.viewport_size)
        page.goto(address)
        # Its layout of four: coronal, sagittal, 3D, axial.
        axial = "img.image-display-area >> nth=3"
        expect(page.locator(axial)).to_be_visible(timeout=120_000)
        ours, theirs = WatchedView(reader.page, "canvas[data-view=Red]"), WatchedView(page, axial)
        theirs.take_size(ours.size, share=(2, 2))
        seconds = frame_times((ours, theirs), _FRAME_ROUNDS, _FRAME_TURNS)
    name = f"browser reader: frame with {LESIONS} lesions"
    return Comparison(name, seconds[0], "plain trame-slicer", seconds[1], round(1 / _FRAME_SHARE, 3))


def _segmented_case(folder: Path) -> None:
    """Write a patient of full size, the journal of a reader who has segmented it, and the lesions as a file."""
    sitk.WriteImage(synthetic_pet(lesions=LESIONS), str(folder / "pet.nrrd"))
    sitk.WriteImage(synthetic_ct(), str(folder / "ct.nrrd"))
    pet = read_suv(folder / "pet.nrrd")
    scene = headless_scene()
    journals = folder / "data" / "journals"
    journals.mkdir(parents=True)
    key = case_key(pet)
    node = volume_node(scene, pet, "PET", units=Units.SUV)
    session = CorrectionSession.open(scene, node, journals / f"{key}.journal", pet=pet, key=key)
    middle = tuple(n / 2 for n in shape(pet))
    for offset in range(0, 100, 10):
        region = region_from_spheres(pet, Organ.LIVER, [index_to_ras(pet, (middle[0] + offset, *middle[1:]))])
        if region.sd < 1.0:
            break
    session.segment(region)
    write_segments(folder / "lesions.seg.nrrd", session.lesion_map)
    session.close()
    close_scene(scene)


if __name__ == "__main__":
    for one in run():
        sys.stdout.write(f"{one}\n")
        sys.stdout.flush()
