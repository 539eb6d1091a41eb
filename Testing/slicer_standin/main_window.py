"""The main window, as far as a module meets it: its panel, and keys that Slicer has for itself."""

from __future__ import annotations

import qt
import slicer

from .segment_editor import SegmentEditorWidget


class ModuleSelector:
    """The toolbar in which the user chooses a module: of those of Slicer the stand-in has the Segment Editor."""

    def selectModule(self, name: str) -> None:
        if name == "SegmentEditor" and not hasattr(slicer.modules, "SegmentEditorWidget"):
            slicer.modules.SegmentEditorWidget = SegmentEditorWidget()
        slicer.app.switchModule(name)


class qSlicerMainWindow(qt.QMainWindow):
    """``slicer.util.mainWindow()``; the module's panel scrolls at its left, and the views would be at its right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.resize(1280, 800)
        self.setCentralWidget(qt.QWidget())
        self._selector = ModuleSelector()
        for name, keys in (("EditUndoAction", "Ctrl+Z"), ("EditRedoAction", "Ctrl+Y")):
            action = qt.QAction(name, self)
            action.setObjectName(name)
            action.setShortcut(qt.QKeySequence(keys))
            self.addAction(action)

    def moduleSelector(self) -> ModuleSelector:
        return self._selector

    def showModule(self, widget: qt.QWidget) -> None:
        """Put a module's panel into the window in place of the one before."""
        scroll = qt.QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(widget)
        self.setCentralWidget(scroll)
