"""The section Review: the lesions one after the other, each kept, deleted or changed."""

from __future__ import annotations

from types import SimpleNamespace

from slicer.i18n import tr as _

from ..scene.review_order import following, has_doubt, neighbour
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
        self._lowest: int | None = None
        self._table = LesionTable(ui.lesionTable, self.onSelected, self.onRenamed)
        for button, action in (
            (ui.nextButton, self.onNext),
            (ui.previousButton, self.onPrevious),
            (ui.lowestButton, self.onLowest),
            (ui.keepButton, self.onKeep),
            (ui.deleteButton, self.onDelete),
            (ui.splitButton, self.onSplit),
            (ui.mergeButton, self.onMerge),
            (ui.undoButton, self.onUndo),
            (ui.redoButton, self.onRedo),
            (ui.rejectSuggestedButton, self.onRejectSuggested),
            (ui.doubtfulFirstButton, self.onDoubtfulFirst),
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

    def onLowest(self) -> None:
        """Go to the lesion of lowest SUVmean."""
        self._goTo(self._lowest)

    def onKeep(self) -> None:
        """Accept the selected lesions, and go to the next."""
        after = self._following()
        with errorsIn(self._ui.messageLabel):
            self._reading.session.accept(*self._table.selected())
            self._goTo(after)

    def onDelete(self) -> None:
        """Delete the selected lesions, and go to the next."""
        after = self._following()
        with errorsIn(self._ui.messageLabel):
            self._reading.session.delete(*self._table.selected())
            self._goTo(after)

    def onRejectSuggested(self) -> None:
        """Take out every lesion that is suggested to be physiological uptake."""
        with errorsIn(self._ui.messageLabel):
            self._reading.session.mark_physiological(*self._suggested())

    def onDoubtfulFirst(self) -> None:
        """Put the lesions first that the ensemble doubts, and go to the first of them."""
        self._table.sortByDoubt()
        self._goTo(next(iter(self._table.ids()), None))

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
        lesionId = neighbour(self._table.ids(), self._table.selected(), by)
        if lesionId is not None:
            self._goTo(lesionId)

    def _following(self) -> int | None:
        """Return the lesion to go to when the selected ones are done with."""
        return following(self._table.ids(), self._table.selected())

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
        self._lowest = lowest[0] if lowest is not None else None
        self._table.show(self._reading.shownLesions(), self._lowest)
        words = _("Lowest SUVmean")
        if lowest is not None:
            words += f": {lowest[1]:.2f}, {lesion_map.lesions[self._lowest].name}"
        self._ui.lowestButton.setText(f"{words} (L)")
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
        ui.lowestButton.setEnabled(self._lowest is not None)
        ui.splitButton.setEnabled(count == 1)
        ui.mergeButton.setEnabled(count > 1)
        ui.rejectSuggestedButton.setEnabled(suggested > 0)
        isByEnsemble = any(map(has_doubt, self._reading.shownLesions().values()))
        ui.doubtfulFirstButton.setVisible(isByEnsemble)
        ui.doubtfulFirstButton.setEnabled(isByEnsemble)
        ui.rejectSuggestedButton.setText(_("Reject suggested physiological ({count})").format(count=suggested) + " (R)")

    def _suggested(self) -> list[int]:
        session = self._reading.session
        if session is None or session.lesion_map is None:
            return []
        return [lesion.id for lesion in session.lesion_map.lesions.values() if lesion.suggestion]
