"""The brush in slice views: a circle under the pointer, and a stroke from the press of the left button to its release.

Like the click tools it observes an interactor before Slicer does; while it is on, the left button is its own. A press
with Shift, Ctrl or Alt stays Slicer's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot

import slicer
from vtkmodules.vtkFiltersSources import vtkRegularPolygonSource
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderer, vtkRenderWindowInteractor

from .interaction import ObservedInteractor, Ras, has_modifier, ras_in_slice

# Before the click tools, which would take a press for themselves.
_PRIORITY = 15.0

_CORNERS = 48


class Brush:
    """A sphere that is drawn along, in as many slice views as are attached.

    Parameters
    ----------
    on_drawing : callable
        Called with the path so far (RAS mm) at the press and at each move after it.
    on_drawn : callable
        Called with the whole path at the release.

    Attributes
    ----------
    diameter_mm : float
        Of the sphere; the circle shows it from the next move on.
    """

    def __init__(
        self, on_drawing: Callable[[Sequence[Ras]], object], on_drawn: Callable[[Sequence[Ras]], object]
    ) -> None:
        self.on_drawing, self.on_drawn = on_drawing, on_drawn
        self.diameter_mm = 10.0
        self._is_on = False
        self._views: list[_View] = []

    @property
    def is_on(self) -> bool:
        """Whether the left button draws."""
        return self._is_on

    def turn(self, on: bool) -> None:
        """Let the left button draw, or leave it to Slicer; a stroke that was begun is dropped."""
        self._is_on = on
        for view in self._views:
            view.drop()

    def attach(self, interactor: vtkRenderWindowInteractor, slice_node: slicer.vtkMRMLSliceNode) -> None:
        """Observe a slice view; a second time changes nothing."""
        if all(view.interactor is not interactor for view in self._views):
            self._views.append(_View(self, interactor, slice_node))

    def detach(self) -> None:
        """Observe nothing any more."""
        self.turn(False)
        for view in self._views:
            view.detach()
        self._views.clear()


class _View:
    """One observed slice view."""

    def __init__(self, brush: Brush, interactor: vtkRenderWindowInteractor, node: slicer.vtkMRMLSliceNode) -> None:
        self.interactor = interactor
        self._brush, self._node = brush, node
        self._path: list[Ras] = []
        self._circle: vtkActor2D | None = None
        self._polygon = vtkRegularPolygonSource()
        self._observed = ObservedInteractor(
            interactor,
            {
                "LeftButtonPressEvent": self._pressed,
                "LeftButtonDoubleClickEvent": self._pressed,
                "MouseMoveEvent": self._moved,
                "LeftButtonReleaseEvent": self._released,
                "LeaveEvent": self._left,
            },
            _PRIORITY,
        )

    def detach(self) -> None:
        self._observed.end()

    def drop(self) -> None:
        """Forget a stroke that was begun, and hide the circle."""
        self._path = []
        self._hide_circle()

    def _pressed(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        if self._brush.is_on and not has_modifier(self.interactor):
            self._observed.keep_from_others(event)
            self._path = [ras_in_slice(self.interactor, self._node)]
            self._brush.on_drawing(self._path)

    def _moved(self, _interactor: vtkRenderWindowInteractor, _event: str) -> None:
        if not self._brush.is_on:
            return
        self._show_circle()
        if self._path:
            self._path.append(ras_in_slice(self.interactor, self._node))
            self._brush.on_drawing(self._path)

    def _released(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        if self._path:
            self._observed.keep_from_others(event)
            path, self._path = self._path, []
            self._brush.on_drawn(path)

    def _left(self, _interactor: vtkRenderWindowInteractor, _event: str) -> None:
        self._hide_circle()

    def _show_circle(self) -> None:
        if self._circle is None:
            self._circle = self._new_circle()
            self._renderer().AddViewProp(self._circle)
        to_ras = self._node.GetXYToRAS()
        mm_a_pixel = hypot(*(to_ras.GetElement(row, 0) for row in range(3)))
        self._polygon.SetRadius(self._brush.diameter_mm / 2 / mm_a_pixel)
        self._circle.SetPosition(*self.interactor.GetEventPosition())
        self.interactor.Render()

    def _hide_circle(self) -> None:
        if self._circle is not None:
            self._renderer().RemoveViewProp(self._circle)
            self._circle = None
            self.interactor.Render()

    def _new_circle(self) -> vtkActor2D:
        self._polygon.SetNumberOfSides(_CORNERS)
        self._polygon.GeneratePolygonOff()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputConnection(self._polygon.GetOutputPort())
        circle = vtkActor2D()
        circle.SetMapper(mapper)
        circle.GetProperty().SetColor(1.0, 1.0, 0.0)
        circle.GetProperty().SetLineWidth(2.0)
        return circle

    def _renderer(self) -> vtkRenderer:
        return self.interactor.GetRenderWindow().GetRenderers().GetFirstRenderer()
