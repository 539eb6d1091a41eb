"""The pointer over the projection: it turns, and leads the slices of the patient to what is seen in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import dist

import slicer
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from .click_jump import ClickJump
from .interaction import CLICK_PIXELS, ObservedInteractor, Ras, has_modifier, ras_in_slice
from .mip import RotatingMip
from .mip_cursor import MipCursor
from .mip_outline import MipOutline
from .views import jump_to, renderer_of

# After the click tools, which take away what is theirs, and before Slicer.
_PRIORITY = 9.0

_TURNS = {"Right": 1, "Left": -1}


class MipNavigation:
    """Turns the projection, and shows in the slices what the reader points at in it.

    The wheel and the keys Left and Right turn it, without an end (Slicer's own scrolling would stop behind the
    patient). A click that no tool takes brings the slices to the voxel of maximum uptake along the ray, unless it
    becomes a double click; so does moving with Shift, as it does in Slicer's slices. The point of the cross-hair is
    marked where it is seen. Everything else is Slicer's: zoom, shift, window and level, maximizing.

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
        # Air is white in the projection; around it, it should be too.
        self._paint_background(1.0)
        self._cursor = MipCursor(interactor, slice_node, mip)
        self._outline = None if mip.outline is None else MipOutline(interactor, slice_node, mip, mip.outline)
        self._click = ClickJump(slice_node.GetScene())
        self._pressed_at: tuple[int, int] | None = None
        self._observed = ObservedInteractor(
            interactor,
            {
                "MouseWheelForwardEvent": self._scrolled,
                "MouseWheelBackwardEvent": self._scrolled,
                "KeyPressEvent": self._key_pressed,
                "MouseMoveEvent": self._moved,
                "LeftButtonPressEvent": self._pressed,
                "LeftButtonDoubleClickEvent": self._pressed_again,
                "LeftButtonReleaseEvent": self._released,
            },
            _PRIORITY,
        )

    def detach(self) -> None:
        """Observe the view no more, and leave it black, as Slicer's slice views are."""
        self._cursor.remove()
        if self._outline is not None:
            self._outline.remove()
        self._paint_background(0.0)
        self._observed.end()

    def _paint_background(self, grey: float) -> None:
        renderer = renderer_of(self._interactor)
        if renderer is not None:
            renderer.SetBackground(grey, grey, grey)
            self._interactor.Render()

    def _scrolled(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        # With Ctrl the wheel zooms.
        if not has_modifier(self._interactor):
            self._mip.turn(self._node, 1 if event == "MouseWheelForwardEvent" else -1)
            self._observed.keep_from_others(event)

    def _key_pressed(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        views = _TURNS.get(self._interactor.GetKeySym())
        if views is not None and not has_modifier(self._interactor):
            self._mip.turn(self._node, views)
            self._observed.keep_from_others(event)

    def _moved(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        if self._pressed_at is not None and dist(self._interactor.GetEventPosition(), self._pressed_at) > CLICK_PIXELS:
            self._pressed_at = None
        if self._interactor.GetShiftKey() and not self._is_placing():
            # Slicer would take the point of the view for one of the patient.
            self._observed.keep_from_others(event)
            self._jump(partial(jump_to, self._node.GetScene()))

    def _pressed(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        if self._is_placing():
            # A point that is placed here, with the release, would lie beside the patient.
            self._observed.keep_from_others(event)
        elif not has_modifier(self._interactor):
            self._pressed_at = self._interactor.GetEventPosition()

    def _released(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        pressed_at, self._pressed_at = self._pressed_at, None
        if self._is_placing():
            self._observed.keep_from_others(event)
        elif pressed_at is not None and dist(self._interactor.GetEventPosition(), pressed_at) <= CLICK_PIXELS:
            self._jump(self._click.to)

    def _pressed_again(self, _interactor: vtkRenderWindowInteractor, _event: str) -> None:
        # What makes of it a view that is large, or small again, comes after this.
        self._click.take_back()

    def _jump(self, jump: Callable[[Ras], object]) -> None:
        ras = self._mip.pick(ras_in_slice(self._interactor, self._node))
        if ras is not None:
            jump(ras)

    def _is_placing(self) -> bool:
        interaction = self._node.GetScene().GetFirstNodeByClass("vtkMRMLInteractionNode")
        return interaction is not None and interaction.GetCurrentInteractionMode() == interaction.Place
