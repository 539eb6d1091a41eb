"""The slice views of Slicer's layout, as click tools need them."""

from __future__ import annotations

from collections.abc import Iterator

import slicer
import vtk


def sliceViews() -> Iterator[tuple[vtk.vtkRenderWindowInteractor, slicer.vtkMRMLSliceNode]]:
    """Yield interactor and slice node of every slice view, also of those that the layout does not show now."""
    layout = slicer.app.layoutManager()
    for name in layout.sliceViewNames():
        view = layout.sliceWidget(name).sliceView()
        yield view.interactor(), view.mrmlSliceNode()
