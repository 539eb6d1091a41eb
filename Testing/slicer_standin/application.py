"""The application: ``slicer.app``, ``slicer.modules``, ``slicer.mrmlScene``, and the loading of a scripted module."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import qt
import slicer
import slicer.util

from . import dicom_database, main_window, own_files, qt_objects, sample_data

if TYPE_CHECKING:
    from . import layout

MODULE_LOGICS = {
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Volumes": "vtkSlicerVolumesLogic",
}
"""The modules whose logic the panel or the nodes need, in the order in which they depend on each other."""


class Application(qt_objects.qSlicerCoreApplication):
    """``slicer.app``, and what a user does to it: load, enter, leave, reload and unload a module."""

    applicationName = "Slicer"

    def __init__(self) -> None:
        super().__init__()
        self._moduleManager = qt_objects.qSlicerModuleManager()
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._settingsFolder = Path(tempfile.gettempdir())
        self._layoutManager = None
        self._mainWindow = main_window.qSlicerMainWindow()
        self._dicomDatabase = dicom_database.ctkDICOMDatabase()
        self._cacheFolder = tempfile.TemporaryDirectory(prefix="slicer-standin-")

    @property
    def slicerUserSettingsFilePath(self) -> str:
        return str(self._settingsFolder / "Slicer.ini")

    def userSettings(self) -> qt.QSettings:
        return qt.QSettings(self.slicerUserSettingsFilePath, qt.QSettings.IniFormat)

    @property
    def cachePath(self) -> str:
        return self._cacheFolder.name

    def setSettingsFolder(self, folder: Path) -> None:
        """Say where this user's settings are; a real Slicer finds that out by itself."""
        self._settingsFolder = folder

    def topLevelWidgets(self) -> list[qt.QWidget]:
        return qt.QApplication.topLevelWidgets()

    def layoutManager(self) -> layout.qMRMLLayoutManager:
        if self._layoutManager is None:
            self._layoutManager = importlib.import_module(f"{__package__}.layout").qMRMLLayoutManager(self._logic)
        return self._layoutManager

    def dicomDatabase(self) -> dicom_database.ctkDICOMDatabase:
        return self._dicomDatabase

    def mrmlScene(self) -> slicer.vtkMRMLScene:
        return slicer.mrmlScene

    def moduleManager(self) -> qt_objects.qSlicerModuleManager:
        return self._moduleManager

    def applicationLogic(self) -> slicer.vtkSlicerApplicationLogic:
        return self._logic

    def testingEnabled(self) -> bool:
        """Tell that messages are logged instead of shown."""
        return True

    def translate(self, _context: str, text: str) -> str:
        return text

    def processEvents(self) -> None:
        qt.QApplication.processEvents()

    def setOverrideCursor(self, cursor: qt.QCursor | qt.Qt.CursorShape) -> None:
        qt.QApplication.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        qt.QApplication.restoreOverrideCursor()

    def loadModule(self, path: Path) -> object:
        """Do what Slicer does at start-up with a scripted module, and when its panel is opened the first time.

        Parameters
        ----------
        path : Path
            The module's main file; its folder is put on ``sys.path``.

        Returns
        -------
        object
            The module's widget (the Python object), set up and entered.
        """
        name = path.stem
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        source = _executed(name, path)
        description = SimpleNamespace(path=str(path), title="", categories=[], dependencies=[], contributors=[])
        module = getattr(source, name)(description)
        place = slicer.qSlicerScriptedLoadableModuleWidget()
        place.setMRMLScene(slicer.mrmlScene)
        self._mainWindow.showModule(place)
        proxy = SimpleNamespace(
            path=str(path), widgetRepresentation=lambda: place, module=module, description=description
        )
        setattr(slicer.modules, name.lower(), proxy)
        self.startupCompleted.emit()
        return self._openPanel(name, source)

    def reloadModule(self, name: str) -> object:
        """Do what the button Reload does; return the new widget."""
        proxy = getattr(slicer.modules, name.lower())
        source = _executed(name, Path(proxy.path))
        self.leaveModule(name)
        self._closePanel(name)
        return self._openPanel(name, source)

    def enterModule(self, name: str) -> None:
        getattr(slicer.modules, name.lower()).widgetRepresentation().setEntered(True)
        getattr(slicer.modules, f"{name}Widget").enter()

    def leaveModule(self, name: str) -> None:
        getattr(slicer.modules, name.lower()).widgetRepresentation().setEntered(False)
        getattr(slicer.modules, f"{name}Widget").exit()

    def switchModule(self, name: str) -> None:
        """Do what Slicer does when the user selects a module: leave the one that is open, and enter the other."""
        for entered in self._enteredModules():
            self.leaveModule(entered)
        if hasattr(slicer.modules, name.lower()):
            self.enterModule(name)

    def _enteredModules(self) -> list[str]:
        panels = [key.removesuffix("Widget") for key in vars(slicer.modules) if key.endswith("Widget")]
        loaded = [name for name in panels if hasattr(slicer.modules, name.lower())]
        return [name for name in loaded if getattr(slicer.modules, name.lower()).widgetRepresentation().isEntered]

    def unloadModule(self, name: str) -> None:
        """Do what Slicer does when it closes."""
        self._moduleManager.moduleAboutToBeUnloaded.emit(name)
        self._closePanel(name, cleanup=False)
        delattr(slicer.modules, name.lower())
        self._mainWindow.showModule(qt.QWidget())
        # An event loop would do it; without it the selectors of closed panels go on following the scene.
        qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.DeferredDelete)

    def _openPanel(self, name: str, source: ModuleType) -> object:
        place = getattr(slicer.modules, name.lower()).widgetRepresentation()
        widget = getattr(source, f"{name}Widget")(place)
        setattr(slicer.modules, f"{name}Widget", widget)
        widget.setup()
        self.enterModule(name)
        return widget

    def _closePanel(self, name: str, *, cleanup: bool = True) -> None:
        widget = getattr(slicer.modules, f"{name}Widget")
        if cleanup:
            widget.cleanup()
            self._moduleManager.disconnect("moduleAboutToBeUnloaded(QString)", widget._onModuleAboutToBeUnloaded)
        delattr(slicer.modules, f"{name}Widget")
        layout = getattr(slicer.modules, name.lower()).widgetRepresentation().layout()
        while layout.count():
            item = layout.takeAt(0)
            if item.widget() is not None:
                item.widget().deleteLater()


def start() -> Application:
    """Give the process a stand-in for the application; a second call returns the same one.

    Returns
    -------
    Application
        Also ``slicer.app`` from here on.
    """
    if hasattr(slicer, "app"):
        return slicer.app
    slicer.app = Application()
    slicer.dicomDatabase = slicer.app.dicomDatabase()
    slicer.selfTests = {}
    sys.modules["SampleData"] = sample_data.module()
    _addScene(slicer.app.applicationLogic())
    _addPythonModules()
    return slicer.app


def _addScene(applicationLogic: slicer.vtkSlicerApplicationLogic) -> None:
    scene = slicer.vtkMRMLScene()
    slicer.mrmlScene = scene
    # A scene bundle (.mrb) is unpacked into it.
    cache = slicer.vtkCacheManager()
    cache.SetRemoteCacheDirectory(slicer.app.cachePath)
    scene.SetCacheManager(cache)
    files = slicer.vtkDataIOManager()
    files.SetCacheManager(cache)
    scene.SetDataIOManager(files)
    slicer.modules = SimpleNamespace()
    applicationLogic.SetMRMLScene(scene)
    colours = applicationLogic.GetColorLogic()
    colours.SetMRMLScene(scene)
    colours.AddDefaultColorNodes()
    applicationLogic.SetModuleLogic("Colors", colours)
    for name, className in MODULE_LOGICS.items():
        logic = getattr(slicer, className)()
        logic.SetMRMLApplicationLogic(applicationLogic)
        logic.SetMRMLScene(scene)
        applicationLogic.SetModuleLogic(name, logic)
        setattr(slicer.modules, name.lower(), SimpleNamespace(logic=lambda logic=logic: logic))


def _addPythonModules() -> None:
    """Make importable what slicer-core leaves out of the package ``slicer``.

    These are Slicer's own files if NENSEG_SLICER_PYTHON names the folder of them (Base/Python/slicer in its source).
    """
    folder = os.environ.get("NENSEG_SLICER_PYTHON")
    if folder:
        own_files.install(Path(folder))
        return
    # They are written for the widgets of the stand-in.
    from . import parameter_node, scripted_module

    contents = {
        "i18n": {"tr": lambda text: text, "translate": slicer.app.translate},
        "ScriptedLoadableModule": {cls.__name__: cls for cls in scripted_module.CLASSES},
        "parameterNodeWrapper": {
            "parameterNodeWrapper": parameter_node.parameterNodeWrapper,
            "WithinRange": parameter_node.WithinRange,
        },
    }
    for name, content in contents.items():
        module = ModuleType(f"slicer.{name}")
        vars(module).update(content)
        sys.modules[module.__name__] = module
        setattr(slicer, name, module)


def _executed(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    source = importlib.util.module_from_spec(spec)
    sys.modules[name] = source
    spec.loader.exec_module(source)
    return source
