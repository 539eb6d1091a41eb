"""The layout of views: real slice views of Slicer, which nobody sees."""

from __future__ import annotations

import slicer
from PySide6 import QtCore
from vtkmodules.vtkCommonCore import vtkCollection

from NENSegmentationLib.scene.offscreen import SliceView

ORIENTATIONS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}


class qMRMLSliceView:
    """What a slice widget holds."""

    def __init__(self, view: SliceView) -> None:
        self._view = view

    def interactor(self) -> slicer.vtkRenderWindowInteractor:
        return self._view.interactor

    def mrmlSliceNode(self) -> slicer.vtkMRMLSliceNode:
        return self._view.node


class qMRMLSliceWidget:
    """A slice view with its controller."""

    def __init__(self, view: SliceView) -> None:
        self.standInView = view
        self._sliceView = qMRMLSliceView(view)

    def sliceView(self) -> qMRMLSliceView:
        return self._sliceView

    def mrmlSliceNode(self) -> slicer.vtkMRMLSliceNode:
        return self._sliceView.mrmlSliceNode()


class qMRMLLayoutManager(QtCore.QObject):
    """``slicer.app.layoutManager()`` with the three slice views of the conventional layout."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, logic: slicer.vtkMRMLApplicationLogic) -> None:
        super().__init__()
        scene = logic.GetMRMLScene()
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        scene.AddNode(crosshair)
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
        logic.SetSliceLogics(vtkCollection())
        logic.SetViewLogics(vtkCollection())
        self._widgets = {
            name: qMRMLSliceWidget(SliceView(logic, name, orientation)) for name, orientation in ORIENTATIONS.items()
        }

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._widgets)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget:
        return self._widgets[name]
