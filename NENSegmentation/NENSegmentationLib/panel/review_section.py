"""The section Review: the lesions one after the other, each kept, deleted or changed."""

from __future__ import annotations

from types import SimpleNamespace

from slicer.i18n import tr as _

from .click_modes import ClickModes
from .lesion_table import LesionTable
from .reading import Reading
from .reporting import errorsIn, tell


class ReviewSection:
    """The table, the review queue, and what can be done to the selected lesions.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    clicks : ClickModes
        Shows which lesion is meant.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading, clicks: ClickModes) -> None:
        self._ui, self._reading, self._clicks = ui, reading, clicks
        self._table = LesionTable(ui.lesionTable, self.onSelected, self.onRenamed)
        for button, action in (
            (ui.nextButton, self.onNext),
            (ui.previousButton, self.onPrevious),
            (ui.keepButton, self.onKeep),
            (ui.deleteButton, self.onDelete),
            (ui.splitButton, self.onSplit),
            (ui.mergeButton, self.onMerge),
            (ui.undoButton, self.onUndo),
            (ui.redoButton, self.onRedo),
            (ui.rejectSuggestedButton, self.onRejectSuggested),
        ):
            button.clicked.connect(action)
        reading.changed.connect(self._onCaseChanged)
        reading.lesionsChanged.connect(self._showLesions)
        self._onCaseChanged()

    def onSelected(self) -> None:
        """Show the first of the selected lesions in the views."""
        selected = self._table.selected()
        self._goTo(selected[0] if selected else None)

    def onNext(self) -> None:
        """Go to the lesion below."""
        self._step(1)

    def onPrevious(self) -> None:
        """Go to the lesion above."""
        self._step(-1)

    def onKeep(self) -> None:
        """Accept the selected lesions, and go to the next."""
        following = self._following()
        with errorsIn(self._ui.messageLabel):
            self._reading.session.accept(*self._table.selected())
            self._goTo(following)

    def onDelete(self) -> None:
        """Delete the selected lesions, and go to the next."""
        following = self._following()
        with errorsIn(self._ui.messageLabel):
            self._reading.session.delete(*self._table.selected())
            self._goTo(following)

    def onRejectSuggested(self) -> None:
        """Take out every lesion that is suggested to be physiological uptake."""
        with errorsIn(self._ui.messageLabel):
            self._reading.session.mark_physiological(*self._suggested())

    def onSplit(self) -> None:
        """Divide the selected lesion by its own maxima."""
        with errorsIn(self._ui.messageLabel):
            for lesionId in self._table.selected()[:1]:
                self._goTo(self._reading.session.split(lesionId).added[0].id)

    def onMerge(self) -> None:
        """Make one lesion of those that are selected."""
        with errorsIn(self._ui.messageLabel):
            self._goTo(self._reading.session.merge(self._table.selected()).added[0].id)

    def onRename(self) -> None:
        """Let the reader type another name for the first of the selected lesions."""
        self._table.editName()

    def onRenamed(self, lesionId: int, name: str) -> None:
        """Give a lesion the name that was typed."""
        with errorsIn(self._ui.messageLabel):
            self._reading.session.rename(lesionId, name)

    def onUndo(self) -> None:
        """Take the last edit back."""
        with errorsIn(self._ui.messageLabel):
            self._reading.session.undo()

    def onRedo(self) -> None:
        """Do it again."""
        with errorsIn(self._ui.messageLabel):
            self._reading.session.redo()

    def _step(self, by: int) -> None:
        ids, selected = self._table.ids(), self._table.selected()
        if ids:
            row = ids.index(selected[0]) + by if selected else 0
            self._goTo(ids[min(max(row, 0), len(ids) - 1)])

    def _following(self) -> int | None:
        """Return the lesion to go to when the selected ones are done with: the next below, or else above."""
        ids, selected = self._table.ids(), self._table.selected()
        if not selected:
            return None
        below, above = ids[ids.index(selected[-1]) + 1 :], ids[: ids.index(selected[0])]
        return next(iter([*below, *reversed(above), *selected]))

    def _goTo(self, lesionId: int | None) -> None:
        """Select a lesion, and bring it into the views."""
        session = self._reading.session
        if session is None or session.lesion_map is None:
            return
        lesion = session.lesion_map.lesions.get(lesionId)
        if lesion is not None:
            if self._table.selected()[:1] != [lesionId]:
                self._table.select(lesionId)
            session.show_lesion(lesion.id)
        self._clicks.highlight(lesion.id if lesion is not None else None)
        self._enable()

    def _onCaseChanged(self) -> None:
        tell(self._ui.messageLabel, "")
        self._ui.hoverLabel.setText("")
        self._showLesions()

    def _showLesions(self) -> None:
        session = self._reading.session
        lesion_map = session.lesion_map if session is not None else None
        lowest = lesion_map.patient().lowest_suv_mean if lesion_map is not None else None
        self._table.show(lesion_map.lesions if lesion_map is not None else {}, lowest[0] if lowest else None)
        self._enable()

    def _enable(self) -> None:
        """Enable what can be done now."""
        ui, count, suggested = self._ui, len(self._table.selected()), len(self._suggested())
        session = self._reading.session
        hasLesions = session is not None and session.lesion_map is not None
        for button in (ui.nextButton, ui.previousButton, ui.undoButton, ui.redoButton, ui.segmentEditorButton):
            button.setEnabled(hasLesions)
        for button in (ui.deleteByClickButton, ui.addByClickButton, ui.paintButton, ui.eraseButton):
            button.setEnabled(hasLesions)
        for button in (ui.keepButton, ui.deleteButton):
            button.setEnabled(count > 0)
        ui.splitButton.setEnabled(count == 1)
        ui.mergeButton.setEnabled(count > 1)
        ui.rejectSuggestedButton.setEnabled(suggested > 0)
        ui.rejectSuggestedButton.setText(_("Reject suggested physiological ({count})").format(count=suggested) + " (R)")

    def _suggested(self) -> list[int]:
        session = self._reading.session
        if session is None or session.lesion_map is None:
            return []
        return [lesion.id for lesion in session.lesion_map.lesions.values() if lesion.suggestion]
