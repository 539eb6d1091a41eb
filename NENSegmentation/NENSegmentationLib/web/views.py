"""The four views of the page: three slices of the patient, and the projection that turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from ..core.lesions import LesionMap
from ..scene.bootstrap import close_scene, headless_scene
from ..scene.click_jump import ClickJump
from ..scene.interaction import ClickTools, Ras, ras_in_slice
from ..scene.layout import MIP_VIEW, mip_view
from ..scene.mip import RotatingMip
from ..scene.mip_navigation import MipNavigation
from ..scene.offscreen import SliceView, application_logic
from ..scene.patient_zoom import zoom_to_patient
from ..scene.reading_place import reading_place
from ..scene.session import CorrectionSession
from ..scene.signal import Signal
from ..scene.slice_frame import SliceFrame
from ..scene.slice_legend import mip_legend, slice_legend
from ..scene.slice_navigation import SliceNavigation
from . import tasks
from .protocol import ViewProtocol
from .stream import Drawn, PictureStream, Turns
from .view import BrowserView

LAYOUT = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal", MIP_VIEW: "Coronal"}
"""Orientation of each view by its name; the names are those of Slicer's layout."""

# Views that share the window get their new sizes within this time.
_TOGETHER_S = 0.05


class ReadingViews:
    """Slicer's views, in the places that the page has for them.

    Attributes
    ----------
    scene : vtkMRMLScene
        Of all views.
    views : dict of str to SliceView
        By name.
    tools : ClickTools
        The pointer over the lesions.
    place : callable or None
        What a click in a slice does with the point (RAS mm) where no tool takes it; None lets all views go there.
    input, hovered, windowed : Signal
        Before anything that the reader does in a view; with the lesion under the pointer, or None, and its words; when
        a drag set a window.
    shown, leaving : Signal
        With the session that is in the views now; before it leaves them.
    page_came : asyncio.Event
        Set once a page is open, and has places for the views.
    protocol : ViewProtocol
        For the server.
    """

    def __init__(self) -> None:
        self.scene = headless_scene()
        # Slicer's views look for it in one place of the process: it has to live as long as they do.
        self._application_logic = application_logic(self.scene)
        self.input, self.hovered, self.windowed = Signal(), Signal(), Signal()
        self.shown, self.leaving = Signal(), Signal()
        # The page writes the words at the rim of the view, where they cover nothing that the reader looks at.
        self.tools = ClickTools(self._lesion_map, self.hovered.emit, beside_pointer=False)
        self.place: Callable[[Ras], object] | None = None
        self.page_came = asyncio.Event()
        self._click = ClickJump(self.scene)
        self.protocol = ViewProtocol()
        self._navigations: list[SliceNavigation | MipNavigation] = []
        self._session: CorrectionSession | None = None
        self._pointed: str | None = None
        self._fitting: asyncio.TimerHandle | None = None
        self._fitted: dict[str, SliceFrame] = {}
        self.views: dict[str, SliceView] = {}
        self._streams: list[PictureStream] = []
        self._turns = Turns()
        for name, orientation in LAYOUT.items():
            self._add_view(name, orientation)

    def start(self, on_fault: Callable[[], object]) -> list[asyncio.Task]:
        """Begin to draw, in the loop that runs; the tasks go on until they are cancelled; see `tasks.keep`."""
        return [tasks.keep(stream.run, "the pictures of a view", on_fault) for stream in self._streams]

    def show(self, session: CorrectionSession) -> None:
        """Show a case, whose volumes are in the views already, and let the pointer work on it."""
        self._session = session
        view = mip_view(self.scene)
        if view is not None:
            session.show_mip(*view)
        self.fit()
        for name, view in self.views.items():
            mip = self._mip_in(name)
            self.tools.attach(view.interactor, view.node, mip.pick if mip is not None else None)
            self._navigations.append(
                SliceNavigation(
                    view.interactor,
                    view.node,
                    session.pet_node,
                    session.ct_node,
                    self._on_click,
                    self._click.take_back,
                    self.windowed.emit,
                )
                if mip is None
                else MipNavigation(view.interactor, view.node, mip)
            )
        self.shown.emit(session)

    def clear(self) -> None:
        """Leave the case, which is about to be closed."""
        if self._session is None:
            return
        self.leaving.emit()
        self._session = None
        self.tools.active, self.place = None, None
        self._click.forget()
        self.tools.detach()
        while self._navigations:
            self._navigations.pop().detach()

    def pointer(self) -> Ras | None:
        """Return where in the patient the pointer was last (RAS mm); None if it has not been in a view."""
        return None if self._pointed is None else self._point(self._pointed)

    def fit(self, *, keep_slices: bool = False) -> None:
        """Let the patient and the projection fill their views.

        Parameters
        ----------
        keep_slices : bool
            Whether each view stays at its slice, and the projection at its angle.
        """
        offsets = [view.node.GetSliceOffset() for view in self.views.values()]
        for view in self.views.values():
            view.fit()
        if self._session is not None:
            zoom_to_patient(self.scene, self._session.pet)
        for view, offset in zip(self.views.values(), offsets, strict=True):
            if keep_slices:
                view.node.SetSliceOffset(offset)
        self._fitted = {name: SliceFrame.of(view.node) for name, view in self.views.items()}

    def close(self) -> None:
        """Let go of everything."""
        self.clear()
        for view in self.views.values():
            view.close()
        close_scene(self.scene)

    def _add_view(self, name: str, orientation: str) -> None:
        view = SliceView(self._application_logic, name, orientation, air_outside=True)
        # Pictures are drawn without a graphics processor, where smooth lines cost five times as much as all the rest.
        view.window.SetMultiSamples(0)

        def pointed() -> None:
            self._pointed, self._turns.first = name, stream
            self.input.emit()

        def draw() -> Drawn | None:
            pixels = shown.picture()
            return None if pixels is None else Drawn(pixels, self._legend(name))

        stream = PictureStream(draw, partial(self.protocol.send, name), self._turns)
        shown = BrowserView(name, view, stream.request, pointed, self._fit_soon)
        self.views[name] = view
        self._streams.append(stream)
        self.protocol.add(shown, stream, partial(self._lines, name))

    def _legend(self, name: str) -> dict[str, str]:
        """Return the words that the page writes over the picture of a view."""
        session, node = self._session, self.views[name].node
        if session is None:
            return {}
        mip = self._mip_in(name)
        return vars(slice_legend(node, session.pet) if mip is None else mip_legend(node, mip))

    def _lines(self, name: str) -> list[str]:
        """Return the words for what is under the pointer in a view; none beside the images."""
        session, ras = self._session, self._point(name)
        return [] if session is None or ras is None else list(reading_place(session, ras).lines)

    def _point(self, name: str) -> Ras | None:
        """Return the point of the patient (RAS mm) that a view shows under the pointer."""
        if self._session is None:
            return None
        view = self.views[name]
        ras = ras_in_slice(view.interactor, view.node)
        mip = self._mip_in(name)
        return ras if mip is None else mip.pick(ras)

    def _mip_in(self, name: str) -> RotatingMip | None:
        """Return the projection if it is what a view shows."""
        return self._session.mip if self._session is not None and name == MIP_VIEW else None

    def _lesion_map(self) -> LesionMap | None:
        return None if self._session is None else self._session.lesion_map

    def _on_click(self, ras: Ras) -> None:
        if self.place is None:
            self._click.to(ras)
        else:
            self._click.forget()
            self.place(ras)

    def _fit_soon(self) -> None:
        """Fit once for all views that get another size together."""
        self.page_came.set()
        if self._fitting is None:
            self._fitting = asyncio.get_running_loop().call_later(_TOGETHER_S, self._fit_again)

    def _fit_again(self) -> None:
        """Fit the views anew, but those that the reader has zoomed or moved since they were fitted."""
        self._fitting = None
        now = {name: SliceFrame.of(view.node) for name, view in self.views.items()}
        chosen = [frame for name, frame in now.items() if not frame.is_same_part(self._fitted.get(name, frame))]
        self.fit(keep_slices=True)
        for frame in chosen:
            frame.show()
