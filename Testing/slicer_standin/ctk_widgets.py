"""The CTK widgets that the panel uses: what ``import ctk`` finds."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets


class ctkCollapsibleButton(QtWidgets.QGroupBox):
    """A titled section that can be folded away."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        # As CTK has it: what its contents would like to have is the least width of the panel.
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, QtWidgets.QSizePolicy.Policy.Preferred)
        self._collapsed = False

    def _setCollapsed(self, collapsed: bool) -> None:
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        for child in self.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindDirectChildrenOnly):
            child.setVisible(not collapsed)
        self.contentsCollapsed.emit(collapsed)

    text = QtCore.Property(str, lambda self: self.title, lambda self, text: self.setTitle(text))
    collapsed = QtCore.Property(bool, lambda self: self._collapsed, _setCollapsed)


WIDGETS = (ctkCollapsibleButton,)
