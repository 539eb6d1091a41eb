"""The layout of views: real slice views of Slicer, which nobody sees, as its layout node and layout logic want them."""

from __future__ import annotations

import slicer
import vtk
from vtkmodules.vtkCommonCore import vtkCollection

from NENSegmentationLib.scene.offscreen import SliceView

from . import qt_objects


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


class qMRMLLayoutManager(qt_objects.qMRMLLayoutManager):
    """``slicer.app.layoutManager()``.

    Slicer's own layout logic makes the view nodes that a layout names; for each of them that is a slice view there is
    a widget from then on, whether the layout of the moment shows it or not. Other views have none here.
    """

    def __init__(self, logic: slicer.vtkMRMLApplicationLogic) -> None:
        super().__init__()
        self._logic = logic
        self._widgets: dict[str, qMRMLSliceWidget] = {}
        scene = logic.GetMRMLScene()
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        scene.AddNode(crosshair)
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
        logic.SetSliceLogics(vtkCollection())
        logic.SetViewLogics(vtkCollection())
        self._layoutLogic = slicer.vtkMRMLLayoutLogic()
        self._layoutLogic.SetMRMLScene(scene)
        scene.AddObserver(scene.NodeAddedEvent, self._onNodeAdded)
        scene.AddObserver(scene.EndBatchProcessEvent, self._onSceneModified)
        self._onSceneModified(scene)
        self._layoutNode().AddObserver("ModifiedEvent", self._onLayoutModified)
        self._layoutNode().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def layoutLogic(self) -> slicer.vtkMRMLLayoutLogic:
        return self._layoutLogic

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._widgets)

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        return self._widgets.get(name)

    def _layoutNode(self) -> slicer.vtkMRMLLayoutNode:
        return self._layoutLogic.GetLayoutNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _onNodeAdded(self, scene: slicer.vtkMRMLScene, _event: str, node: slicer.vtkMRMLNode) -> None:
        if not scene.IsBatchProcessing():
            self._addWidget(node)

    def _onSceneModified(self, scene: slicer.vtkMRMLScene, _event: str = "") -> None:
        for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceNode")):
            self._addWidget(scene.GetNthNodeByClass(n, "vtkMRMLSliceNode"))

    def _addWidget(self, node: slicer.vtkMRMLNode) -> None:
        if node.IsA("vtkMRMLSliceNode") and node.GetName() not in self._widgets:
            view = SliceView(self._logic, node.GetLayoutName(), node.GetOrientation())
            self._widgets[node.GetName()] = qMRMLSliceWidget(view)

    def _onLayoutModified(self, layoutNode: slicer.vtkMRMLLayoutNode, _event: str) -> None:
        shown = self._layoutLogic.GetViewNodes()
        for widget in self._widgets.values():
            widget.mrmlSliceNode().SetMappedInLayout(bool(shown.IsItemPresent(widget.mrmlSliceNode())))
        self.layoutChanged.emit(layoutNode.GetViewArrangement())
