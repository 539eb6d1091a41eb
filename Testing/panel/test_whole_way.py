"""One case from the sample to the results, as a reader works: real clicks, drags and keys, one after the other."""

from __future__ import annotations

import json

from numpy.testing import assert_allclose
from scene.reading import click, mouse, pixel_of

from NENSegmentationLib.study.events import ACTIONS

UPPER, LOWER, LIVER, NORMAL = (-32.0, 40.0, 40.0), (-32.0, -32.0, -40.0), (20.0, 0.0, 0.0), (24.0, 4.0, 0.0)
"""Inside the two lesions, where the point is placed first, and where it is dragged to: R, A, S in mm."""


def view_of(name, ras):
    """Return a slice view through a point, drawn, with the pixel of the point."""
    import slicer

    view = slicer.app.layoutManager().sliceWidget(name).standInView
    view.node.JumpSliceByOffsetting(*ras)
    view.render()
    return view, pixel_of(view, ras)


def drag(view, start, end):
    mouse(view, "MouseMoveEvent", pixel_of(view, start))
    view.render()
    mouse(view, "LeftButtonPressEvent", pixel_of(view, start))
    mouse(view, "MouseMoveEvent", pixel_of(view, end))
    mouse(view, "LeftButtonReleaseEvent", pixel_of(view, end))


def test_the_whole_way_of_a_reader(a_slicer, a_patient, an_open_case, press, tmp_path, monkeypatch):
    import qt
    import slicer
    from qt import Qt

    ui, reading = an_open_case.ui, an_open_case.logic.reading
    crosshair = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    crosshair.SetCrosshairMode(crosshair.NoCrosshair)

    def rows():
        return [ui.lesionTable.item(row, 0).text() for row in range(ui.lesionTable.rowCount)]

    # The reference region is dragged, and the lesions are found with it.
    drag(view_of("Red", LIVER)[0], LIVER, NORMAL)
    assert_allclose(a_patient[1].GetNthControlPointPositionWorld(0), NORMAL, atol=1)
    ui.segmentButton.click()
    assert rows() == ["Lesion 1", "Lesion 2"]
    threshold = reading.session.region.threshold()

    # Hovering names the lesion under the pointer.
    view, at = view_of("Green", UPPER)
    mouse(view, "MouseMoveEvent", at)
    assert ui.hoverLabel.text.endswith(": 4.1 mL, SUVmax 20.0")

    # One is deleted by a click on a slice, the other by one on the projection.
    ui.deleteByClickButton.click()
    click(view, at)
    assert rows() == ["Lesion 1"]
    mip = slicer.app.layoutManager().sliceWidget("MIP").standInView
    mip.render()
    click(mip, pixel_of(mip, reading.session.mip.from_front(LOWER)))
    assert rows() == []

    # The first comes back by undo, the second is added again by a seed.
    press(Qt.Key_Z, control=True)
    assert rows() == ["Lesion 1"]
    press(Qt.Key_A)
    click(*view_of("Yellow", UPPER))
    assert rows() == ["Lesion 1", "Lesion 3"]

    # The queue: the first is kept, the second is deleted, and that is taken back.
    press(Qt.Key_Escape)
    for key in (Qt.Key_N, Qt.Key_K, Qt.Key_D):
        press(key)
    assert rows() == ["Lesion 1 \u2713"]
    press(Qt.Key_Z, control=True)
    assert rows() == ["Lesion 1 \u2713", "Lesion 3"]

    # The results leave, and the scene is saved.
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "out"))
    ui.exportButton.click()
    (folder,) = (tmp_path / "out").iterdir()
    assert json.loads((folder / "summary.json").read_text("utf-8"))["lesions"] == 2
    scene = a_slicer.mrmlScene()
    scene.SetURL(str(tmp_path / "out" / "scene.mrml"))
    assert scene.Commit()

    # What was done is in the journal, in order, and the case comes back as it was left.
    kinds = [event.kind for event in reading.session.journal.events() if event.kind in ACTIONS]
    assert [kind.value for kind in kinds] == [
        "segmented", "deleted", "deleted", "undone", "added", "accepted", "deleted", "undone",
    ]  # fmt: skip
    active = reading.session.timer.durations().active_s
    ui.closeCaseButton.click()
    ui.openCaseButton.click()
    assert rows() == ["Lesion 1 \u2713", "Lesion 3"]
    assert reading.session.region.threshold() == threshold
    assert active <= reading.session.timer.durations().active_s < active + 5
