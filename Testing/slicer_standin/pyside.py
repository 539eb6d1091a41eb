"""PySide6 under PythonQt's habits, and its widgets under the names of CTK's and Slicer's."""

from __future__ import annotations

import sys
from types import ModuleType

import slicer
from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from . import pythonqt


class qSlicerCoreApplication(QtCore.QObject):
    """The signals of ``slicer.app``."""

    startupCompleted = QtCore.Signal()


class qSlicerModuleManager(QtCore.QObject):
    """``slicer.app.moduleManager()``."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)


class qMRMLLayoutManager(QtCore.QObject):
    """The signals of ``slicer.app.layoutManager()``."""

    layoutChanged = QtCore.Signal(int)


class ctkDICOMDatabase(QtCore.QObject):
    """The properties of ``slicer.dicomDatabase``."""

    def __init__(self) -> None:
        super().__init__()
        self._isOpen = True

    def _setOpen(self, isOpen: bool) -> None:
        self._isOpen = isOpen

    isOpen = QtCore.Property(bool, lambda self: self._isOpen, _setOpen)


def start() -> None:
    """Start Qt in this process, and make ``qt`` and ``ctk`` importable."""
    QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    pythonqt.install()
    qt, ctk = ModuleType("qt"), ModuleType("ctk")
    for module in (QtCore, QtGui, QtWidgets, QtUiTools):
        vars(qt).update({name: getattr(module, name) for name in dir(module) if not name.startswith("_")})
    sys.modules.update(qt=qt, ctk=ctk)
    # They are written in PythonQt's habits.
    from . import ctk_widgets, mrml_widgets, ui_file

    qt.QUiLoader = ui_file.QUiLoader
    vars(ctk).update({cls.__name__: cls for cls in ctk_widgets.WIDGETS})
    for cls in (*mrml_widgets.WIDGETS, mrml_widgets.qSlicerScriptedLoadableModuleWidget):
        setattr(slicer, cls.__name__, cls)
