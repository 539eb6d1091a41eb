"""The linked cursor in the projection: where the point of Slicer's cross-hair is seen from the angle of the moment."""

from __future__ import annotations

import slicer
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderWindowInteractor

from .mip import RotatingMip
from .views import renderer_of

# Slicer's own cross-hair has it.
_COLOUR = (1.0, 0.8, 0.1)


class MipCursor:
    """Two lines through a view of the projection, as Slicer draws its cross-hair in slices of the patient.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view that shows the projection.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    mip : RotatingMip
        The projection.
    """

    def __init__(
        self, interactor: vtkRenderWindowInteractor, slice_node: slicer.vtkMRMLSliceNode, mip: RotatingMip
    ) -> None:
        self._interactor, self._node, self._mip = interactor, slice_node, mip
        self._crosshair = slice_node.GetScene().GetFirstNodeByClass("vtkMRMLCrosshairNode")
        self._lines = vtkPolyData()
        self._actor = vtkActor2D()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._lines)
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*_COLOUR)
        self._actor.PickableOff()
        renderer_of(interactor).AddViewProp(self._actor)
        observed = [node for node in (slice_node, self._crosshair) if node is not None]
        self._tags = [(node, node.AddObserver("ModifiedEvent", self._update)) for node in observed]
        self._update()

    def remove(self) -> None:
        """Take the lines out of the view."""
        for node, tag in self._tags:
            node.RemoveObserver(tag)
        self._tags.clear()
        renderer = renderer_of(self._interactor)
        if renderer is not None:
            renderer.RemoveViewProp(self._actor)
            self._interactor.Render()

    def _update(self, *_caller_and_event: object) -> None:
        place = self._pixel()
        self._actor.SetVisibility(place is not None)
        if place is not None:
            self._draw(*place)
        self._interactor.Render()

    def _pixel(self) -> tuple[float, float] | None:
        """Return where in the view the cross-hair is, or None if it is not shown."""
        crosshair = self._crosshair
        if crosshair is None or crosshair.GetCrosshairMode() == crosshair.NoCrosshair:
            return None
        seen = self._mip.seen_at(self._node, crosshair.GetCrosshairRAS())
        if seen is None:
            return None
        ras_to_xy = vtkMatrix4x4()
        vtkMatrix4x4.Invert(self._node.GetXYToRAS(), ras_to_xy)
        x, y, _, _ = ras_to_xy.MultiplyPoint((*seen, 1.0))
        return x, y

    def _draw(self, x: float, y: float) -> None:
        width, height, _ = self._node.GetDimensions()
        points, cells = vtkPoints(), vtkCellArray()
        for start, end in (((0.0, y), (width, y)), ((x, 0.0), (x, height))):
            ends = [points.InsertNextPoint(*at, 0.0) for at in (start, end)]
            cells.InsertNextCell(2, ends)
        self._lines.SetPoints(points)
        self._lines.SetLines(cells)
