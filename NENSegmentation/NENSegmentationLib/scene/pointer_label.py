"""Words beside the pointer in a view."""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor, vtkTextActor

from .views import renderer_of

_FONT_PIXELS = 14
_BESIDE_PIXELS = 14
_MARGIN_PIXELS = 4


class PointerLabel:
    """One line of text that is there while it has something to say.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view.
    """

    def __init__(self, interactor: vtkRenderWindowInteractor) -> None:
        self._interactor = interactor
        self._actor = vtkTextActor()
        look = self._actor.GetTextProperty()
        look.SetFontFamilyToArial()
        look.SetFontSize(_FONT_PIXELS)
        look.SetColor(1.0, 1.0, 1.0)
        # Legible over a white projection and over a black CT.
        look.SetBackgroundColor(0.1, 0.1, 0.1)
        look.SetBackgroundOpacity(0.75)
        self._actor.PickableOff()

    def show(self, words: str) -> None:
        """Write beside the pointer, where there is room for it."""
        renderer = renderer_of(self._interactor)
        self._actor.SetInput(words)
        size = [0.0, 0.0]
        self._actor.GetSize(renderer, size)
        self._actor.SetDisplayPosition(*self._place(size, renderer.GetSize()))
        renderer.AddViewProp(self._actor)
        self._interactor.Render()

    def hide(self) -> None:
        """Write nothing."""
        renderer = renderer_of(self._interactor)
        if renderer is not None and renderer.HasViewProp(self._actor):
            renderer.RemoveViewProp(self._actor)
            self._interactor.Render()

    def _place(self, text: list[float], view: tuple[int, int]) -> tuple[int, int]:
        """Return the lower left corner: right above the pointer, or left or below where the view ends."""
        place = []
        for pointer, length, end in zip(self._interactor.GetEventPosition(), text, view, strict=True):
            after = pointer + _BESIDE_PIXELS
            fits = after + length + _MARGIN_PIXELS <= end
            before = pointer - _BESIDE_PIXELS - length
            place.append(round(after if fits else max(before, _MARGIN_PIXELS)))
        return place[0], place[1]
