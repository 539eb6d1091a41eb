"""Make the pictures of README.md and Docs/tutorial.md: `make screenshots`.

A reader drives the module on its own sample patient, in the stand-in for Slicer's application: the views are Slicer's,
the panel is drawn by Qt, nothing of the application itself is drawn. The same machine gives the same pictures.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import dist
from pathlib import Path
from types import SimpleNamespace

import slicer
from pictures import GAP, ROOT, above, beside, of_widget, on_paper, renew, save
from PIL import Image
from reader import Reader
from scene.loading import loaded_by_slicer

from NENSegmentationLib.ensemble.models import SHIPPED, available_models
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.scene import ensemble_run
from NENSegmentationLib.scene.interaction import Ras

DEMO = ROOT / "demo"
"""What `make demo` has made of the sample patient."""

WINDOW = (1280, 800)
PANEL_PIXELS, TALL = 460, 2000
MIP_PIXELS = 294
SEED_SIZE, MIP_SIZE = (420, 320), (360, 700)
REGION_PIXELS, WORDS_PIXELS = 440, 62
TRUNK_MM, LIVER_MM = 460.0, 300.0
NEAR_MM, WELL_SEEN_ML = 120.0, 2.0


def make(folder: Path, scratch: Path) -> None:
    """Make all pictures in an empty folder."""
    shutil.copyfile(DEMO / "lesions" / "methods.png", folder / "methods.png")
    reader = Reader(scratch)
    reader.show_panel(PANEL_PIXELS, TALL)
    open_case(reader, folder)
    place_region(reader, folder)
    segment(reader, folder)
    delete_on_projection(reader, folder)
    add_by_seed(reader, folder)
    review(reader, folder)
    show_whole(reader, folder)
    by_ensemble(reader, folder)
    finish(reader, folder)
    open_from_dicom(reader, folder, scratch / "patient")


def open_case(reader: Reader, folder: Path) -> None:
    """Open the sample patient."""
    reader.press("samplePatientButton")
    reader.press("openCaseButton")
    reader.arrange_mip(MIP_SIZE)
    reader.read_for(8)
    save(of_widget(reader.ui.caseCollapsibleButton), folder / "case.png")


def place_region(reader: Reader, folder: Path) -> None:
    """Have the reference region proposed."""
    reader.press("proposeButton")
    reader.read_for(14)
    section = of_widget(reader.ui.referenceCollapsibleButton)
    reader.arrange("Red", (REGION_PIXELS, section.height), TRUNK_MM)
    reader.go_to(reader.parameters.referencePoints.GetNthControlPointPositionWorld(0))
    save(beside([section, reader.picture("Red")]), folder / "reference.png")


def segment(reader: Reader, folder: Path) -> None:
    """Segment: everything above the threshold is a lesion."""
    before = reader.picture("MIP")
    reader.press("segmentButton")
    reader.read_for(5)
    save(beside([before, reader.picture("MIP")]), folder / "segment.png")


def delete_on_projection(reader: Reader, folder: Path) -> None:
    """Hover over the bladder in the projection, and delete it by a click."""
    bladder = next(lesion for lesion in reader.lesions() if lesion.suggestion == "urinary_bladder")
    reader.press("deleteByClickButton")
    reader.point_at("MIP", bladder.centroid_ras)
    hovered = reader.picture("MIP")
    reader.click_at("MIP", bladder.centroid_ras)
    reader.leave("MIP")
    reader.press("deleteByClickButton")
    reader.read_for(4)
    save(beside([hovered, reader.picture("MIP")]), folder / "delete.png")


def add_by_seed(reader: Reader, folder: Path) -> None:
    """Delete a lesion of the liver and add it again: what a click would add, and what would leak."""
    from NENSegmentationLib.panel.parameters import SeedRule  # there once the stand-in has started

    liver = reader.parameters.referencePoints.GetNthControlPointPositionWorld(0)
    tumour = [lesion for lesion in reader.lesions() if lesion.suggestion is None]
    near = [lesion for lesion in tumour if dist(lesion.centroid_ras, liver) < NEAR_MM]
    deleted = max(near, key=lambda lesion: lesion.suv_max)
    place = deleted.centroid_ras
    reader.session.delete(deleted.id)
    reader.arrange("Red", SEED_SIZE, LIVER_MM)
    reader.go_to(place)
    reader.press("addByClickButton")
    adds = preview(reader, place)
    reader.ui.seedRuleComboBox.currentIndex = list(SeedRule).index(SeedRule.FIXED_SUV)
    reader.ui.seedSuvSpinBox.value = 3.0
    leaks = preview(reader, place)
    save(beside([adds, leaks]), folder / "seed.png")
    reader.ui.seedRuleComboBox.currentIndex = 0
    reader.click_at("Red", place)
    reader.leave("Red")
    reader.press("addByClickButton")
    reader.read_for(20)


def preview(reader: Reader, place: Ras) -> Image.Image:
    """Let the pointer rest: the axial slice, and under it what the panel says."""
    reader.leave("Red")
    reader.point_at("Red", place, rest=True)
    words = on_paper(of_widget(reader.ui.previewLabel), (SEED_SIZE[0], WORDS_PIXELS))
    return above([reader.picture("Red"), words])


def review(reader: Reader, folder: Path) -> None:
    """Keep a lesion, and reject all that may be physiological at once."""
    reader.select(min(reader.lesions(), key=lambda lesion: (lesion.suggestion is not None, lesion.id)))
    reader.press("keepButton")
    reader.read_for(9)
    reader.press("keysButton")
    reader.ui.lesionTable.scrollToTop()
    save(of_widget(reader.ui.reviewCollapsibleButton), folder / "review.png")
    reader.press("keysButton")
    reader.press("rejectSuggestedButton")
    reader.read_for(3)


def show_whole(reader: Reader, folder: Path) -> None:
    """Show the panel beside its four views, as wide as a small screen."""
    reader.show_panel(PANEL_PIXELS, WINDOW[1])
    reader.scroll_to("segmentCollapsibleButton")
    well_seen = [lesion for lesion in reader.lesions() if lesion.volume_ml > WELL_SEEN_ML]
    liver = reader.parameters.referencePoints.GetNthControlPointPositionWorld(0)
    reader.select(min(well_seen, key=lambda lesion: dist(lesion.centroid_ras, liver)))
    width = WINDOW[0] - PANEL_PIXELS - MIP_PIXELS - 2 * GAP
    half = ((width - GAP) // 2, (WINDOW[1] - GAP) // 2)
    reader.arrange("Red", (width, half[1]), TRUNK_MM)
    for name in ("Green", "Yellow"):
        reader.arrange(name, half, TRUNK_MM)
    reader.arrange_mip((MIP_PIXELS, WINDOW[1]))
    reader.go_to(reader.selected().centroid_ras)
    slices = above([reader.picture("Red"), beside([reader.picture("Green"), reader.picture("Yellow")])])
    save(beside([reader.panel_picture(), slices, reader.picture("MIP")]), folder / "overview.png")
    reader.show_panel(PANEL_PIXELS, TALL)


def by_ensemble(reader: Reader, folder: Path) -> None:
    """Let the ensemble that comes with the module propose the lesions: its section before, meanwhile and after."""
    if not available_models():
        sys.stderr.write(f"{SHIPPED}: no model is there, so ensemble.png and doubt.png stay as they are.\n")
        return
    section = reader.ui.ensembleCollapsibleButton
    before = of_widget(section)
    with standing_still():
        reader.press("ensembleRunButton")
        reader.wait_for(lambda: bool(reader.ui.ensembleLogText.plainText))
        meanwhile = of_widget(section)
        reader.press("ensembleCancelButton")
    # Importable only once the application is there.
    from NENSegmentationLib.panel import questions

    # The reader agrees that the lesions of the threshold, corrected as they are, are replaced.
    questions.isConfirmed = lambda *_question: True
    reader.press("ensembleRunButton")
    reader.wait_for(lambda: reader.ui.ensembleRunButton.enabled)
    save(beside([before, meanwhile, of_widget(section)]), folder / "ensemble.png")
    reader.press("doubtfulFirstButton")
    save(beside([of_widget(reader.ui.reviewCollapsibleButton), reader.picture("MIP")]), folder / "doubt.png")


@contextmanager
def standing_still() -> Iterator[None]:
    """Let a run of the ensemble stay where it is, so that its picture is the same each time."""
    running = ensemble_run.RunningPrediction
    state = {"done": 37, "total": 96, "seconds_left": 50.0, "log": ["4 folds, fast, on cpu"], "warnings": []}
    still = SimpleNamespace(**state, poll=lambda: None, cancel=lambda: None)
    ensemble_run.RunningPrediction = lambda *_images, **_choices: still
    try:
        yield
    finally:
        ensemble_run.RunningPrediction = running


def finish(reader: Reader, folder: Path) -> None:
    """End the case."""
    reader.press("doneButton")
    sections = (reader.ui.timeCollapsibleButton, reader.ui.resultsCollapsibleButton)
    save(above([of_widget(section) for section in sections]), folder / "results.png")


def open_from_dicom(reader: Reader, folder: Path, patient: Path) -> None:
    """Open a PET as Slicer's DICOM module loads it."""
    write_patient(patient, Request(lesions=2, voxel=(10.0, 10.0, 10.0)))
    reader.application.dicomDatabase().standInImport(patient / "PET")
    reader.ui.ctSelector.setCurrentNode(None)
    reader.ui.organMapSelector.setCurrentNode(None)
    reader.ui.petSelector.setCurrentNode(loaded_by_slicer(slicer.mrmlScene, patient / "PET"))
    reader.press("openCaseButton")
    save(of_widget(reader.ui.caseCollapsibleButton), folder / "case-dicom.png")
    reader.press("closeCaseButton")


if __name__ == "__main__":
    renew(make)
