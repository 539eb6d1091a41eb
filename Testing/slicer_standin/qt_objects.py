"""What the stand-in needs of Qt before anything else: ``import qt`` and ``import ctk``, and objects with signals.

It runs on PySide6 under PythonQt's habits, or on real PythonQt if the variable NENSEG_PYTHONQT names the folder into
which Testing/pythonqt was built.
"""

from __future__ import annotations

import os

ON_PYTHONQT = "NENSEG_PYTHONQT" in os.environ

if ON_PYTHONQT:
    from . import real_pythonqt as binding
else:
    from . import pyside as binding

binding.start()

qSlicerCoreApplication = binding.qSlicerCoreApplication
qSlicerModuleManager = binding.qSlicerModuleManager
qMRMLLayoutManager = binding.qMRMLLayoutManager
ctkDICOMDatabase = binding.ctkDICOMDatabase
