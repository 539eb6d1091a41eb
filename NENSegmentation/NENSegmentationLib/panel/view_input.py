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
        self._places: dict[vtk.vtkRenderWindowInteractor, Callable[[], Ras | None]] = {}
        self._last: vtk.vtkRenderWindowInteractor | None = None

    def attach(
        self,
        interactor: vtk.vtkRenderWindowInteractor,
        node: slicer.vtkMRMLSliceNode,
        pick: Callable[[Ras], Ras | None] | None = None,
    ) -> None:
        """Observe a slice view; a second time changes nothing.

        Parameters
        ----------
        interactor, node
            Of the view.
        pick : callable, optional
            Takes a point of the view to the point of the patient, where these are not the same.
        """

        def place() -> Ras | None:
            ras = ras_in_slice(interactor, node)
            return ras if pick is None else pick(ras)

        self._places[interactor] = place
        if all(known is not interactor for known, _tag in self._observed):
            tags = [interactor.AddObserver(event, self._noticed, 20.0) for event in _EVENTS]
            self._observed.extend((interactor, tag) for tag in tags)

    def detach(self) -> None:
        """Observe nothing any more."""
        while self._observed:
            interactor, tag = self._observed.pop()
            interactor.RemoveObserver(tag)
        self._places.clear()
        self._last = None

    def place(self) -> Ras | None:
        """Return where in the patient the pointer was last (RAS mm); None if it has not been in a view."""
        return self._places[self._last]() if self._last is not None else None

    def _noticed(self, interactor: vtk.vtkRenderWindowInteractor, _event: str) -> None:
        self._last = interactor
        self._onInput()
