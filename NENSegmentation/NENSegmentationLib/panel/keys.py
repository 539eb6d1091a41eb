"""The keys of the reading room, while its panel is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import qt
import slicer

# Slicer's own undo and redo, which have the same keys: two owners of one key would take turns.
_LENDERS = {"EditUndoAction": "Ctrl+Z", "EditRedoAction": "Ctrl+Y"}


class Keys:
    """Shortcuts in the main window.

    Parameters
    ----------
    actions : mapping of str to callable
        Key, as Qt writes it -> what it does. Text fields and number fields keep their letters for themselves.
    """

    def __init__(self, actions: Mapping[str, Callable[[], object]]) -> None:
        self._borrowed: list[tuple[qt.QAction, qt.QKeySequence]] = []
        self._lenders = [name for name, key in _LENDERS.items() if key in actions]
        self._shortcuts = [newShortcut(key, action) for key, action in actions.items()]
        self.setEnabled(False)

    def setEnabled(self, enabled: bool) -> None:
        """Let the keys work, or leave them to Slicer."""
        for shortcut in self._shortcuts:
            shortcut.enabled = enabled
        self._giveBack()
        if enabled:
            self._borrow()

    def remove(self) -> None:
        """Take the keys out of the main window; they cannot be used afterwards."""
        self.setEnabled(False)
        while self._shortcuts:
            self._shortcuts.pop().deleteLater()

    def _borrow(self) -> None:
        window = slicer.util.mainWindow()
        actions = [found for name in self._lenders for found in slicer.util.findChildren(window, name=name)]
        for action in actions if window is not None else ():
            self._borrowed.append((action, action.shortcut))
            action.shortcut = qt.QKeySequence()

    def _giveBack(self) -> None:
        while self._borrowed:
            action, key = self._borrowed.pop()
            action.shortcut = key


def newShortcut(key: str, action: Callable[[], object]) -> qt.QShortcut:
    """Make a key of the main window, which acts once however long it is held down."""
    shortcut = qt.QShortcut(slicer.util.mainWindow())
    shortcut.setKey(qt.QKeySequence(key))
    shortcut.autoRepeat = False
    shortcut.activated.connect(action)
    return shortcut
