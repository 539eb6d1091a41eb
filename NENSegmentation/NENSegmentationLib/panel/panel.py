"""All sections of the panel together, for the module's widget."""

from __future__ import annotations

from types import SimpleNamespace

import slicer
from slicer.i18n import tr as _

from .case_section import CaseSection
from .click_modes import ClickModes
from .ensemble_section import EnsembleSection
from .keys import Keys
from .parameters import NENSegmentationParameterNode
from .reading import Reading
from .reference_section import ReferenceSection
from .reporting import reportedErrors
from .results_section import ResultsSection
from .review_section import ReviewSection
from .segment_editor import SegmentEditor
from .study_section import StudySection
from .time_section import TimeSection


class Panel:
    """The physician's reading room.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._reading = reading
        self._clicks = ClickModes(ui, reading)
        self._time = TimeSection(ui, reading)
        self._ensemble = EnsembleSection(ui, reading)
        self._following = (
            CaseSection(ui, reading),
            ReferenceSection(ui, reading),
            self._ensemble,
            self._clicks,
            self._time,
        )
        self._review = ReviewSection(ui, reading, self._clicks)
        self._segmentEditor = SegmentEditor(ui, reading, lambda: self._clicks.highlighted)
        self._results = ResultsSection(ui, reading)
        self._study = StudySection(ui, reading)
        self._isEntered = False
        self._keys = Keys(
            {
                "N": ui.nextButton.click,
                "P": ui.previousButton.click,
                "K": ui.keepButton.click,
                "D": ui.deleteButton.click,
                "S": ui.splitButton.click,
                "M": ui.mergeButton.click,
                "F2": self._review.onRename,
                "L": ui.lowestButton.click,
                "A": ui.addByClickButton.click,
                "X": ui.deleteByClickButton.click,
                "E": ui.eraseButton.click,
                "B": ui.paintButton.click,
                "[": ui.brushSmallerButton.click,
                "]": ui.brushLargerButton.click,
                "?": ui.keysButton.click,
                "R": ui.rejectSuggestedButton.click,
                "U": ui.doubtfulFirstButton.click,
                "Ctrl+Z": ui.undoButton.click,
                "Ctrl+Y": ui.redoButton.click,
            }
        )
        # In a study these keys are the study's.
        self._timeKeys = Keys({"Space": ui.pauseButton.click, "Ctrl+Return": ui.doneButton.click})
        reading.changed.connect(self._enableKeys)
        self._study.changed.connect(self._enableKeys)
        self._layout = slicer.app.layoutManager()
        self._layout.layoutChanged.connect(self.onLayoutChanged)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Show the choices of a parameter node, whenever they change."""
        for section in (*self._following, self._study):
            section.follow(parameters)

    def enter(self) -> None:
        """Let keys and clicks work: the user opened the module."""
        self._isEntered = True
        self._enableKeys()
        self._clicks.attach()
        self._segmentEditor.enter()

    def exit(self) -> None:
        """Leave keys and clicks to Slicer: the user opened another module."""
        self._isEntered = False
        self._enableKeys()
        self._clicks.detach()
        self._segmentEditor.exit()

    def closeCase(self) -> None:
        """Close the case if one is open, because its scene is closed."""
        self._study.putAway()
        with reportedErrors(_("Close case")):
            self._reading.close()

    def remove(self) -> None:
        """Close the case, and let go of everything in the application."""
        self._study.remove()
        self.closeCase()
        self.exit()
        self._time.stop()
        self._ensemble.stop()
        self._keys.remove()
        self._timeKeys.remove()
        self._clicks.remove()
        if self._layout is not None:
            self._layout.layoutChanged.disconnect(self.onLayoutChanged)
            self._layout = None

    def onLayoutChanged(self, _layout: int) -> None:
        """Follow the pointer in views that are new."""
        if self._isEntered:
            self._clicks.attach()

    def _enableKeys(self) -> None:
        isOpen = self._isEntered and self._reading.session is not None
        self._keys.setEnabled(isOpen)
        self._timeKeys.setEnabled(isOpen and self._study.study is None)
        self._study.setKeysEnabled(self._isEntered)
