"""What a click in a view does: lead all views, delete a lesion, add one, mend one, or place the reference region."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..core.lesion import Lesion
from ..core.seed import CAP_ML, Growth
from ..core.seed_rule import Rule, fixed_suv, gradient_edge, percent_of_maximum
from ..scene.brush import Brush
from ..scene.interaction import Ras
from ..scene.layout import MIP_VIEW
from ..scene.session import CorrectionSession
from .errors import WebError
from .room import Room, number, sentence

MODES = ("delete", "add", "paint", "erase")
RULES = {
    "threshold": "Patient threshold",
    "suv": "Fixed SUV",
    "percent": "Percentage of maximum",
    "gradient": "Gradient edge",
}
_REST_S = 0.15
_LEAST_MM, _MOST_MM, _STEP_MM = 2.0, 50.0, 2.0
_LEAST_ML, _MOST_ML = 1.0, 5000.0


class ClickSection:
    """The tools of the pointer; at most one is on.

    Parameters
    ----------
    room : Room
        Of the page.

    Attributes
    ----------
    highlighted : int or None
        The lesion that is shown in magenta while the pointer is over none.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self.highlighted: int | None = None
        self._brush = Brush(self._drawing, self._drawn)
        self._rest: asyncio.TimerHandle | None = None
        room.state.update({"mode": "", "placing": False, "hover": "", "preview": "", "rules": RULES})
        room.state.update({"seed_rule": "threshold", "seed_suv": 4.0, "seed_percent": 40.0, "brush_mm": 10.0})
        room.state.update({"leak_limit": CAP_ML})
        self._brush.diameter_mm = room.state.brush_mm
        room.on("mode", self.toggle)
        room.on("brush", self._set_brush)
        room.on("leak_limit", self._set_leak_limit)
        room.views.hovered.connect(self._on_hover)
        room.views.input.connect(self._on_input)
        room.views.shown.connect(self._on_shown)
        room.views.leaving.connect(self._on_leaving)

    def toggle(self, mode: str) -> None:
        """Let a click do something, or end that."""
        if self._room.reading.lesion_map is None:
            message = "there are no lesions yet. Place the reference region and segment first."
            raise WebError(message)
        self._set("" if mode == self._room.state.mode or mode not in MODES else mode)

    def stop(self) -> None:
        """Let clicks lead the views again."""
        self._set("")

    def place(self, placed: Callable[[Ras], object] | None) -> None:
        """Let clicks in the slices place something, or end that."""
        self._set("")
        self._room.views.place = None if placed is None else self._checked(placed)
        self._room.state.placing = placed is not None

    def highlight(self, lesion_id: int | None) -> None:
        """Show one lesion in magenta while the pointer is over none."""
        self.highlighted = lesion_id
        self._show_highlight(lesion_id)

    def resize_brush(self, steps: int) -> None:
        """Take a larger or a smaller sphere."""
        self._set_brush(self._room.state.brush_mm + steps * _STEP_MM)

    def _set(self, mode: str) -> None:
        self._room.state.mode, self._room.state.placing = mode, False
        self._room.views.place = None
        actions = {"delete": self._delete, "add": self._add}
        action = actions.get(mode)
        self._room.views.tools.active = None if action is None else self._checked(action)
        self._brush.turn(mode in ("paint", "erase"))
        self._clear_preview()

    def _checked(self, action: Callable[[Ras], object]) -> Callable[[Ras], None]:
        def done(ras: Ras) -> None:
            if not self._room.state.busy:
                with self._room.told():
                    action(ras)
                self._room.state.flush()

        return done

    def _delete(self, ras: Ras) -> None:
        self._room.session.delete_at(ras)

    def _add(self, ras: Ras) -> None:
        self._room.session.add_seed(ras, self._rule(), self._room.state.leak_limit)

    def _rule(self) -> Rule | None:
        """Return the rule that was chosen for seeds; None stands for the threshold of the patient."""
        state = self._room.state
        if state.seed_rule == "suv":
            return fixed_suv(number(state.seed_suv, "the SUV of a seed"))
        if state.seed_rule == "percent":
            return percent_of_maximum(number(state.seed_percent, "the percentage of a seed"))
        return gradient_edge() if state.seed_rule == "gradient" else None

    def _set_brush(self, diameter: object) -> None:
        wanted = min(max(number(diameter, "the diameter of the sphere"), _LEAST_MM), _MOST_MM)
        self._room.state.brush_mm = self._brush.diameter_mm = wanted

    def _set_leak_limit(self, volume: object) -> None:
        self._room.state.leak_limit = min(max(number(volume, "the leak limit"), _LEAST_ML), _MOST_ML)
        self._clear_preview()

    def _drawing(self, path: Sequence[Ras]) -> None:
        with self._room.told():
            lesion = self._mended(path)
            is_erased = self._room.state.mode == "erase"
            self._room.session.preview_stroke(lesion if is_erased else None, path, self._brush.diameter_mm)

    def _drawn(self, path: Sequence[Ras]) -> None:
        session = self._room.session
        session.clear_preview()
        if self._room.state.busy:
            return
        with self._room.told():
            mend = session.erase if self._room.state.mode == "erase" else session.paint
            mend(self._mended(path), path, self._brush.diameter_mm)
        self._room.state.flush()

    def _mended(self, path: Sequence[Ras]) -> int:
        under = self._room.session.lesion_at(path[0])
        lesion_id = under.id if under is not None else self.highlighted
        if lesion_id is None or lesion_id not in self._room.session.lesion_map.lesions:
            message = "there is no lesion here to mend. Begin in a lesion, or select one in the table first."
            raise WebError(message)
        return lesion_id

    def _on_hover(self, lesion: Lesion | None, words: str) -> None:
        self._room.state.hover = words
        self._show_highlight(lesion.id if lesion is not None else self.highlighted)
        self._room.state.flush()

    def _show_highlight(self, lesion_id: int | None) -> None:
        session = self._room.reading.session
        if session is not None and session.overlay is not None:
            session.overlay.highlight(lesion_id if lesion_id in session.lesion_map.lesions else None)

    def _on_shown(self, session: CorrectionSession) -> None:
        self.highlighted, state = None, self._room.state
        state.rules = {
            rule: said for rule, said in RULES.items() if rule != "threshold" or not session.is_region_hidden
        }
        if state.seed_rule not in state.rules:
            state.seed_rule = "percent"
        self._set("")
        for name, view in self._room.views.views.items():
            if name != MIP_VIEW:
                self._brush.attach(view.interactor, view.node)

    def _on_leaving(self) -> None:
        self._set("")
        self._brush.detach()

    def _on_input(self) -> None:
        """Take the preview away, and wait for the pointer to rest."""
        if self._room.state.mode == "add":
            self._clear_preview()
            self._rest = asyncio.get_running_loop().call_later(_REST_S, self._on_rest)

    def _on_rest(self) -> None:
        """Show what a click here would add, or why it would add nothing; in a lesion there is nothing to add."""
        session, ras = self._room.reading.session, self._room.views.pointer()
        if self._room.state.mode != "add" or session is None or ras is None or session.lesion_at(ras) is not None:
            return
        with self._room.told("preview"):
            words = growth_words(session.preview_seed(ras, self._rule(), self._room.state.leak_limit))
            self._room.state.preview = words
        self._room.state.flush()

    def _clear_preview(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._room.state.preview:
            self._room.state.preview = ""
        if self._room.reading.session is not None:
            self._room.session.clear_preview()


def growth_words(growth: Growth) -> str:
    """Return what a click would add, in words."""
    if growth.leaked is not None:
        return sentence(WebError(growth.leaked))
    would = f"A click adds {growth.volume_ml:.1f} mL, SUVmax {growth.suv_max:.1f}."
    return " ".join((would, *growth.notes))
