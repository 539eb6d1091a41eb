"""The section Reader study: forwards what the reader does to the study, and shows where they are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import qt
import slicer
from slicer.i18n import tr as _

from ..core.errors import NENSegmentationError
from ..core.rating import RATINGS
from ..scene.session import CorrectionSession
from ..scene.signal import Signal
from ..scene.study_reading import Phase, StudyReading
from ..scene.study_words import notice_words, standing_words, where_words
from ..study.duration_text import times_text
from .dependencies import ensurePackages
from .keys import Keys
from .parameters import NENSegmentationParameterNode
from .reading import Reading
from .reporting import errorsIn, reportedErrors, tell

_PACKAGES = {"sqlalchemy": "SQLAlchemy>=2", "matplotlib": "matplotlib"}
_PACKAGES_OF_A_SERVER = {"psycopg": "psycopg[binary]"}
_TICK_MS, _POLL_MS = 1000, 100

_WITHOUT_A_PLACE = ("case", "reference", "segment", "ensemble", "time", "results")
"""Sections that are out of sight while a study is open: what they do is for the plan to say, or would unblind."""


class StudySection:
    """Opens a study, and leads a reader through it.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Shows the case.

    Attributes
    ----------
    study : StudyReading or None
        The study that is open.
    changed : Signal
        Without arguments: a study was opened or closed, or its reader is elsewhere in it.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._parameters: NENSegmentationParameterNode | None = None
        self.study: StudyReading | None = None
        self.changed = Signal()
        self._ratings = {rating: getattr(ui, f"studyRating{rating}Button") for rating in RATINGS}
        self._clock = qt.QTimer()
        self._clock.timeout.connect(self.onTick)
        self._connect()
        self._keys = Keys(
            {
                **{str(rating): button.click for rating, button in self._ratings.items()},
                "Space": ui.studyGoOnButton.click,
                "Ctrl+Return": ui.studyDoneButton.click,
                "Ctrl+Enter": ui.studyDoneButton.click,
            }
        )
        self._show()

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Let the parameter node know the lesions, whichever it is."""
        self._parameters = parameters

    def setKeysEnabled(self, enabled: bool) -> None:
        """Let the keys work while a study is open, or leave them to others."""
        self._keys.setEnabled(enabled and self.study is not None)

    def putAway(self) -> None:
        """Put the case away that is open or comes, because its scene is closed; the study stays open."""
        if self.study is not None:
            with reportedErrors(_("Close case")):
                self.study.leave()

    def remove(self) -> None:
        """Close the study, and let go of the keys."""
        self.onClose()
        self._keys.remove()

    def onBrowse(self) -> None:
        """Ask for the file of the plan."""
        kinds = f"{_('Plan of a study')} (*.toml)"
        chosen = qt.QFileDialog.getOpenFileName(self._ui.studyBrowseButton.window(), _("Open study"), "", kinds)
        if chosen:
            self._ui.studyPlanLineEdit.setText(chosen)

    def onEntered(self, *_text: object) -> None:
        """Enable what can be done with what was typed."""
        isComplete = bool(self._ui.studyPlanLineEdit.text.strip() and self._ui.studyReaderLineEdit.text.strip())
        self._ui.studyOpenButton.setEnabled(isComplete)

    def onOpen(self) -> None:
        """Open the study where its reader left it, or say why not."""
        with reportedErrors(_("Open study")):
            store = self._ui.studyStoreLineEdit.text.strip()
            ensurePackages({**_PACKAGES, **(_PACKAGES_OF_A_SERVER if store.startswith("postgresql") else {})})
            self._reading.close()
            self.study = StudyReading.open(
                slicer.mrmlScene,
                Path(self._ui.studyPlanLineEdit.text.strip()).expanduser(),
                self._ui.studyReaderLineEdit.text.strip(),
                store=store or None,
            )
            self._reading.isBlinded = self.study.is_arm_hidden
            self.study.loaded.connect(self._onLoaded)
            self.study.leaving.connect(self._reading.release)
            self.study.changed.connect(self._show)
            self.study.told.connect(self._tell)
            tell(self._ui.studyToldLabel, "")
        self._show()

    def onGoOn(self) -> None:
        """Take a break, end it, or bring the next case: whichever is possible now."""
        with errorsIn(self._ui.studyMessageLabel):
            if self.study.phase is Phase.READING:
                self._noteComment()
                self.study.take_break()
            else:
                tell(self._ui.studyToldLabel, "")
                self.study.go_on()
        self._show()

    def onRate(self) -> None:
        """Keep the rating that was chosen."""
        with errorsIn(self._ui.studyMessageLabel):
            for rating, button in self._ratings.items():
                if button.checked and rating != self.study.rating:
                    self.study.rate(rating, self._ui.studyCommentLineEdit.text)

    def onComment(self) -> None:
        """Keep the comment that was typed."""
        with errorsIn(self._ui.studyMessageLabel):
            self._noteComment()

    def onDone(self) -> None:
        """Save the case, and go on with the next."""
        self._finish(thenBreak=False)

    def onDoneThenBreak(self) -> None:
        """Save the case, and stop."""
        self._finish(thenBreak=True)

    def onClose(self) -> None:
        """Put the case away as it is, and let go of the study."""
        study, self.study = self.study, None
        if study is None:
            return
        with reportedErrors(_("Close study")):
            study.close()
        self._reading.isBlinded = False
        self._reading.leaveViews()
        self._show()

    def onTick(self) -> None:
        """Go on with the loading, or let the timer of the case notice what time it is."""
        try:
            # No case comes while another module is open: its views may be in use.
            if self._parameters is not None:
                self.study.poll()
            self.study.tick()
        except NENSegmentationError as error:
            tell(self._ui.studyMessageLabel, str(error)[:1].upper() + str(error)[1:])
        self._showProgress()

    def _connect(self) -> None:
        ui = self._ui
        for button, action in (
            (ui.studyBrowseButton, self.onBrowse),
            (ui.studyOpenButton, self.onOpen),
            (ui.studyGoOnButton, self.onGoOn),
            (ui.studyDoneButton, self.onDone),
            (ui.studyDoneBreakButton, self.onDoneThenBreak),
            (ui.studyCloseButton, self.onClose),
            *((button, self.onRate) for button in self._ratings.values()),
        ):
            button.clicked.connect(action)
        for label in (ui.studyToldLabel, ui.studyMessageLabel):
            tell(label, "")
        ui.studyCommentLineEdit.editingFinished.connect(self.onComment)
        for line in (ui.studyPlanLineEdit, ui.studyReaderLineEdit):
            line.textChanged.connect(self.onEntered)
        for rating, button in self._ratings.items():
            button.setToolTip(RATINGS[rating])
            getattr(ui, f"studyRating{rating}Label").setText(RATINGS[rating])

    def _onLoaded(self, session: CorrectionSession) -> None:
        self._reading.adopt(session, self._parameters, self.study.leave, self.study.image_warnings)

    def _finish(self, *, thenBreak: bool) -> None:
        tell(self._ui.studyToldLabel, "")
        with errorsIn(self._ui.studyMessageLabel):
            self._noteComment()
            self.study.done(then_break=thenBreak)
        self._show()

    def _noteComment(self) -> None:
        """Keep a comment that belongs to a rating; one that was typed before waits for it."""
        study, comment = self.study, self._ui.studyCommentLineEdit.text.strip()
        if study is not None and study.phase is Phase.READING and study.rating is not None and comment != study.comment:
            study.rate(study.rating, comment)

    def _tell(self, sentence: str) -> None:
        told = self._ui.studyToldLabel
        tell(told, "\n".join(filter(None, (told.text, sentence))))

    def _show(self) -> None:
        """Show where the reader is."""
        ui, study = self._ui, self.study
        phase = study.phase if study is not None else None
        for name in _WITHOUT_A_PLACE:
            getattr(ui, f"{name}CollapsibleButton").setVisible(study is None)
        ui.studyOpenWidget.setVisible(study is None)
        ui.studyOpenedWidget.setVisible(study is not None)
        self._setTicking(phase)
        if study is not None:
            ui.studyTitleLabel.setText(study.title)
            ui.studyStandingLabel.setText(standing_words(study))
            ui.studyCaseLabel.setText(where_words(study))
            self._showButtons(phase)
            self._showRating(phase)
            self._showProgress()
        self.changed.emit()

    def _setTicking(self, phase: Phase | None) -> None:
        if phase in (Phase.LOADING, Phase.READING, Phase.BREAK):
            self._clock.start(_POLL_MS if phase is Phase.LOADING else _TICK_MS)
        else:
            self._clock.stop()

    def _showButtons(self, phase: Phase) -> None:
        ui = self._ui
        words = {Phase.READING: _("Break"), Phase.BREAK: _("Go on"), Phase.LOADING: _("Loading ...")}
        ui.studyGoOnButton.setText(words.get(phase, _("Next case")) + " (Space)")
        ui.studyGoOnButton.setEnabled(phase not in (Phase.LOADING, Phase.FINISHED))
        for button in (ui.studyDoneButton, ui.studyDoneBreakButton):
            button.setEnabled(phase is Phase.READING)

    def _showRating(self, phase: Phase) -> None:
        ui, study = self._ui, self.study
        isOpen = phase in (Phase.READING, Phase.BREAK)
        ui.studyRatingWidget.setVisible(isOpen and study.needs_rating)
        ui.studyCommentLineEdit.setVisible(isOpen and study.needs_rating)
        ui.studyCommentLineEdit.setEnabled(phase is Phase.READING)
        for rating, button in self._ratings.items():
            button.setEnabled(phase is Phase.READING)
            # A group of which one has to be chosen cannot be cleared otherwise.
            button.setAutoExclusive(False)
            button.setChecked(rating == study.rating)
            button.setAutoExclusive(True)
        if not isOpen or study.rating is not None:
            ui.studyCommentLineEdit.setText(study.comment)

    def _showProgress(self) -> None:
        ui, study = self._ui, self.study
        if study is None:
            return
        tell(ui.studyNoticeLabel, "\n".join(notice_words(study)))
        done, total = study.progress
        ui.studyProgressBar.setVisible(study.phase is Phase.LOADING)
        ui.studyProgressBar.setMaximum(total)
        ui.studyProgressBar.setValue(done)
        ui.studyTimeLabel.setVisible(study.times is not None)
        if study.times is not None:
            ui.studyTimeLabel.setText(times_text(study.times))
