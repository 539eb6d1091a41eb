"""What the reader does in the views: each movement of the mouse is input, and where the pointer is can be asked."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk

from ..scene.interaction import Ras, ras_in_slice

_EVENTS = (
    "MouseMoveEvent",
    "MouseWheelForwardEvent",
    "MouseWheelBackwardEvent",
    "LeftButtonPressEvent",
    "RightButtonPressEvent",
    "KeyPressEvent",
)


class ViewInput:
    """Observes interactors.

    Parameters
    ----------
    onInput : callable
        Called without arguments.
    """

    def __init__(self, onInput: Callable[[], object]) -> None:
        self._onInput = onInput
        self._observed: list[tuple[vtk.vtkRenderWindowInteractor, int]] = []
        self._nodes: dict[vtk.vtkRenderWindowInteractor, slicer.vtkMRMLSliceNode] = {}
        self._last: vtk.vtkRenderWindowInteractor | None = None

    def attach(self, interactor: vtk.vtkRenderWindowInteractor, node: slicer.vtkMRMLSliceNode) -> None:
        """Observe a slice view; a second time changes nothing."""
        self._nodes[interactor] = node
        if all(known is not interactor for known, _tag in self._observed):
            tags = [interactor.AddObserver(event, self._noticed, 20.0) for event in _EVENTS]
            self._observed.extend((interactor, tag) for tag in tags)

    def detach(self) -> None:
        """Observe nothing any more."""
        while self._observed:
            interactor, tag = self._observed.pop()
            interactor.RemoveObserver(tag)
        self._nodes.clear()
        self._last = None

    def place(self) -> Ras | None:
        """Return where the pointer was last (RAS mm); None if it has not been in a view."""
        return ras_in_slice(self._last, self._nodes[self._last]) if self._last is not None else None

    def _noticed(self, interactor: vtk.vtkRenderWindowInteractor, _event: str) -> None:
        self._last = interactor
        self._onInput()
