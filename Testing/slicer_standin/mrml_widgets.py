"""The qMRML widgets that the panel uses, on real MRML nodes: what ``slicer.qMRML...`` finds.

A widget knows the scene only after ``setMRMLScene`` was called on it; nothing hands the scene down to children.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import slicer
from PySide6 import QtCore, QtWidgets

NODE_ADDED_OR_REMOVED = (slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeRemovedEvent)


class _WithScene:
    """What every qMRML widget can do."""

    SIGNATURES = ("mrmlSceneChanged(vtkMRMLScene*)", "setMRMLScene(vtkMRMLScene*)")
    """Signals and slots with MRML types, as a .ui file writes them."""

    _scene: slicer.vtkMRMLScene | None = None

    def mrmlScene(self) -> slicer.vtkMRMLScene | None:
        return self._scene

    def setMRMLScene(self, scene: slicer.vtkMRMLScene | None) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self._sceneSet()
        self.mrmlSceneChanged.emit(scene)

    def _sceneSet(self) -> None:
        """Follow the new scene."""


class qMRMLWidget(_WithScene, QtWidgets.QWidget):
    """The root of a module's .ui file."""

    mrmlSceneChanged = QtCore.Signal(object)


class qSlicerScriptedLoadableModuleWidget(_WithScene, QtWidgets.QWidget):
    """The place in the application's module panel into which a module puts its widget."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setLayout(QtWidgets.QVBoxLayout())
        self._entered = False

    def setEntered(self, entered: bool) -> None:
        self._entered = entered

    isEntered = QtCore.Property(bool, lambda self: self._entered)


class qMRMLNodeComboBox(_WithScene, QtWidgets.QWidget):
    """Choice of one node of the scene.

    With ``noneEnabled`` the user may choose no node; without it the first fitting node is chosen as soon as there is
    one. Without a scene it stays empty, whatever it is told.
    """

    SIGNATURES = (*_WithScene.SIGNATURES, "currentNodeChanged(vtkMRMLNode*)", "setCurrentNode(vtkMRMLNode*)")
    mrmlSceneChanged = QtCore.Signal(object)
    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodeTypes: list[str] = []
        self._flags: dict[str, bool] = {}
        self._ids: list[str] = []
        self._observations: list[tuple[slicer.vtkMRMLScene, int]] = []
        # The widget itself is gone when this signal comes: only the list is left.
        self.destroyed.connect(partial(_removeAll, self._observations))
        self._box = QtWidgets.QComboBox()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box)
        self._box.currentIndexChanged.connect(self._chosen)

    def currentNode(self) -> slicer.vtkMRMLNode | None:
        index = self._box.currentIndex
        node_id = self._ids[index] if 0 <= index < len(self._ids) else ""
        return self._scene.GetNodeByID(node_id) if self._scene and node_id else None

    def setCurrentNode(self, node: slicer.vtkMRMLNode | None) -> None:
        node_id = node.GetID() if node is not None else ""
        self._box.setCurrentIndex(self._ids.index(node_id) if node_id in self._ids else -1)

    def nodeCount(self) -> int:
        return sum(1 for node_id in self._ids if node_id)

    def _setNodeTypes(self, types: Sequence[str]) -> None:
        self._nodeTypes = list(types)
        self._fill()

    def _sceneSet(self) -> None:
        _removeAll(self._observations)
        if self._scene is not None:
            tags = [self._scene.AddObserver(event, self._fill) for event in NODE_ADDED_OR_REMOVED]
            self._observations.extend((self._scene, tag) for tag in tags)
        self._fill()

    def _fill(self, *_: object) -> None:
        before = self.currentNode()
        nodes = self._fittingNodes()
        if [node.GetID() for node in nodes] == [node_id for node_id in self._ids if node_id] and self._ids:
            return
        self._box.blockSignals(True)
        self._box.clear()
        self._ids = [""] if self.noneEnabled else []
        self._box.addItems(["None"] if self.noneEnabled else [])
        for node in nodes:
            self._ids.append(node.GetID())
            self._box.addItem(node.GetName())
        self._box.setCurrentIndex(self._ids.index(before.GetID()) if before in nodes else 0)
        self._box.blockSignals(False)
        if self.currentNode() is not before:
            self._chosen()

    def _fittingNodes(self) -> list[slicer.vtkMRMLNode]:
        if self._scene is None:
            return []
        count = self._scene.GetNumberOfNodesByClass
        found = [self._scene.GetNthNodeByClass(n, kind) for kind in self._nodeTypes for n in range(count(kind))]
        return [node for node in found if node.GetClassName() in self._nodeTypes or self.showChildNodeTypes]

    def _chosen(self, *_: object) -> None:
        self.currentNodeChanged.emit(self.currentNode())

    def _flag(name: str, default: bool) -> QtCore.Property:
        return QtCore.Property(
            bool, lambda self: self._flags.get(name, default), lambda self, value: self._flags.update({name: value})
        )

    nodeTypes = QtCore.Property("QStringList", lambda self: self._nodeTypes, _setNodeTypes)
    noneEnabled = _flag("noneEnabled", default=False)
    addEnabled = _flag("addEnabled", default=True)
    removeEnabled = _flag("removeEnabled", default=True)
    renameEnabled = _flag("renameEnabled", default=False)
    showChildNodeTypes = _flag("showChildNodeTypes", default=True)


def _removeAll(observations: list[tuple[slicer.vtkMRMLScene, int]], *_: object) -> None:
    while observations:
        scene, tag = observations.pop()
        scene.RemoveObserver(tag)


WIDGETS = (qMRMLWidget, qMRMLNodeComboBox)
