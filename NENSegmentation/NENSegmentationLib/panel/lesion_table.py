"""The table of the lesions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import qt
from slicer.i18n import tr as _

from ..core.lesion import Lesion, Origin
from ..scene.review_order import DOUBT, FIGURES, SORTED_BY, has_doubt, ordered

_SWATCH_PIXELS = 12

_COLUMNS = ("name", "suggestion", "volume", "suv_max", "suv_mean", "suv_peak", *DOUBT)
_NAME, _SUGGESTION, _VOLUME = range(3)
_KEPT = " \u2713"


class LesionTable:
    """One row a lesion; the one of lowest SUVmean stays on top, in bold, whatever the others are sorted by.

    Lesions that may be physiological uptake come last, those of an organ together. Sorted by what an ensemble says, all
    are in that order alone, and those of which it says nothing come last.

    Sorted here and not by Qt, which would sort the texts of numbers and knows nothing of the row on top.

    Parameters
    ----------
    widget : QTableWidget
        Of the .ui file.
    onSelected : callable
        Called without arguments when the reader selects other rows; not when rows come, go or move.
    onRenamed : callable
        Called with the id of a lesion and the name that the reader typed for it.
    """

    def __init__(
        self, widget: qt.QTableWidget, onSelected: Callable[[], object], onRenamed: Callable[[int, str], object]
    ) -> None:
        self._widget, self._onRenamed = widget, onRenamed
        self._rows: list[Lesion] = []
        self._lowest: int | None = None
        self._column, self._descending = "volume", True
        self._titles = [widget.horizontalHeaderItem(column).text() for column in range(len(_COLUMNS))]
        self._prepareHeader()
        widget.connect("itemSelectionChanged()", onSelected)
        widget.itemChanged.connect(self.onItemChanged)

    def show(self, lesions: Mapping[int, Lesion], lowest: int | None) -> None:
        """Show lesions in the order of the chosen column; rows that are right already are not touched.

        Parameters
        ----------
        lesions : mapping of int to Lesion
            By id.
        lowest : int or None
            Id of the lesion of lowest SUVmean.
        """
        wasBlocked = self._widget.blockSignals(True)
        hasDoubt = any(map(has_doubt, lesions.values()))
        self._showDoubt(hasDoubt)
        if lowest != self._lowest:
            self._removeRows({lowest, self._lowest})
        self._lowest = lowest
        self._removeRows({row.id for row in self._rows if self._isMoved(row, lesions.get(row.id))})
        for row, lesion in enumerate(self._ordered(lesions)):
            if row == len(self._rows) or self._rows[row].id != lesion.id:
                self._rows.insert(row, lesion)
                self._widget.insertRow(row)
                self._fillRow(row)
            elif self._rows[row] is not lesion:
                self._rows[row] = lesion
                self._fillRow(row)
        hasSuggestion = any(lesion.suggestion for lesion in lesions.values())
        self._widget.setColumnHidden(_SUGGESTION, not hasSuggestion)
        self._makeRoom(hasSuggestion and hasDoubt)
        self._widget.blockSignals(wasBlocked)

    def ids(self) -> list[int]:
        """Return the lesions from top to bottom."""
        return [lesion.id for lesion in self._rows]

    def selected(self) -> list[int]:
        """Return the selected lesions from top to bottom."""
        return [lesion.id for row, lesion in enumerate(self._rows) if self._widget.item(row, 0).isSelected()]

    def select(self, lesionId: int | None) -> None:
        """Select one lesion alone, or none, and scroll to it; `onSelected` is not called."""
        wasBlocked = self._widget.blockSignals(True)
        self._widget.clearSelection()
        if lesionId in self.ids():
            row = self.ids().index(lesionId)
            self._widget.setCurrentCell(row, 0)
            self._widget.scrollToItem(self._widget.item(row, 0))
        self._widget.blockSignals(wasBlocked)

    def editName(self) -> None:
        """Let the reader type another name in the first of the selected rows."""
        for row in range(len(self._rows)):
            if self._widget.item(row, _NAME).isSelected():
                self._widget.editItem(self._widget.item(row, _NAME))
                return

    def onItemChanged(self, item: qt.QTableWidgetItem) -> None:
        """Hand on the name that was typed, without the mark of a kept lesion; the old one stands until it is taken."""
        lesion = self._rows[item.row()]
        name = item.text().removesuffix(_KEPT).strip()
        wasBlocked = self._widget.blockSignals(True)
        item.setText(_shownName(lesion))
        self._widget.blockSignals(wasBlocked)
        if name != lesion.name:
            self._onRenamed(lesion.id, name)

    def onHeaderClicked(self, column: int) -> None:
        """Sort by a column: the largest figures first, names and suggestions from the first; again: the other way.

        The probability by an ensemble is sorted from the lowest, so that the most doubtful lesions are first.
        """
        name = _COLUMNS[column]
        self._sort(name, descending=not self._descending if name == self._column else name in FIGURES)

    def sortByDoubt(self) -> None:
        """Sort by what the ensemble doubts: the least probable first."""
        self._sort("probability", descending=False)

    def _sort(self, column: str, *, descending: bool) -> None:
        self._column, self._descending = column, descending
        lesions, selected = {lesion.id: lesion for lesion in self._rows}, self.selected()
        self._removeRows(set(lesions))
        self.show(lesions, self._lowest)
        self.select(selected[0] if selected else None)
        self._showSorting()

    def _ordered(self, lesions: Mapping[int, Lesion]) -> list[Lesion]:
        return ordered(lesions.values(), self._column, descending=self._descending, lowest=self._lowest)

    def _isMoved(self, before: Lesion, now: Lesion | None) -> bool:
        value = SORTED_BY[self._column]
        if now is None or value(now) != value(before):
            return True
        return now.suggestion != before.suggestion or has_doubt(now) != has_doubt(before)

    def _showDoubt(self, isThere: bool) -> None:
        """Show the columns of an ensemble, or hide them and sort by volume where they had the say."""
        for column in DOUBT:
            self._widget.setColumnHidden(_COLUMNS.index(column), not isThere)
        if not isThere and self._column in DOUBT:
            self._column, self._descending = "volume", True
            self._removeRows(set(self.ids()))
            self._showSorting()

    def _makeRoom(self, isFull: bool) -> None:
        """Let names have what they need where all columns are shown: they matter more than an organ's last letters."""
        mode = qt.QHeaderView.ResizeToContents if isFull else qt.QHeaderView.Stretch
        self._widget.horizontalHeader().setSectionResizeMode(_NAME, mode)

    def _removeRows(self, lesionIds: set[int | None]) -> None:
        for row in reversed(range(len(self._rows))):
            if self._rows[row].id in lesionIds:
                del self._rows[row]
                self._widget.removeRow(row)

    def _fillRow(self, row: int) -> None:
        lesion = self._rows[row]
        figures = (lesion.volume_ml, lesion.suv_max, lesion.suv_mean, lesion.suv_peak)
        texts = (
            _shownName(lesion),
            (lesion.suggestion or "").replace("_", " "),
            *(f"{figure:.1f}" for figure in figures),
            *("" if figure is None else f"{figure:.2f}" for figure in (lesion.probability, lesion.disagreement)),
        )
        isLowest = lesion.id == self._lowest
        for column, text in enumerate(texts):
            item = _item(text, isFigure=column >= _VOLUME, isBold=isLowest)
            if column != _NAME:
                item.setFlags(item.flags() ^ qt.Qt.ItemIsEditable)
            self._widget.setItem(row, column, item)
        self._widget.item(row, _NAME).setIcon(_swatch(lesion.colour))
        self._widget.item(row, _NAME).setToolTip(_toolTip(lesion, isLowest=isLowest))
        self._widget.item(row, _SUGGESTION).setToolTip(texts[_SUGGESTION])

    def _prepareHeader(self) -> None:
        header = self._widget.horizontalHeader()
        header.setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        for column in (_NAME, _SUGGESTION):
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.sectionClicked.connect(self.onHeaderClicked)
        self._showSorting()

    def _showSorting(self) -> None:
        """Mark the column by an arrow in its text: Qt's own arrow takes room in every column."""
        for column, title in enumerate(self._titles):
            arrow = ("\u25be" if self._descending else "\u25b4") if _COLUMNS[column] == self._column else ""
            self._widget.horizontalHeaderItem(column).setText(f"{title} {arrow}".strip())


def _shownName(lesion: Lesion) -> str:
    return lesion.name + _KEPT if lesion.accepted else lesion.name


def _item(text: str, *, isFigure: bool, isBold: bool) -> qt.QTableWidgetItem:
    item = qt.QTableWidgetItem(text)
    if isFigure:
        item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
    font = item.font()
    font.setBold(isBold)
    item.setFont(font)
    return item


def _swatch(colour: tuple[float, float, float]) -> qt.QIcon:
    pixmap = qt.QPixmap(_SWATCH_PIXELS, _SWATCH_PIXELS)
    pixmap.fill(qt.QColor(*(round(255 * part) for part in colour)))
    icon = qt.QIcon(pixmap)
    # Otherwise Qt tints it in a selected row, and it is no longer the colour of the views.
    icon.addPixmap(pixmap, qt.QIcon.Selected)
    return icon


def _toolTip(lesion: Lesion, *, isLowest: bool) -> str:
    origin = {
        Origin.THRESHOLD: _("threshold"),
        Origin.ENSEMBLE: _("ensemble"),
        Origin.SEED: _("added by a click"),
        Origin.GIVEN: _("drawn elsewhere"),
    }
    words = [f"{lesion.name}.", _("Found by: {origin}.").format(origin=origin[lesion.origin])]
    if lesion.accepted:
        words.append(_("Kept by the reader."))
    if isLowest:
        words.append(_("Lowest SUVmean of all lesions: one small false positive changes this figure."))
    return " ".join(words)
