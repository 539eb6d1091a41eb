"""A stand-in for the Slicer application: the module's panel runs on it, in a test, without Slicer.

slicer-core brings real MRML nodes, scenes and logics, and most of ``slicer.util``; PySide6, or real PythonQt where that
was built (Testing/pythonqt), brings real widgets. This package adds what is missing between them: PythonQt's habits,
the CTK and qMRML widgets that the panel uses, and the Python names that only the application has. It does no more than
a real Slicer does; above all, a widget gets the MRML scene only by the ``<connections>`` of its .ui file.

    application = slicer_standin.start()
    widget = application.loadModule(path_of_the_scripted_module)
"""

import os

# Before Qt is asked for: tests run without a display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# First: it makes qt importable, which the other modules need.
from .qt_objects import ON_PYTHONQT

# isort: split
from .application import Application, start

__all__ = ["ON_PYTHONQT", "Application", "start"]
