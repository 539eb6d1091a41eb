"""Slicer's own Python files in place of the stand-in's, where its source is at hand."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import qt
import slicer

FILES = {
    "i18n": "i18n.py",
    "ScriptedLoadableModule": "ScriptedLoadableModule.py",
    "parameterNodeWrapper": "parameterNodeWrapper/__init__.py",
}

NAMES = {
    "ctk": (
        "ctkCheckBox",
        "ctkCheckablePushButton",
        "ctkColorPickerButton",
        "ctkComboBox",
        "ctkDirectoryButton",
        "ctkDoubleRangeSlider",
        "ctkDoubleSlider",
        "ctkDoubleSpinBox",
        "ctkPathLineEdit",
        "ctkRangeWidget",
        "ctkSliderWidget",
    ),
    "slicer": ("qMRMLRangeWidget", "qMRMLSliderWidget", "qMRMLSpinBox"),
}
"""Widgets that Slicer's files compare the panel's with; the panel has none of them."""


def install(folder: Path) -> None:
    """Import the modules of a folder as those of the package ``slicer``.

    Parameters
    ----------
    folder : Path
        Base/Python/slicer of Slicer's source.
    """
    if not (folder / "ScriptedLoadableModule.py").is_file():
        message = f"{folder} is not the folder Base/Python/slicer of Slicer's source. Correct NENSEG_SLICER_PYTHON."
        raise FileNotFoundError(message)
    for package, names in NAMES.items():
        for name in names:
            setattr(sys.modules[package], name, type(name, (qt.QWidget,), {}))
    # One by one and not by slicer.__path__: whether there is a slicer.packaging is for the tests to say.
    for name, file in FILES.items():
        setattr(slicer, name, _imported(f"slicer.{name}", folder / file))


def _imported(name: str, path: Path) -> ModuleType:
    places = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=places)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
