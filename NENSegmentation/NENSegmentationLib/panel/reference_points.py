"""The points at which the physician puts the reference region."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from .errors import PanelError
from .parameters import NENSegmentationParameterNode

Point = tuple[float, float, float]


def startPlacingPoint(parameters: NENSegmentationParameterNode) -> None:
    """Let the next click in a view place a reference point; makes the point list if there is none."""
    if parameters.referencePoints is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _("Reference region"))
        node.CreateDefaultDisplayNodes()
        parameters.referencePoints = node
    logic = slicer.modules.markups.logic()
    logic.SetActiveList(parameters.referencePoints)
    logic.StartPlaceMode(False)


def placedPoints(node: slicer.vtkMRMLMarkupsFiducialNode) -> list[Point]:
    """Return where the points of a list are.

    Parameters
    ----------
    node : vtkMRMLMarkupsFiducialNode
        A point list; points that are not placed yet are left out.

    Returns
    -------
    list of tuple of float
        (r, a, s) in mm.

    Raises
    ------
    PanelError
        If no point is placed.
    """
    placed = [
        tuple(node.GetNthControlPointPositionWorld(n))
        for n in range(node.GetNumberOfControlPoints())
        if node.GetNthControlPointPositionStatus(n) == node.PositionDefined
    ]
    if not placed:
        message = f"{node.GetName()}: no point is placed. Press Place point and click into normal liver or spleen."
        raise PanelError(message)
    return placed
