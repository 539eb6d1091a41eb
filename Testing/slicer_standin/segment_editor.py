"""Slicer's module Segment Editor: what it is told, and what it does to a segmentation that is chosen in it."""

from __future__ import annotations

import slicer


class qMRMLSegmentEditorWidget:
    """``slicer.modules.SegmentEditorWidget.editor``, without its window."""

    def __init__(self) -> None:
        self._segmentation: slicer.vtkMRMLSegmentationNode | None = None
        self._source: slicer.vtkMRMLScalarVolumeNode | None = None
        self._segment = ""

    def segmentationNode(self) -> slicer.vtkMRMLSegmentationNode | None:
        return self._segmentation

    def sourceVolumeNode(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        return self._source

    def currentSegmentID(self) -> str:
        return self._segment

    def setSegmentationNode(self, node: slicer.vtkMRMLSegmentationNode | None) -> None:
        """Choose a segmentation; a new one selects its first segment and hides the label layer of the views."""
        if node is self._segmentation:
            return
        self._segmentation = node
        if node is None:
            return
        self._source = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
        ids = node.GetSegmentation().GetSegmentIDs()
        self._segment = ids[0] if ids else ""
        for number in range(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
            slicer.mrmlScene.GetNthNodeByClass(number, "vtkMRMLSliceCompositeNode").SetLabelVolumeID(None)

    def setSourceVolumeNode(self, node: slicer.vtkMRMLScalarVolumeNode | None) -> None:
        self._source = node

    def setCurrentSegmentID(self, segmentID: str) -> None:
        self._segment = segmentID


class SegmentEditorWidget:
    """``slicer.modules.SegmentEditorWidget``: there once the module has been opened."""

    def __init__(self) -> None:
        self.editor = qMRMLSegmentEditorWidget()
