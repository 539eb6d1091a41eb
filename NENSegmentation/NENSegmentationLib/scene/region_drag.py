"""The reference region dragged by the mouse: a press inside its outline takes the sphere along."""

from __future__ import annotations

from collections.abc import Callable

import slicer
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from ..core.reference_region import Point
from .interaction import has_modifier, ras_in_slice
from .left_button import LeftButtonTool

# Between the click tools, which go first, and the navigation.
_PRIORITY = 8.5


class RegionDrag(LeftButtonTool):
    """Moves the sphere in which the left button is pressed, within the slice.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of a view with slices of the patient.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    hit : callable
        Returns the number of the sphere at a point (RAS mm) that may be moved, or None.
    centre : callable
        Returns the centre (RAS mm) of the sphere of a number.
    on_moved : callable
        Called with the number and the new centre, at every move.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        slice_node: slicer.vtkMRMLSliceNode,
        hit: Callable[[Point], int | None],
        centre: Callable[[int], Point],
        on_moved: Callable[[int, Point], object],
    ) -> None:
        super().__init__(interactor, _PRIORITY)
        self._node = slice_node
        self._hit, self._centre, self._on_moved = hit, centre, on_moved
        self._held: tuple[int, Point] | None = None

    def _pressed(self, event: str) -> None:
        if has_modifier(self._interactor):
            return
        ras = ras_in_slice(self._interactor, self._node)
        number = self._hit(ras)
        if number is not None:
            centre = self._centre(number)
            self._held = number, tuple(c - p for c, p in zip(centre, ras, strict=True))
            self._observed.keep_from_others(event)

    def _moved(self, event: str) -> None:
        if self._held is None:
            return
        self._observed.keep_from_others(event)
        number, beside = self._held
        ras = ras_in_slice(self._interactor, self._node)
        self._on_moved(number, tuple(p + b for p, b in zip(ras, beside, strict=True)))

    def _released(self, event: str) -> None:
        if self._held is not None:
            self._held = None
            self._observed.keep_from_others(event)
