"""The views of Slicer's layout, as a case and its tools need them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import qt
import slicer
import vtk

from ..scene.layout import MIP_VIEW, ReadingLayout, mip_view
from ..scene.patient_zoom import zoom_to_patient
from ..scene.projections import Projections
from ..scene.session import CorrectionSession


class LayoutViews:
    """The reading layout while a case is open."""

    def __init__(self) -> None:
        self._layout = ReadingLayout(slicer.mrmlScene)

    def show(self) -> None:
        """Put the reading layout on."""
        self._layout.show()

    def showMip(self, session: CorrectionSession, projections: Future[Projections] | None = None) -> None:
        """Bring the projection of a case into its view, and everything into view; see `show_mip` of the session."""
        view = mip_view(slicer.mrmlScene)
        if view is not None:
            session.show_mip(*view, projections)
        fitViews(session)
        # Views that are new get their size from Qt a moment later.
        qt.QTimer.singleShot(0, lambda: fitViews(session))

    def leave(self) -> None:
        """Put the layout before on again."""
        self._layout.leave()


def fitViews(session: CorrectionSession) -> None:
    """Make the projection and the patient fill their views."""
    slicer.app.applicationLogic().FitSliceToAll()
    zoom_to_patient(slicer.mrmlScene, session.pet)


def sliceViews() -> Iterator[tuple[vtk.vtkRenderWindowInteractor, slicer.vtkMRMLSliceNode]]:
    """Yield interactor and slice node of every slice view, also of those that the layout does not show now."""
    layout = slicer.app.layoutManager()
    for name in layout.sliceViewNames():
        view = layout.sliceWidget(name).sliceView()
        yield view.interactor(), view.mrmlSliceNode()


def isMipView(node: slicer.vtkMRMLSliceNode) -> bool:
    """Tell whether a slice view is the one for the projection."""
    return node.GetLayoutName() == MIP_VIEW
