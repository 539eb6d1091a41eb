"""Make the picture of a report in Docs/reader-study-tutorial.md: `make screenshots`. Needs Chromium.

Nobody has read: the readings are simulated, and played into a store as those of a plan, so that the page shows all that
the report of a real study shows. Its title says so. The head of the store is another one each time, since each run of
the program has a random name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from pictures import renew, save
from PIL import Image
from playwright.sync_api import sync_playwright
from study.hand_clock import HandClock
from study.study_folder import write_study

from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.models import model_folder, said_of
from NENSegmentationLib.study.conduct import Conduct
from NENSegmentationLib.study.distributions import default_distributions
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.plan import Plan
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.readings import ReadingRow
from NENSegmentationLib.study.simulated_reading import play
from NENSegmentationLib.study.simulation import simulate
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.store_record import StoreRecord
from NENSegmentationLib.study.study_report import report

READERS, CASES, CONTROLS, TRAINING, SEED = 2, 10, 2, 2, 0
DAY_S = 86400
WIDTH, HEIGHT = 1280, 2180


def make(folder: Path, scratch: Path) -> None:
    """Write the report of a simulated study, and take a picture of its beginning."""
    rows = simulate(
        default_distributions(), readers=READERS, cases=CASES, training=TRAINING, controls=CONTROLS, seed=SEED
    )
    plan = a_plan(scratch, rows)
    with Store.open(plan.store, plan.identity, (hand := HandClock()).clock()) as store:
        for reader in plan.readers:
            read(store, plan, [row for row in rows if row.reader == reader], hand)
        conduct = Conduct.of(plan, rows, store.skipped(), StoreRecord.of(plan, store.recorded()))
    report(rows, plan.title, scratch / "report", arms=[arm.name for arm in plan.arms], conduct=conduct)
    photograph(scratch / "report" / "report.html", folder / "study-report.png")


def a_plan(folder: Path, rows: Iterable[ReadingRow]) -> Plan:
    """Write the plan that simulated readings could be of."""
    rows = list(rows)
    names = dict.fromkeys((row.case, row.training) for row in rows)
    cases = [
        {"name": name, "path": f"{name}.nrrd", **({"training": True} if training else {"truth": f"{name}-truth.nrrd"})}
        for name, training in sorted(names)
    ]
    arms = [
        {"name": "threshold", "method": "threshold"},
        {"name": "ensemble", "method": "ensemble", "model": model_folder(None)},
    ]
    readers = list(dict.fromkeys(row.reader for row in rows))
    title = "Threshold or ensemble? (simulated readers)"
    path = write_study(folder, images=False, title=title, cases=cases, arms=arms, readers=readers, seed=SEED)
    return read_plan(path, with_cases=False)


def read(store: Store, plan: Plan, rows: Iterable[ReadingRow], hand: HandClock) -> None:
    """Play the readings of one reader, three a day, and keep the wash-out."""
    model = read_model(model_folder(None))
    said = {"model": {"title": said_of(model.folder, model.card), "sha256": model.identity}}
    block = 1
    for number, row in enumerate(sorted(rows, key=lambda row: row.position)):
        hand.wait((plan.washout_days + 1) * DAY_S if row.block != block else DAY_S * (number % 3 == 2))
        block = row.block
        journal = store.reading(
            row.reader, row.case, row.arm, position=row.position, block=row.block, training=row.training
        )
        with journal:
            rule = {"lesions": [], "warnings": [], **({"ensemble": said} if row.arm == "ensemble" else {})}
            journal.record(Kind.SEGMENTED, blob=b"simulated", method=row.arm, rule=rule)
            play(row, journal, hand)


def photograph(page: Path, picture: Path) -> None:
    """Take a picture of the beginning of a page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        message = "Chromium is not installed (Debian package chromium)."
        raise RuntimeError(message)
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser,
    ):
        tab = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.screenshot(path=picture)
    save(Image.open(picture).convert("RGB"), picture)


if __name__ == "__main__":
    renew(make)
