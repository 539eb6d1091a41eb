"""A reader whose Slicer is killed in the Segment Editor: paints there, and says what the journal has of it.

Run by `test_killed.py` in a process of its own: ``python a_killed_painter.py FOLDER``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from panel.a_killed_reader import opened, shown
from scene.elsewhere import box, draw


def main(folder: str) -> None:
    """Paint, wait until it is written down, and go on painting without an end."""
    import slicer

    panel = opened(Path(folder))
    # The reader's some seconds, which a test need not wait for.
    panel._panel._segmentEditor._noted.setInterval(50)
    panel.ui.segmentEditorButton.click()
    session = panel.logic.reading.session
    for row in range(30):
        events = session.journal.events()[-1].sequence
        draw(session.node, session.pet, "Lesion_1", box(0, 2, row, row + 1, 0, 3))
        while session.journal.events()[-1].sequence == events:
            slicer.app.processEvents()
        sys.stdout.write(json.dumps(shown(panel)) + "\n")
        sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
