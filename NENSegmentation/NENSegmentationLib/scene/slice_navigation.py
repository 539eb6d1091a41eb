"""The left button in a slice view without Slicer's tool bars: a click means a point, a drag sets the window."""

from __future__ import annotations

from collections.abc import Callable
from math import dist, exp

import slicer
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from .interaction import CLICK_PIXELS, Ras, ras_in_slice
from .left_button import LeftButtonTool
from .views import set_pet_window

# After the click tools and the projection, which take away what is theirs, and before Slicer.
_PRIORITY = 8.0

# Over a hundred pixels the window of the PET changes by a factor of about two and a half.
_PET_PER_PIXEL = 0.009
_LEAST_SUV, _MOST_SUV = 0.5, 500.0
_CT_PER_PIXEL_HU = 4.0
_LEAST_WIDTH_HU = 10.0


class SliceNavigation(LeftButtonTool):
    """A click is told to whoever wants to know; a drag up shows weaker uptake, down stronger.

    With Ctrl held down the drag sets the window of the CT: up and down its centre, left and right its width.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    pet_node, ct_node : vtkMRMLScalarVolumeNode
        What is shown; there may be no CT.
    on_click : callable
        Called with the point (RAS mm) that was clicked.
    on_double_click : callable
        Called without arguments when what was told as a click is the beginning of a double click.
    on_window : callable
        Called without arguments when a window was set.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        slice_node: slicer.vtkMRMLSliceNode,
        pet_node: slicer.vtkMRMLScalarVolumeNode,
        ct_node: slicer.vtkMRMLScalarVolumeNode | None,
        on_click: Callable[[Ras], object],
        on_double_click: Callable[[], object],
        on_window: Callable[[], object],
    ) -> None:
        super().__init__(interactor, _PRIORITY)
        self._node, self._pet_node, self._ct_node = slice_node, pet_node, ct_node
        self._on_click, self._on_double_click, self._on_window = on_click, on_double_click, on_window
        self._pressed_at: tuple[int, int] | None = None
        self._last: tuple[int, int] | None = None
        self._is_second = False

    def _pressed(self, _event: str) -> None:
        if not (self._interactor.GetShiftKey() or self._interactor.GetAltKey()):
            self._pressed_at = self._interactor.GetEventPosition()
            self._last, self._is_second = None, False

    def _pressed_again(self, event: str) -> None:
        self._pressed(event)
        self._is_second = True
        self._on_double_click()

    def _moved(self, event: str) -> None:
        if self._pressed_at is None:
            return
        position = self._interactor.GetEventPosition()
        if self._last is None and dist(position, self._pressed_at) <= CLICK_PIXELS:
            return
        x, y = self._last or self._pressed_at
        self._last = position
        self._observed.keep_from_others(event)
        self._drag(position[0] - x, position[1] - y)

    def _released(self, _event: str) -> None:
        pressed_at, self._pressed_at = self._pressed_at, None
        is_click = pressed_at is not None and self._last is None and not self._is_second
        if is_click and not self._interactor.GetControlKey():
            self._on_click(ras_in_slice(self._interactor, self._node))

    def _drag(self, right: int, up: int) -> None:
        if not self._interactor.GetControlKey():
            upper = self._pet_node.GetDisplayNode().GetWindow() * exp(-_PET_PER_PIXEL * up)
            set_pet_window(self._pet_node, min(max(upper, _LEAST_SUV), _MOST_SUV))
        elif self._ct_node is not None:
            display = self._ct_node.GetDisplayNode()
            width = max(display.GetWindow() + _CT_PER_PIXEL_HU * right, _LEAST_WIDTH_HU)
            display.SetWindowLevel(width, display.GetLevel() - _CT_PER_PIXEL_HU * up)
        self._on_window()
