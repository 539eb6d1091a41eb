"""A reader whose Slicer is killed: drives the panel by clicks, at random, and says after each what the panel shows.

Run by `test_killed.py` in a process of its own: ``python a_killed_reader.py FOLDER SEED``.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import slicer_standin
from scene.reading import click, pixel_of

UPPER, LOWER = (-32.0, 40.0, 40.0), (-32.0, -32.0, -40.0)
BUTTONS = ("nextButton", "keepButton", "deleteButton", "undoButton", "redoButton", "pauseButton", "splitButton")


def shown(panel) -> dict:
    """Return what the panel shows of the case, and how far its journal is."""
    from NENSegmentationLib.scene.replay import labels_hash

    session = panel.logic.reading.session
    table = panel.ui.lesionTable
    times = session.timer.durations()
    return {
        "event": session.journal.events()[-1].sequence,
        "labels": labels_hash(session.lesion_map),
        "rows": sorted(table.item(row, 0).text() for row in range(table.rowCount)),
        "seconds": [times.active_s, times.idle_s, times.paused_s],
    }


def opened(folder: Path):
    """Return the panel with the case of the folder open; it is segmented the first time."""
    application = slicer_standin.start()
    application.setSettingsFolder(folder)
    module = Path(__file__).resolve().parents[2] / "NENSegmentation" / "NENSegmentation.py"
    panel = application.loadModule(module)
    from NENSegmentationLib.panel.parameters import ReferencePlace
    from NENSegmentationLib.panel.self_test import addPatient

    pet, points = addPatient(application.mrmlScene())
    panel.ui.petSelector.setCurrentNode(pet)
    panel.ui.placeComboBox.currentIndex = list(ReferencePlace).index(ReferencePlace.POINTS)
    panel.ui.pointsSelector.setCurrentNode(points)
    panel.ui.openCaseButton.click()
    application.processEvents()
    if panel.logic.reading.session.lesion_map is None:
        panel.ui.segmentButton.click()
    return panel


def act(panel, chance: random.Random) -> None:
    """Click on a button, or in a slice view to delete or add a lesion."""
    import slicer

    action = chance.choice((*BUTTONS, "deleteByClickButton", "addByClickButton"))
    if action in BUTTONS:
        getattr(panel.ui, action).click()
        return
    getattr(panel.ui, action).checked = True
    ras = chance.choice((UPPER, LOWER))
    view = slicer.app.layoutManager().sliceWidget(chance.choice(("Red", "Green", "Yellow"))).standInView
    view.node.JumpSliceByOffsetting(*ras)
    click(view, pixel_of(view, ras))


def main(folder: str, seed: str) -> None:
    """Correct without an end."""
    panel, chance = opened(Path(folder)), random.Random(int(seed))
    while True:
        act(panel, chance)
        sys.stdout.write(json.dumps(shown(panel)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
