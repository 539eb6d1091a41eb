"""A reader who drives the module in the stand-in for Slicer: clicks on its widgets, and a mouse in its views."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
import slicer_standin
from pictures import of_widget
from PIL import Image
from PySide6 import QtCore
from scene.reading import click, mouse, pixel_of
from study.hand_clock import HandClock

from NENSegmentationLib.core.lesion import Lesion
from NENSegmentationLib.scene.interaction import Ras
from NENSegmentationLib.scene.offscreen import SliceView
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.study_reading import StudyReading
from NENSegmentationLib.scene.views import jump_to

if TYPE_CHECKING:
    from NENSegmentationLib.panel.parameters import NENSegmentationParameterNode

MODULE = Path(__file__).resolve().parents[2] / "NENSegmentation" / "NENSegmentation.py"
TRUNK = (0.0, 10.0, -90.0)
"""The middle of the digital patient's trunk: R, A, S in mm."""

_PREVIEW_S = 0.3


class Reader:
    """The module, opened by its user.

    Parameters
    ----------
    settings : Path
        Folder of this user's settings; the journals go there.

    Attributes
    ----------
    ui : SimpleNamespace
        The widgets of the panel by name.
    """

    def __init__(self, settings: Path) -> None:
        self._clock = HandClock()
        self._keep_time_by_hand()
        self.application = slicer_standin.start()
        self.application.setSettingsFolder(settings)
        self._module = self.application.loadModule(MODULE)
        self.ui = self._module.ui

    @property
    def session(self) -> CorrectionSession:
        """The case that is open."""
        return self._module.logic.reading.session

    @property
    def study(self) -> StudyReading | None:
        """The reader study that is open."""
        return self._module._panel._study.study

    @property
    def parameters(self) -> NENSegmentationParameterNode:
        """The choices of the panel."""
        return self._module.logic.getParameterNode()

    def show_panel(self, width: int, height: int) -> None:
        """Show the main window, which holds the panel alone, in a size in pixels."""
        window = slicer.util.mainWindow()
        window.resize(width, height)
        window.show()
        self.settle()

    def panel_picture(self) -> Image.Image:
        """Return what the window shows of the panel."""
        return of_widget(slicer.util.mainWindow())

    def scroll_to(self, section: str) -> None:
        """Scroll the panel until a section is at its top."""
        bar = slicer.util.mainWindow().centralWidget().verticalScrollBar()
        bar.setValue(getattr(self.ui, section).mapTo(self._module.parent, QtCore.QPoint(0, 0)).y())
        self.settle()

    def press(self, button: str) -> None:
        """Click on a button of the panel, and let Slicer's event loop run."""
        getattr(self.ui, button).click()
        self.settle()

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Let Slicer's event loop run until something is so."""
        while not is_so():
            self.settle()
            time.sleep(0.05)

    def read_for(self, seconds: int) -> None:
        """Let time pass while the mouse moves."""
        for _ in range(seconds):
            self._clock.wait(1)
            self.session.timer.activity()
        self._module._panel._time.onTick()

    def view(self, name: str) -> SliceView:
        """Return a view of the layout."""
        return slicer.app.layoutManager().sliceWidget(name).standInView

    def arrange(self, name: str, size: tuple[int, int], width_mm: float) -> None:
        """Give a slice view a size in pixels, and let it show so many millimetres across, the trunk in its middle."""
        view = self.view(name)
        view.window.SetSize(*size)
        view.slice_logic.ResizeSliceNode(*size)
        view.node.SetFieldOfView(width_mm, width_mm * size[1] / size[0], view.node.GetFieldOfView()[2])
        view.node.JumpSliceByCentering(*TRUNK)

    def arrange_mip(self, size: tuple[int, int]) -> None:
        """Give the view of the projection a size in pixels, which the whole projection fills."""
        view = self.view("MIP")
        view.window.SetSize(*size)
        view.slice_logic.ResizeSliceNode(*size)
        view.fit()

    def go_to(self, ras: Ras) -> None:
        """Bring a point of the patient into all slices, without moving what is beside it."""
        jump_to(slicer.mrmlScene, ras)

    def picture(self, name: str) -> Image.Image:
        """Draw a view."""
        return Image.fromarray(self.view(name).picture())

    def point_at(self, name: str, ras: Ras, *, rest: bool = False) -> None:
        """Move the pointer onto a point of the patient in a view, and let it rest there if asked to."""
        mouse(self.view(name), "MouseMoveEvent", self._pixel(name, ras))
        if rest:
            time.sleep(_PREVIEW_S)
            self.settle()

    def click_at(self, name: str, ras: Ras) -> None:
        """Click on a point of the patient in a view."""
        click(self.view(name), self._pixel(name, ras))
        self.settle()

    def leave(self, name: str) -> None:
        """Take the pointer out of a view."""
        mouse(self.view(name), "LeaveEvent", (0, 0))

    def select(self, lesion: Lesion) -> None:
        """Click on the row of a lesion."""
        table = self.ui.lesionTable
        names = [table.item(row, 0).text().split(" \u2713")[0] for row in range(table.rowCount)]
        table.setCurrentCell(names.index(lesion.name), 0)
        self.settle()

    def lesions(self) -> list[Lesion]:
        """Return the lesions of the case."""
        return list(self.session.lesion_map.lesions.values())

    def selected(self) -> Lesion:
        """Return the lesion that is selected."""
        return self.session.lesion_map.lesions[self._module._panel._clicks.highlighted]

    def settle(self) -> None:
        """Let Slicer's event loop run until everything has its place: one round lays out one level of widgets."""
        for _ in range(4):
            self.application.processEvents()

    def _pixel(self, name: str, ras: Ras) -> tuple[int, int]:
        seen = self.session.mip.from_front(ras) if name == "MIP" else ras
        return pixel_of(self.view(name), seen)

    def _keep_time_by_hand(self) -> None:
        """Let a case take its time from a clock that gives the same pictures each time."""
        opened = CorrectionSession.open
        clock = self._clock.clock()
        CorrectionSession.open = staticmethod(lambda *case, **of_case: opened(*case, clock=clock, **of_case))
        opened_study = StudyReading.open
        StudyReading.open = staticmethod(lambda *study, **given: opened_study(*study, clock=clock, **given))
