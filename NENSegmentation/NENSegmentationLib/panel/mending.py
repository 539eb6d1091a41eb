"""Mending parts of a lesion: painting and erasing with a sphere in the slice views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import slicer
import vtk
from slicer.i18n import tr as _

from ..scene.brush import Brush
from ..scene.interaction import Ras
from .errors import PanelError
from .reading import Reading
from .reporting import errorsIn


class Mending:
    """The buttons Paint and Erase, and the diameter of the sphere.

    A stroke mends the lesion in which it begins or, begun outside of lesions, the selected one. From press to release
    it is one edit.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    selected : callable
        Returns the id of the selected lesion, or None.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading, selected: Callable[[], int | None]) -> None:
        self._ui, self._reading, self._selected = ui, reading, selected
        self._brush = Brush(self._onDrawing, self._onDrawn)
        ui.brushDiameterSpinBox.connect("valueChanged(double)", self.onDiameterChanged)
        ui.brushSmallerButton.clicked.connect(self.onSmaller)
        ui.brushLargerButton.clicked.connect(self.onLarger)
        self.onDiameterChanged(ui.brushDiameterSpinBox.value)

    def attach(self, interactor: vtk.vtkRenderWindowInteractor, node: slicer.vtkMRMLSliceNode) -> None:
        """Observe a view with slices of the patient."""
        self._brush.attach(interactor, node)

    def detach(self) -> None:
        """Observe no view any more."""
        self._brush.detach()

    def update(self) -> None:
        """Let the left button draw if one of the buttons is down."""
        self._brush.turn(self._ui.paintButton.checked or self._ui.eraseButton.checked)
        self._clearPreview()

    def onSmaller(self) -> None:
        """Take a smaller sphere."""
        self._ui.brushDiameterSpinBox.stepDown()

    def onLarger(self) -> None:
        """Take a larger sphere."""
        self._ui.brushDiameterSpinBox.stepUp()

    def onDiameterChanged(self, diameter: float) -> None:
        """Draw with a sphere of another diameter (mm)."""
        self._brush.diameter_mm = diameter

    def _onDrawing(self, path: Sequence[Ras]) -> None:
        with errorsIn(self._ui.messageLabel):
            lesionId = self._mended(path)
            self._reading.session.preview_stroke(
                lesionId if self._ui.eraseButton.checked else None, path, self._brush.diameter_mm
            )

    def _onDrawn(self, path: Sequence[Ras]) -> None:
        self._clearPreview()
        session = self._reading.session
        with errorsIn(self._ui.messageLabel):
            mend = session.erase if self._ui.eraseButton.checked else session.paint
            mend(self._mended(path), path, self._brush.diameter_mm)

    def _mended(self, path: Sequence[Ras]) -> int:
        under = self._reading.session.lesion_at(path[0])
        lesionId = under.id if under is not None else self._selected()
        if lesionId is None or lesionId not in self._reading.session.lesion_map.lesions:
            message = _("there is no lesion here to mend. Begin in a lesion, or select one in the table first.")
            raise PanelError(message)
        return lesionId

    def _clearPreview(self) -> None:
        if self._reading.session is not None:
            self._reading.session.clear_preview()
