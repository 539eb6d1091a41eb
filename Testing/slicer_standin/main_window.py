"""The main window, as far as a module meets it: its panel, and keys that Slicer has for itself."""

from __future__ import annotations

from PySide6 import QtGui, QtWidgets


class qSlicerMainWindow(QtWidgets.QMainWindow):
    """``slicer.util.mainWindow()``; the module's panel scrolls at its left, and the views would be at its right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.resize(1280, 800)
        self.setCentralWidget(QtWidgets.QWidget())
        for name, keys in (("EditUndoAction", "Ctrl+Z"), ("EditRedoAction", "Ctrl+Y")):
            action = QtGui.QAction(name, self)
            action.setObjectName(name)
            action.setShortcut(QtGui.QKeySequence(keys))
            self.addAction(action)

    def showModule(self, widget: QtWidgets.QWidget) -> None:
        """Put a module's panel into the window in place of the one before."""
        scroll = QtWidgets.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(widget)
        self.setCentralWidget(scroll)
