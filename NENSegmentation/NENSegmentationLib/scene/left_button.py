"""A tool that has the left button of a view, from its press to its release."""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from .interaction import ObservedInteractor


class LeftButtonTool:
    """The left button of a view from its press to its release; what it does is said by the subclasses.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view.
    priority : float
        Observers with a higher one are called first.
    """

    def __init__(self, interactor: vtkRenderWindowInteractor, priority: float) -> None:
        self._interactor = interactor
        handlers = {
            "LeftButtonPressEvent": self._pressed,
            "LeftButtonDoubleClickEvent": self._pressed_again,
            "MouseMoveEvent": self._moved,
            "LeftButtonReleaseEvent": self._released,
        }
        calls = {event: lambda _interactor, name, do=do: do(name) for event, do in handlers.items()}
        self._observed = ObservedInteractor(interactor, calls, priority)

    def detach(self) -> None:
        """Observe the view no more."""
        self._observed.end()

    def _pressed(self, event: str) -> None:
        raise NotImplementedError

    def _pressed_again(self, event: str) -> None:
        """Do what the second press of a double click does."""
        self._pressed(event)

    def _moved(self, event: str) -> None:
        raise NotImplementedError

    def _released(self, event: str) -> None:
        raise NotImplementedError
