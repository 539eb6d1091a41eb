"""A view of Slicer in the browser: pictures go out, what the pointer does comes in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..scene.offscreen import SliceView
from .errors import WebError

_LEAST_PIXELS, _MOST_PIXELS = 10, 4096
_MOST_STEPS = 50

_POINTER_EVENTS = {
    "Move": "MouseMoveEvent",
    "Enter": "EnterEvent",
    "Leave": "LeaveEvent",
    "LeftPress": "LeftButtonPressEvent",
    # The second press of a double click is an event of its own, as in Qt.
    "LeftPressAgain": "LeftButtonDoubleClickEvent",
    "LeftRelease": "LeftButtonReleaseEvent",
    "MiddlePress": "MiddleButtonPressEvent",
    "MiddleRelease": "MiddleButtonReleaseEvent",
    "RightPress": "RightButtonPressEvent",
    "RightRelease": "RightButtonReleaseEvent",
}
_KEYS = ("Left", "Right", "Up", "Down")


class BrowserView:
    """Gives a slice view the size, the pointer and the keys that its place in the browser has.

    Parameters
    ----------
    name : str
        Of the view in the page.
    view : SliceView
        Drawn when `picture` is called.
    on_change : callable
        Called without arguments whenever the view has to be drawn anew.
    on_input : callable
        Called without arguments before anything that the reader does here is done.
    on_resize : callable
        Called without arguments when the view has another size.
    """

    def __init__(
        self,
        name: str,
        view: SliceView,
        on_change: Callable[[], object],
        on_input: Callable[[], object],
        on_resize: Callable[[], object],
    ) -> None:
        self.name, self.view = name, view
        self._on_change, self._on_input, self._on_resize = on_change, on_input, on_resize
        self._has_place = False
        # The displayable managers, the layers of the slice, and tools that draw by themselves.
        view.managers.AddObserver("UpdateEvent", self._changed)
        view.slice_logic.AddObserver("ModifiedEvent", self._changed)
        view.interactor.AddObserver("RenderEvent", self._changed)

    def picture(self) -> NDArray[np.uint8] | None:
        """Draw the view and return its pixels; None while no browser has a place for it."""
        return self.view.picture() if self._has_place else None

    def resize(self, width: object, height: object) -> None:
        """Take the size (pixels) of the place that the view has in the browser.

        Raises
        ------
        WebError
            If it is no size.
        """
        size = tuple(min(max(round(_number(pixels)), _LEAST_PIXELS), _MOST_PIXELS) for pixels in (width, height))
        if not self._has_place or size != self.view.window.GetSize():
            self._has_place = True
            self.view.window.SetSize(*size)
            self.view.slice_logic.ResizeSliceNode(*size)
            self._on_resize()
        self._on_change()

    def handle(self, event: Mapping[str, Any]) -> None:
        """Do what the reader did in the browser.

        Parameters
        ----------
        event : mapping
            ``type`` with ``x`` and ``y`` (pixels from the lower left), ``shift``, ``ctrl`` and ``alt``, or Wheel with
            ``steps`` (away from the reader above 0), or Key with ``key``.

        Raises
        ------
        WebError
            If there is no such event.
        """
        self._on_input()
        kind = event.get("type")
        if kind == "Key" and event.get("key") in _KEYS:
            self._press(str(event["key"]))
        elif kind == "Wheel":
            self._point(event)
            steps = round(min(max(_number(event.get("steps")), -_MOST_STEPS), _MOST_STEPS))
            for _ in range(abs(steps)):
                self.view.interactor.InvokeEvent(f"MouseWheel{'Forward' if steps > 0 else 'Backward'}Event")
        elif kind in _POINTER_EVENTS:
            self._point(event)
            self.view.interactor.InvokeEvent(_POINTER_EVENTS[kind])
        else:
            message = f"view {self.name}: the page sent {kind!r}, which is nothing that a reader does. Reload the page."
            raise WebError(message)

    def _point(self, event: Mapping[str, Any]) -> None:
        ends = self.view.window.GetSize()
        x, y = (round(min(max(_number(event.get(axis)), -end), 2 * end)) for axis, end in zip("xy", ends, strict=True))
        ctrl, shift, alt = (int(bool(event.get(name))) for name in ("ctrl", "shift", "alt"))
        self.view.interactor.SetEventInformation(x, y, ctrl, shift, "\0", 0, None)
        self.view.interactor.SetAltKey(alt)

    def _press(self, key: str) -> None:
        interactor = self.view.interactor
        interactor.SetKeyEventInformation(0, 0, "\0", 1, key)
        interactor.InvokeEvent("KeyPressEvent")
        interactor.InvokeEvent("KeyReleaseEvent")
        interactor.SetKeyEventInformation(0, 0, "\0", 0, None)

    def _changed(self, _caller: object, _event: str) -> None:
        self._on_change()


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        message = f"the page sent {value!r} where a number is expected. Reload the page."
        raise WebError(message)
    return float(value)
