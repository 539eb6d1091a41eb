"""The lesions of a case that came back with a saved scene: what they say is old, for the journal goes on."""

from __future__ import annotations

import slicer

from .segmentation import remove_node

CASE_KEY = "NENSegmentation.CaseKey"
"""The attribute of a segmentation node that says of which case it holds the lesions; see `case_key`."""


def mark_as_lesions_of(node: slicer.vtkMRMLSegmentationNode, case_key: str) -> None:
    """Note on a node that its segments are the lesions of a case as its journal has them."""
    node.SetAttribute(CASE_KEY, case_key)


def remove_saved_lesions(scene: slicer.vtkMRMLScene, case_key: str) -> None:
    """Remove the nodes that a saved scene holds of a case, before the case is opened from its journal.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    case_key : str
        Of the case.
    """
    count = scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
    nodes = [scene.GetNthNodeByClass(n, "vtkMRMLSegmentationNode") for n in range(count)]
    for node in nodes:
        if node.GetAttribute(CASE_KEY) == case_key:
            remove_node(scene, node)
