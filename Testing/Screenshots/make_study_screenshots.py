"""Make the pictures of Docs/reader-studies.md: `make screenshots`.

A reader opens a small study of digital patients in the stand-in for Slicer's application, and reads one case of it.
"""

from __future__ import annotations

from pathlib import Path

import SimpleITK as sitk
from pictures import GAP, above, beside, of_widget, renew, save
from reader import Reader
from study.study_folder import write_study

from NENSegmentationLib.core.volume import image_like
from NENSegmentationLib.phantom.patient import make_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.scene.study_reading import Phase

PANEL_PIXELS, TALL = 460, 1400
WINDOW = (1280, 800)
MIP_PIXELS, TRUNK_MM = 294, 460.0
LESIONS = (9, 14)
READER, SECONDS = "reader-1", 134


def make(folder: Path, scratch: Path) -> None:
    """Make all pictures in an empty folder."""
    plan = a_study(scratch / "study")
    reader = Reader(scratch)
    section = reader.ui.studyCollapsibleButton
    section.collapsed = False
    reader.show_panel(PANEL_PIXELS, TALL)
    reader.ui.studyPlanLineEdit.setText("study.toml")
    reader.ui.studyReaderLineEdit.setText(READER)
    reader.settle()
    closed = of_widget(section)
    reader.ui.studyPlanLineEdit.setText(str(plan))
    reader.press("studyOpenButton")
    opened = of_widget(section)
    save(above([closed, opened]), folder / "study-open.png")
    go_on(reader)
    read_one_lesion(reader)
    reader.press("studyRating3Button")
    reader.ui.studyCommentLineEdit.setText("bladder and one bowel loop left in")
    reader.settle()
    show_whole(reader, folder)
    reader.press("studyGoOnButton")
    in_break = of_widget(section)
    reader.press("studyGoOnButton")
    reader.press("studyDoneBreakButton")
    between = of_widget(section)
    for _ in range(len(LESIONS) - 1):
        go_on(reader)
        reader.press("studyRating1Button")
        reader.press("studyDoneBreakButton")
    go_on(reader)
    save(above([in_break, between, of_widget(section)]), folder / "study-between.png")
    reader.press("studyCloseButton")


def a_study(folder: Path) -> Path:
    """Write a study of digital patients: what the threshold leaves as it is, or without what is physiological."""
    cases = []
    for number, lesions in enumerate(LESIONS, 1):
        patient = make_patient(Request(seed=10 + number, lesions=lesions))
        place = folder / "cases" / f"{number}"
        place.mkdir(parents=True)
        sitk.WriteImage(patient.pet_image, str(place / "pet.nrrd"))
        sitk.WriteImage(patient.ct_image, str(place / "ct.nrrd"))
        sitk.WriteImage(image_like(patient.reference, patient.pet_image), str(place / "reference.nrrd"))
        files = {"path": "pet", "ct": "ct", "prepared": "reference"}
        named = {entry: f"cases/{number}/{file}.nrrd" for entry, file in files.items()}
        cases.append({"name": f"case-{number:02}", **named})
    arms = [{"name": "A", "method": "threshold"}, {"name": "B", "method": "prepared"}]
    title = "Threshold or a second start?"
    return write_study(folder, images=False, title=title, cases=cases, arms=arms, readers=[READER, "reader-2"], seed=3)


def go_on(reader: Reader) -> None:
    """Bring the next case, as far as one may be read."""
    reader.press("studyGoOnButton")
    reader.wait_for(lambda: reader.study.phase is not Phase.LOADING)


def read_one_lesion(reader: Reader) -> None:
    """Look at a lesion, keep it, delete the next."""
    reader.arrange("Red", (420, 320), TRUNK_MM)
    reader.read_for(SECONDS)
    reader.press("nextButton")
    reader.press("keepButton")
    reader.press("deleteButton")


def show_whole(reader: Reader, folder: Path) -> None:
    """Show the panel beside its four views, as wide as a small screen."""
    reader.show_panel(PANEL_PIXELS, WINDOW[1])
    width = WINDOW[0] - PANEL_PIXELS - MIP_PIXELS - 2 * GAP
    half = ((width - GAP) // 2, (WINDOW[1] - GAP) // 2)
    reader.arrange("Red", (width, half[1]), TRUNK_MM)
    for name in ("Green", "Yellow"):
        reader.arrange(name, half, TRUNK_MM)
    reader.arrange_mip((MIP_PIXELS, WINDOW[1]))
    reader.go_to(reader.selected().centroid_ras)
    slices = above([reader.picture("Red"), beside([reader.picture("Green"), reader.picture("Yellow")])])
    save(beside([reader.panel_picture(), slices, reader.picture("MIP")]), folder / "study-overview.png")
    reader.show_panel(PANEL_PIXELS, TALL)


if __name__ == "__main__":
    renew(make)
