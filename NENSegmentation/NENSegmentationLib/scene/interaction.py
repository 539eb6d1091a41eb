"""Click tools for Slicer's views: the lesion under the pointer, and a click that deletes or adds.

A tool works on (interactor, view node) pairs, so it does not matter whether Slicer's widgets, a browser or a test holds
the view. It observes an interactor before Slicer does, and takes away from Slicer only what is a click: press and
release of the left button within 3 pixels. As soon as the pointer goes further it was no click, and Slicer gets the
press that was kept back, so that rotating, window and level, and dragging of handles go on as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import dist

import slicer
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindowInteractor

from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from .pick import hottest_on_ray
from .pointer_label import PointerLabel

Ras = tuple[float, float, float]

CLICK_PIXELS = 3
"""A press and a release no further apart than this are a click."""

# Slicer's interactor styles observe with priority 0, its widgets at most with 1.
_PRIORITY = 10.0


def words_of(lesion: Lesion) -> str:
    """Return what a reader wants to know of the lesion under the pointer: name, volume, SUVmax."""
    return f"{lesion.name}: {lesion.volume_ml:.1f} mL, SUVmax {lesion.suv_max:.1f}"


def has_modifier(interactor: vtkRenderWindowInteractor) -> bool:
    """Tell whether Shift, Ctrl or Alt is held down."""
    return bool(interactor.GetShiftKey() or interactor.GetControlKey() or interactor.GetAltKey())


class ObservedInteractor:
    """Handlers of the events of one interactor.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of a view.
    handlers : mapping of str to callable
        Event -> what is called with the interactor and the event.
    priority : float
        Observers with a higher one are called first.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        handlers: Mapping[str, Callable[[vtkRenderWindowInteractor, str], None]],
        priority: float,
    ) -> None:
        self._interactor = interactor
        self._tags = {event: interactor.AddObserver(event, call, priority) for event, call in handlers.items()}

    def keep_from_others(self, event: str) -> None:
        """Let no observer that comes after this one know of the event that it is called for."""
        self._interactor.GetCommand(self._tags[event]).SetAbortFlag(True)

    def end(self) -> None:
        """Observe nothing any more."""
        for tag in self._tags.values():
            self._interactor.RemoveObserver(tag)
        self._tags.clear()


def ras_in_slice(interactor: vtkRenderWindowInteractor, slice_node: slicer.vtkMRMLSliceNode) -> Ras:
    """Return the point (RAS mm) of a slice view on which the pointer is."""
    x, y = interactor.GetEventPosition()
    right, anterior, superior, _ = slice_node.GetXYToRAS().MultiplyPoint((x, y, 0.0, 1.0))
    return right, anterior, superior


def ray_in_view(interactor: vtkRenderWindowInteractor) -> tuple[Ras, Ras]:
    """Return where the ray under the pointer of a 3-D view enters and leaves what the camera sees (RAS mm)."""
    renderer = interactor.GetRenderWindow().GetRenderers().GetFirstRenderer()
    return _world(renderer, interactor, 0.0), _world(renderer, interactor, 1.0)


def _world(renderer: vtkRenderer, interactor: vtkRenderWindowInteractor, depth: float) -> Ras:
    renderer.SetDisplayPoint(*interactor.GetEventPosition(), depth)
    renderer.DisplayToWorld()
    x, y, z, w = renderer.GetWorldPoint()
    return x / w, y / w, z / w


class ClickTools:
    """The pointer over the lesions, in as many views as are attached.

    Parameters
    ----------
    lesion_map : callable
        Returns the lesions as they are now, or None while there is no case.
    on_hover : callable
        Called with the lesion under the pointer, or None, and with its words, whenever that changes.
    beside_pointer : bool
        Whether the words are written beside the pointer as well.

    Attributes
    ----------
    active : callable or None
        What a click does with the point (RAS mm) that was clicked, for example ``session.delete_at``; None leaves
        clicks to Slicer.
    """

    def __init__(
        self,
        lesion_map: Callable[[], LesionMap | None],
        on_hover: Callable[[Lesion | None, str], None],
        *,
        beside_pointer: bool = True,
    ) -> None:
        self._lesion_map = lesion_map
        self._on_hover = on_hover
        self._beside_pointer = beside_pointer
        self._views: list[_View] = []
        self._hovered: Lesion | None = None
        self._label: PointerLabel | None = None
        self.active: Callable[[Ras], object] | None = None

    def attach(
        self,
        interactor: vtkRenderWindowInteractor,
        view_node: slicer.vtkMRMLAbstractViewNode,
        pick: Callable[[Ras], Ras | None] | None = None,
    ) -> None:
        """Observe a view; a second time changes nothing.

        Parameters
        ----------
        interactor : vtkRenderWindowInteractor
            Of a slice view, or of a 3-D view with a volume rendering of the PET by maximum intensity.
        view_node : vtkMRMLSliceNode or vtkMRMLViewNode
            Of the same view.
        pick : callable, optional
            For a slice view that shows something else than slices of the patient: takes the point of the view to
            the point of the patient, as `RotatingMip.pick` does.
        """
        if all(view.interactor is not interactor for view in self._views):
            label = PointerLabel(interactor) if self._beside_pointer else None
            self._views.append(_View(self, interactor, view_node, pick, label))

    def detach(self) -> None:
        """Observe nothing any more."""
        self._hover(None, None)
        for view in self._views:
            view.detach()
        self._views.clear()

    @property
    def lesion_map(self) -> LesionMap | None:
        """The lesions as they are now."""
        return self._lesion_map()

    def hover_at(self, ras: Ras | None, label: PointerLabel | None = None) -> None:
        """Tell `on_hover` of the lesion at a point, if it is another one than before, and write it into a label."""
        lesion_map = self._lesion_map()
        self._hover(None if ras is None or lesion_map is None else lesion_map.at(ras), label)

    def _hover(self, lesion: Lesion | None, label: PointerLabel | None) -> None:
        if lesion is self._hovered:
            return
        self._hovered = lesion
        words = "" if lesion is None else words_of(lesion)
        if self._label is not None:
            self._label.hide()
        self._label = label
        if label is not None and words:
            label.show(words)
        self._on_hover(lesion, words)


@dataclass
class _Press:
    """A press of the left button that Slicer does not know of yet, and what would be clicked."""

    position: tuple[int, int]
    ras: Ras


class _View:
    """One observed view."""

    def __init__(
        self,
        tools: ClickTools,
        interactor: vtkRenderWindowInteractor,
        node: slicer.vtkMRMLAbstractViewNode,
        pick: Callable[[Ras], Ras | None] | None,
        label: PointerLabel | None,
    ) -> None:
        self.interactor = interactor
        self._tools = tools
        self._node = node
        self._pick = pick
        self._label = label
        self._press: _Press | None = None
        self._passing_on = False
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

    def _point(self) -> Ras | None:
        """Return the point of the patient under the pointer; None while there is no case, or beside the PET."""
        lesion_map = self._tools.lesion_map
        if lesion_map is None:
            return None
        if not self._node.IsA("vtkMRMLSliceNode"):
            return hottest_on_ray(lesion_map.pet, *ray_in_view(self.interactor))
        ras = ras_in_slice(self.interactor, self._node)
        return ras if self._pick is None else self._pick(ras)

    def _pressed(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        if self._tools.active is None or self._passing_on or has_modifier(self.interactor):
            return
        ras = self._point()
        if ras is not None:
            self._press = _Press(self.interactor.GetEventPosition(), ras)
            self._observed.keep_from_others(event)

    def _moved(self, _interactor: vtkRenderWindowInteractor, _event: str) -> None:
        position = self.interactor.GetEventPosition()
        if self._press is not None and dist(position, self._press.position) > CLICK_PIXELS:
            self._give_press_back(self._press, position)
        self._tools.hover_at(self._point(), self._label)

    def _released(self, _interactor: vtkRenderWindowInteractor, event: str) -> None:
        press, self._press = self._press, None
        if press is None:
            return
        self._observed.keep_from_others(event)
        if self._tools.active is not None:
            self._tools.active(press.ras)
            self._tools.hover_at(self._point(), self._label)

    def _left(self, _interactor: vtkRenderWindowInteractor, _event: str) -> None:
        self._tools.hover_at(None)

    def _give_press_back(self, press: _Press, position: tuple[int, int]) -> None:
        """Let Slicer have the press where it was made; the move that showed it to be a drag follows by itself."""
        self._press = None
        self._passing_on = True
        self.interactor.SetEventPosition(*press.position)
        self.interactor.InvokeEvent("LeftButtonPressEvent")
        self.interactor.SetEventPosition(*position)
        self._passing_on = False
