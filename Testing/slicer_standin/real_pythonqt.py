"""Real PythonQt, with the wrappers of Qt 5.15 and real CTK widgets, as Testing/pythonqt builds them."""

from __future__ import annotations

import importlib
import os
import sys
from types import ModuleType

import slicer

PACKAGES = {"qt": ("Qt", "QtCore", "QtGui", "QtUiTools"), "ctk": ("CTKWidgets",)}
"""The packages of PythonQt whose names Slicer's ``qt`` and ``ctk`` have."""

MRML_WIDGETS = ("qMRMLWidget", "qMRMLNodeComboBox", "qSlicerScriptedLoadableModuleWidget")


def start() -> None:
    """Start Qt and PythonQt in this process, and make ``qt`` and ``ctk`` importable."""
    folder = os.environ["NENSEG_PYTHONQT"]
    if "NENSEG_SLICER_PYTHON" not in os.environ:
        message = "With NENSEG_PYTHONQT, set NENSEG_SLICER_PYTHON as well: Slicer's own Python files belong to it."
        raise OSError(message)
    sys.path.append(folder)
    importlib.import_module("slicer_qt").start()
    sys.path.remove(folder)
    for name, packages in PACKAGES.items():
        module = ModuleType(name)
        for package in packages:
            found = importlib.import_module(f"PythonQt.{package}")
            vars(module).update({key: value for key, value in vars(found).items() if not key.startswith("_")})
        sys.modules[name] = module
    standIns = importlib.import_module("PythonQt.SlicerStandIn")
    for name in MRML_WIDGETS:
        setattr(slicer, name, getattr(standIns, name))
    globals().update(vars(standIns))
