"""Lines over the projection, at places of the patient as they are seen from the angle of the moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import slicer
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderWindowInteractor

from .views import renderer_of

Pixel = tuple[float, float]


class MipLines:
    """Lines in a view of the projection; what they mark is said by its subclasses, in `_update`.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    colour : tuple of float
        Red, green and blue, from 0 to 1.
    observed : iterable of vtkMRMLNode
        The lines are drawn anew when one of them changes; the slice node is always among them.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        slice_node: slicer.vtkMRMLSliceNode,
        colour: tuple[float, float, float],
        observed: Iterable[slicer.vtkMRMLNode] = (),
    ) -> None:
        self._interactor, self._node = interactor, slice_node
        self._lines = vtkPolyData()
        self._actor = vtkActor2D()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._lines)
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*colour)
        self._actor.PickableOff()
        renderer_of(interactor).AddViewProp(self._actor)
        self._tags = [(node, node.AddObserver("ModifiedEvent", self._update)) for node in (slice_node, *observed)]

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
        raise NotImplementedError

    def _draw(self, lines: Iterable[Sequence[Pixel]], *, closed: bool = False) -> None:
        """Draw lines, each along its points and, where they are closed, back to its first."""
        points, cells = vtkPoints(), vtkCellArray()
        for line in lines:
            along = [points.InsertNextPoint(x, y, 0.0) for x, y in line]
            way = [*along, along[0]] if closed else along
            cells.InsertNextCell(len(way), way)
        self._lines.SetPoints(points)
        self._lines.SetLines(cells)
        self._interactor.Render()

    def _pixel(self, seen: Sequence[float]) -> Pixel:
        """Return where in the view a point of its slice (RAS mm of the projection) is."""
        ras_to_xy = vtkMatrix4x4()
        vtkMatrix4x4.Invert(self._node.GetXYToRAS(), ras_to_xy)
        x, y, _, _ = ras_to_xy.MultiplyPoint((*seen, 1.0))
        return x, y
