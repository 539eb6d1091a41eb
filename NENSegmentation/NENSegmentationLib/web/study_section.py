"""The section Reader study: forwards what the reader does to the study, and shows where they are."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import NENSegmentationError
from ..core.rating import RATINGS
from ..scene.session import CorrectionSession
from ..study.duration_text import times_text
from ..study.errors import PlanFaultsError
from .errors import WebError
from .room import Room, sentence

if TYPE_CHECKING:
    from ..scene.study_reading import StudyReading

# Values of `scene.study_reading.Phase`: to import it takes longer than the page may wait that reads no study.
_READING, _BREAK, _LOADING, _FINISHED = "reading", "break", "loading", "finished"

_LOADING_STEP_S, _TICK_S = 0.1, 1.0

_GO_ON = {
    _READING: "Break",
    _BREAK: "Go on",
    _LOADING: "Loading \u2026",
    _FINISHED: "Finished",
}


class StudySection:
    """Leads a reader through a study.

    Parameters
    ----------
    room : Room
        Of the page.
    plan : Path or None
        The file of the plan; None where no study is read.
    reader : str
        Code name.
    """

    def __init__(self, room: Room, plan: Path | None, reader: str) -> None:
        self._room = room
        self.study: StudyReading | None = None
        room.state.update({"is_study": plan is not None, "ratings": RATINGS, "study_told": []})
        room.state.update({"study_comment": "", "study_rating": 0, "study_phase": "", "study_progress": -1})
        room.state.update({"study_title": "", "study_standing": "", "study_case": "", "study_times": ""})
        room.state.update({"study_notices": [], "study_can_go_on": False, "study_go_on": "", "study_rates": False})
        if plan is None:
            return
        from ..scene.study_reading import StudyReading

        room.state.tab = "study"
        try:
            self.study = StudyReading.open(room.views.scene, plan, reader)
        except PlanFaultsError as error:
            # Its words name files, which may be called after patients, and arms.
            message = (
                f"{plan.name}: something is wrong with this study. Tell whoever runs it: `nenseg study check "
                f"{plan.name}` says what."
            )
            raise WebError(message) from error
        room.reading.is_study = True
        room.reading.is_blinded = self.study.is_arm_hidden
        self.study.loaded.connect(self._on_loaded)
        self.study.leaving.connect(room.reading.release)
        self.study.changed.connect(self._on_changed)
        self.study.told.connect(self._tell)
        room.on("study_go_on", self.go_on)
        room.on("study_rate", self.rate)
        room.on("study_comment", self._note_comment)
        room.on("study_done", self.done)
        self._show()

    async def run(self) -> None:
        """Go on with the loading, or let the timer of the case notice what time it is, as long as the server runs."""
        while self.study is not None:
            is_loading = self.study.phase == _LOADING
            await asyncio.sleep(_LOADING_STEP_S if is_loading else _TICK_S)
            if self.study is None:
                return
            try:
                self.study.poll()
                self.study.tick()
            except NENSegmentationError as error:
                self._room.state.message = sentence(error)
            self._show_progress()
            self._room.state.flush()

    def go_on(self) -> None:
        """Take a break, end it, or bring the next case: whichever is possible now."""
        study = self._opened()
        if study.phase == _READING:
            self._keep_comment()
            study.take_break()
        else:
            self._room.state.study_told = []
            study.go_on()

    def rate(self, rating: object) -> None:
        """Keep the rating that was chosen."""
        study = self._opened()
        if study.phase == _READING and study.needs_rating:
            study.rate(int(rating) if str(rating).isdigit() else 0, self._room.state.study_comment)

    def done(self, then_break: bool = False) -> None:
        """Save the case, and go on with the next one or stop."""
        self._keep_comment()
        self._opened().done(then_break=then_break is True)

    def close(self) -> None:
        """Put the case away as it is, and let go of the study."""
        study, self.study = self.study, None
        if study is not None:
            study.close()

    def _opened(self) -> StudyReading:
        if self.study is None:
            message = "no study is open here. Start the reader with --study."
            raise WebError(message)
        return self.study

    def _note_comment(self, comment: object) -> None:
        self._room.state.study_comment = str(comment)
        self._keep_comment()

    def _keep_comment(self) -> None:
        """Keep a comment that belongs to a rating; one that was typed before waits for it."""
        study, comment = self._opened(), str(self._room.state.study_comment).strip()
        if study.phase == _READING and study.rating is not None and comment != study.comment:
            study.rate(study.rating, comment)

    def _on_loaded(self, session: CorrectionSession) -> None:
        self._room.state.study_comment = ""
        self._room.show_tab("review")
        self._room.reading.adopt(session, self._opened().image_warnings)

    def _on_changed(self) -> None:
        # The study lets the time run before the first picture of the case is there.
        with self._room.told("time_message"):
            self._room.reading.presence.update()
        self._show()

    def _tell(self, told: str) -> None:
        self._room.state.study_told = [*self._room.state.study_told, told]

    def _show(self) -> None:
        """Show where the reader is."""
        study, state = self.study, self._room.state
        if study is None:
            return
        from ..scene.study_words import standing_words, where_words

        phase = study.phase
        is_open = phase in (_READING, _BREAK)
        state.update(
            {
                "study_title": study.title,
                "study_standing": standing_words(study),
                "study_case": where_words(study),
                "study_phase": phase.value,
                "study_go_on": _GO_ON.get(phase, "Next case"),
                "study_can_go_on": phase not in (_LOADING, _FINISHED),
                "study_rates": is_open and study.needs_rating,
                "study_rating": study.rating or 0,
            }
        )
        if is_open and study.rating is not None:
            state.study_comment = study.comment
        self._show_progress()
        state.flush()

    def _show_progress(self) -> None:
        study, state = self.study, self._room.state
        if study is not None:
            from ..scene.study_words import notice_words

            state.study_notices = notice_words(study)
            done, total = study.progress
            state.study_progress = round(100 * done / total) if total else -1
            state.study_times = "" if study.times is None else times_text(study.times)
