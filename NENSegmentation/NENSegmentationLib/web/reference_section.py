"""The section Reference region: from normal tissue to the threshold, and from there to lesions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.proposal import propose_region
from ..core.reference_region import Organ, Point, ReferenceRegion
from ..scene.layout import MIP_VIEW
from ..scene.region_choice import FORMULAS, RegionChoice, unused_words
from ..scene.region_drag import RegionDrag
from ..scene.session import CorrectionSession
from ..scene.views import jump_to
from .errors import WebError
from .room import Room, number

_LEAST_MM, _MOST_MM = 5.0, 100.0


class ReferenceSection:
    """Places the region, draws it and shows its figures while it is moved, and segments by it.

    Parameters
    ----------
    room : Room
        Of the page.
    place_by_click : callable
        Called with what the next clicks in the slices do with their points, or with None.
    """

    def __init__(self, room: Room, place_by_click: Callable[[Callable[[Point], object] | None], object]) -> None:
        self._room, self._place_by_click = room, place_by_click
        self._choice = RegionChoice()
        self._drags: list[RegionDrag] = []
        room.state.update({"outline_shown": True, "replace_asked": False})
        room.on("propose", self._propose)
        room.on("organ", self._set_organ)
        room.on("diameter", self._set_diameter)
        room.on("place", self._toggle_placing)
        room.on("clear_region", self._clear)
        room.on("outline", self._toggle_outline)
        room.on("segment", self._segment, in_study=False)
        room.on("use_region", self._use_region, in_study=False)
        room.views.shown.connect(self._on_shown)
        room.views.leaving.connect(self._on_leaving)
        room.reading.changed.connect(self._show)
        room.reading.lesions_changed.connect(self._show)
        self._show()

    async def _propose(self) -> None:
        await self._find()
        jump_to(self._room.views.scene, self._choice.centres[0])

    async def _find(self) -> None:
        """Propose a region, beside the loop: it takes seconds on a whole body."""
        session, reading = self._room.session, self._room.reading
        ct = reading.case.ct if reading.case is not None and session.organs is None else None
        with self._room.busy(f"Looking for normal {self._choice.organ.value} \u2026"):
            region = await asyncio.to_thread(
                propose_region, session.pet, self._choice.organ, ct=ct, organs=session.organs
            )
        self._require_open(session)
        self._choice.take(region)
        self._place_by_click(None)
        self._show()

    def _set_organ(self, organ: str) -> None:
        if organ != self._choice.organ.value:
            self._choice.organ = Organ(organ)
            self._choice.clear()
        self._show()

    def _set_diameter(self, diameter: object) -> None:
        self._choice.diameter_mm = min(max(number(diameter, "the diameter"), _LEAST_MM), _MOST_MM)
        if self._choice.proposed_warnings is not None:
            self._choice.proposed_warnings = None
        self._show()

    def _toggle_placing(self) -> None:
        session = self._room.session
        is_on = not self._room.state.placing and session is not None
        self._place_by_click(self._place if is_on else None)

    def _place(self, ras: Point) -> None:
        self._choice.place(ras)
        self._show_outline(True)
        self._show()

    def _clear(self) -> None:
        self._choice.clear()
        self._show()

    def _toggle_outline(self) -> None:
        self._show_outline(not self._room.state.outline_shown)
        self._show()

    def _show_outline(self, shown: bool) -> None:
        self._room.state.outline_shown = shown

    async def _segment(self, replace: bool = False) -> None:
        session = self._room.session
        if session.is_corrected and not replace:
            self._room.state.replace_asked = True
            return
        self._room.state.replace_asked = False
        if not self._choice.centres:
            await self._find()
        with self._room.busy("Segmenting \u2026"):
            await asyncio.sleep(0)
            self._require_open(session)
            session.segment(self._choice.measured(session))
        self._place_by_click(None)
        self._room.show_tab("review")

    def _use_region(self) -> None:
        """Take the region for added lesions, which are added in the section Review."""
        session = self._room.session
        session.use_region(self._choice.measured(session))
        self._place_by_click(None)
        self._room.show_tab("review")

    def _require_open(self, session: CorrectionSession) -> None:
        if self._room.reading.session is not session:
            message = "the case was closed meanwhile. Open it again and segment."
            raise WebError(message)

    def _on_shown(self, session: CorrectionSession) -> None:
        self._choice = RegionChoice()
        if session.region is not None:
            self._choice.organ = session.region.organ
        for name, view in self._room.views.views.items():
            if name != MIP_VIEW:
                self._drags.append(RegionDrag(view.interactor, view.node, self._hit, self._centre, self._moved))

    def _on_leaving(self) -> None:
        while self._drags:
            self._drags.pop().detach()

    def _hit(self, ras: Point) -> int | None:
        state = self._room.state
        return None if state.placing or not state.outline_shown or state.busy else self._choice.hit(ras)

    def _centre(self, sphere: int) -> Point:
        return self._choice.centres[sphere]

    def _moved(self, sphere: int, ras: Point) -> None:
        self._choice.move(sphere, ras)
        self._show()

    def _show(self) -> None:
        """Draw and measure the region that is chosen; while none is, that of the lesions."""
        state, session = self._room.state, self._room.reading.session
        state.organ, state.diameter = self._choice.organ.value, self._choice.diameter_mm
        state.is_proposed = self._choice.proposed_warnings is not None
        state.spheres = len(self._choice.centres)
        state.can_use_region = session is not None and session.can_use_region
        state.region_message = ""
        region = None
        if session is not None and not self._room.reading.is_blinded:
            session.outline.set_visible(state.outline_shown)
            region = session.region
            if self._choice.centres:
                session.outline.show(self._choice.organ, self._choice.spheres)
                with self._room.told("region_message"):
                    region = None
                    region = self._choice.measured(session)
            else:
                session.show_region()
        elif session is not None:
            session.outline.set_visible(False)
        state.region_figures = _figures(region)
        state.region_warnings = [] if region is None else [*region.warnings, *unused_words(region, session)]
        state.flush()


def _figures(region: ReferenceRegion | None) -> list[tuple[str, str]]:
    """Return the region, its uptake and its threshold in words."""
    if region is None:
        return [("Region", "\u2013"), ("Uptake", "\u2013"), ("Threshold", "\u2013")]
    return [
        ("Region", f"{region.organ.value.capitalize()}, {region.n} voxels"),
        ("Uptake", f"SUVmean {region.mean:.2f}, SD {region.sd:.2f}"),
        ("Threshold", f"{region.threshold():.2f} ({FORMULAS[region.organ]})"),
    ]
