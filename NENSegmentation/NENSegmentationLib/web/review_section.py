"""The section Review: the lesions one after the other, each kept, deleted or changed."""

from __future__ import annotations

from typing import Any

from ..core.lesion import Lesion, Origin
from ..scene.review_order import FIGURES, SORTED_BY, following, has_doubt, neighbour, ordered
from .click_section import ClickSection
from .room import Room

_ORIGINS = {
    Origin.THRESHOLD: "threshold",
    Origin.ENSEMBLE: "ensemble",
    Origin.SEED: "added by a click",
    Origin.GIVEN: "drawn elsewhere",
}


class ReviewSection:
    """The table, the review queue, and what can be done to the selected lesions.

    Parameters
    ----------
    room : Room
        Of the page.
    clicks : ClickSection
        Shows which lesion is meant.
    """

    def __init__(self, room: Room, clicks: ClickSection) -> None:
        self._room, self._clicks = room, clicks
        self._ids: list[int] = []
        self._anchor: int | None = None
        room.state.update({"selected": [], "sort": "volume", "descending": True, "renaming": 0, "new_name": ""})
        for name, action in (
            ("select", self.select),
            ("sort", self._sort_by),
            ("next", self.next),
            ("previous", self.previous),
            ("keep", self.keep),
            ("delete", self.delete),
            ("split", self.split),
            ("merge", self.merge),
            ("undo", self.undo),
            ("redo", self.redo),
            ("reject", self.reject_suggested),
            ("doubtful", self.doubtful_first),
            ("rename", self.begin_rename),
            ("renamed", self._rename),
        ):
            room.on(name, action)
        room.reading.changed.connect(self._on_case_changed)
        room.reading.lesions_changed.connect(self._show)
        room.reading.lesions_replaced.connect(self._select_none)
        self._on_case_changed()

    @property
    def selected(self) -> list[int]:
        """The selected lesions, from top to bottom."""
        chosen = set(self._room.state.selected)
        return [lesion_id for lesion_id in self._ids if lesion_id in chosen]

    def select(self, lesion_id: int, extend: str = "") -> None:
        """Select a lesion as a list does: alone, or with ``extend`` ctrl besides others, or shift up to it."""
        if lesion_id not in self._ids:
            return
        chosen = self.selected
        if extend == "ctrl":
            self._room.state.selected = [one for one in chosen if one != lesion_id] or []
            if lesion_id not in chosen:
                self._room.state.selected = [*chosen, lesion_id]
            self._anchor = lesion_id
        elif extend == "shift" and self._anchor in self._ids:
            ends = sorted((self._ids.index(self._anchor), self._ids.index(lesion_id)))
            self._room.state.selected = self._ids[ends[0] : ends[1] + 1]
        else:
            self._room.state.selected, self._anchor = [lesion_id], lesion_id
        self._go_to(next(iter(self.selected), None), alone=False)

    def next(self) -> None:
        """Go to the lesion below."""
        self._go_to(neighbour(self._ids, self.selected, 1))

    def previous(self) -> None:
        """Go to the lesion above."""
        self._go_to(neighbour(self._ids, self.selected, -1))

    def lowest(self) -> None:
        """Go to the lesion of lowest SUVmean."""
        lowest = self._lowest()
        if lowest in self._ids:
            self._go_to(lowest)

    def keep(self) -> None:
        """Accept the selected lesions, and go to the next."""
        chosen = self.selected
        if chosen:
            then = following(self._ids, chosen)
            self._room.session.accept(*chosen)
            self._go_to(then)

    def delete(self) -> None:
        """Delete the selected lesions, and go to the next."""
        chosen = self.selected
        if chosen:
            then = following(self._ids, chosen)
            self._room.session.delete(*chosen)
            self._go_to(then)

    def reject_suggested(self) -> None:
        """Take out every lesion that is suggested to be physiological uptake."""
        suggested = [lesion.id for lesion in self._lesions().values() if lesion.suggestion]
        if suggested:
            self._room.session.mark_physiological(*suggested)

    def doubtful_first(self) -> None:
        """Put the lesions first that the ensemble doubts, and go to the first of them."""
        if any(map(has_doubt, self._lesions().values())):
            self._room.state.sort, self._room.state.descending = "probability", False
            self._show()
            self._go_to(next(iter(self._ids), None))

    def split(self) -> None:
        """Divide the selected lesion by its own maxima."""
        if len(self.selected) == 1:
            self._go_to(self._room.session.split(self.selected[0]).added[0].id)

    def merge(self) -> None:
        """Make one lesion of those that are selected."""
        if len(self.selected) > 1:
            self._go_to(self._room.session.merge(self.selected).added[0].id)

    def undo(self) -> None:
        """Take the last edit back."""
        self._room.session.undo()

    def redo(self) -> None:
        """Do it again."""
        self._room.session.redo()

    def begin_rename(self) -> None:
        """Let the reader type another name for the first of the selected lesions."""
        for lesion_id in self.selected[:1]:
            self._room.state.renaming = lesion_id
            self._room.state.new_name = self._lesions()[lesion_id].name

    def _rename(self, name: object) -> None:
        lesion_id, self._room.state.renaming = self._room.state.renaming, 0
        lesion = self._lesions().get(lesion_id)
        wanted = str(name).strip()
        if lesion is not None and wanted != lesion.name:
            self._room.session.rename(lesion_id, wanted)

    def _sort_by(self, column: str) -> None:
        """Sort by a column; again: the other way."""
        if column not in SORTED_BY:
            return
        state = self._room.state
        state.descending = not state.descending if column == state.sort else column in FIGURES
        state.sort = column
        self._show()

    def _go_to(self, lesion_id: int | None, *, alone: bool = True) -> None:
        """Select a lesion, and bring it into the views."""
        session = self._room.reading.session
        if session is None or session.lesion_map is None:
            return
        is_there = lesion_id in session.lesion_map.lesions
        if alone:
            self._room.state.selected = [lesion_id] if is_there else []
            self._anchor = lesion_id
        if is_there:
            session.show_lesion(lesion_id)
        self._clicks.highlight(lesion_id if is_there else None)

    def _select_none(self) -> None:
        self._room.state.update({"selected": [], "renaming": 0})
        self._clicks.highlight(None)

    def _lowest(self) -> int | None:
        lesion_map = self._room.reading.lesion_map
        lowest = None if lesion_map is None else lesion_map.patient().lowest_suv_mean
        return lowest[0] if lowest else None

    def _lesions(self) -> dict[int, Lesion]:
        return dict(self._room.reading.shown_lesions())

    def _on_case_changed(self) -> None:
        self._room.state.update({"selected": [], "renaming": 0, "hover": "", "sort": "volume", "descending": True})
        self._show()

    def _show(self) -> None:
        state, lesions = self._room.state, self._lesions()
        lesion_map, lowest_id = self._room.reading.lesion_map, self._lowest()
        listed = ordered(lesions.values(), state.sort, descending=state.descending, lowest=lowest_id)
        self._ids = [lesion.id for lesion in listed]
        says_origin = not self._room.reading.is_blinded
        state.lesions = [_row(one, is_lowest=one.id == lowest_id, says_origin=says_origin) for one in listed]
        kept = [lesion_id for lesion_id in state.selected if lesion_id in lesions]
        if kept != state.selected:
            state.selected = kept
        state.has_lesions = lesion_map is not None
        state.has_suggestions = any(lesion.suggestion for lesion in listed)
        state.has_doubt = any(map(has_doubt, listed))
        state.suggested = sum(bool(lesion.suggestion) for lesion in listed)
        state.can_undo = lesion_map is not None and lesion_map.can_undo
        state.can_redo = lesion_map is not None and lesion_map.can_redo
        state.flush()


def _row(lesion: Lesion, *, is_lowest: bool, says_origin: bool) -> dict[str, Any]:
    """Return a lesion as the table shows it."""
    red, green, blue = (round(255 * part) for part in lesion.colour)
    figures = (lesion.volume_ml, lesion.suv_max, lesion.suv_mean, lesion.suv_peak)
    doubt = (lesion.probability, lesion.disagreement)
    return {
        "id": lesion.id,
        "name": lesion.name,
        "colour": f"rgb({red} {green} {blue})",
        "suggestion": (lesion.suggestion or "").replace("_", " "),
        "figures": [f"{figure:.1f}" for figure in figures],
        "doubt": ["" if figure is None else f"{figure:.2f}" for figure in doubt],
        "kept": lesion.accepted,
        "lowest": is_lowest,
        "title": _title(lesion, is_lowest=is_lowest, says_origin=says_origin),
    }


def _title(lesion: Lesion, *, is_lowest: bool, says_origin: bool) -> str:
    words = [f"{lesion.name}."]
    if says_origin:
        words.append(f"Found by: {_ORIGINS[lesion.origin]}.")
    if lesion.accepted:
        words.append("Kept by the reader.")
    if is_lowest:
        words.append("Lowest SUVmean of all lesions: one small false positive changes this figure.")
    return " ".join(words)
