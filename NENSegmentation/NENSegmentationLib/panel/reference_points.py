"""The points in whose spheres the reference region lies: those of the reader, and those of a proposal."""

from __future__ import annotations

import json

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..core.reference_region import Point, ReferenceRegion
from ..scene.region_choice import SAME_MM
from ..scene.region_outline import COLOUR
from ..scene.segmentation import remove_node
from .parameters import NENSegmentationParameterNode, ReferencePlace

# What was proposed is kept with the list of its points: so a point that was moved in another module, or in a scene that
# was saved, is known as the reader's.
_PROPOSAL = "NENSegmentation.Proposal"


def startPlacingPoint(parameters: NENSegmentationParameterNode) -> None:
    """Let the next click in a view place a reference point; makes the point list if there is none."""
    if parameters.referencePoints is None:
        parameters.referencePoints = _newList()
    parameters.showOutline = True
    logic = slicer.modules.markups.logic()
    logic.SetActiveList(parameters.referencePoints)
    logic.StartPlaceMode(False)


def placedPoints(node: slicer.vtkMRMLMarkupsFiducialNode) -> list[Point]:
    """Return where the points of a list are (RAS mm); those that are not placed yet are left out."""
    return [
        tuple(node.GetNthControlPointPositionWorld(n))
        for n in range(node.GetNumberOfControlPoints())
        if node.GetNthControlPointPositionStatus(n) == node.PositionDefined
    ]


def placeProposal(parameters: NENSegmentationParameterNode, region: ReferenceRegion, case: str) -> None:
    """Put the spheres of a proposed region into a new point list, which is then the chosen one.

    Points of the reader stay in their own list; those of an earlier proposal that nobody moved go.

    Parameters
    ----------
    parameters : NENSegmentationParameterNode
        Gets the list, the diameter and the place.
    region : ReferenceRegion
        Made of spheres of one diameter.
    case : str
        Whose it is.
    """
    takeOverIfMoved(parameters)
    superseded = parameters.referencePoints if _proposalOf(parameters) is not None else None
    points = _newList()
    for ellipsoid in region.ellipsoids:
        points.AddControlPointWorld(*ellipsoid.centre_ras)
    diameter = region.ellipsoids[0].diameters_mm[0]
    proposal = {"case": case, "organ": region.organ.name, "diameter": diameter, "centres": placedPoints(points)}
    proposal["warnings"] = list(region.warnings)
    points.SetAttribute(_PROPOSAL, json.dumps(proposal))
    parameters.sphereDiameter = diameter
    parameters.referencePoints = points
    parameters.place = ReferencePlace.PROPOSED
    parameters.showOutline = True
    if superseded is not None:
        remove_node(slicer.mrmlScene, superseded)


def isProposal(parameters: NENSegmentationParameterNode, case: str) -> bool:
    """Tell whether the chosen points are a proposal for this case and organ, as it was made."""
    proposal = _proposalOf(parameters)
    return (
        proposal is not None
        and parameters.place is ReferencePlace.PROPOSED
        and (proposal["case"], proposal["organ"]) == (case, parameters.organ.name)
        and _isUnmoved(proposal, parameters)
    )


def proposalWarnings(parameters: NENSegmentationParameterNode) -> tuple[str, ...]:
    """Return what the chosen proposal warned of when it was made, such as a spleen too small for the usual spheres."""
    return tuple((_proposalOf(parameters) or {}).get("warnings", ()))


def takeOverIfMoved(parameters: NENSegmentationParameterNode) -> None:
    """Make a proposal the reader's own region once a point was moved, added or removed, or the diameter changed."""
    proposal = _proposalOf(parameters)
    if proposal is not None and not _isUnmoved(proposal, parameters):
        parameters.referencePoints.RemoveAttribute(_PROPOSAL)
        parameters.place = ReferencePlace.POINTS


def _proposalOf(parameters: NENSegmentationParameterNode) -> dict | None:
    points = parameters.referencePoints
    written = points.GetAttribute(_PROPOSAL) if points is not None else None
    return json.loads(written) if written else None


def _isUnmoved(proposal: dict, parameters: NENSegmentationParameterNode) -> bool:
    before, now = proposal["centres"], placedPoints(parameters.referencePoints)
    return (
        len(before) == len(now)
        and np.allclose(before, now, rtol=0, atol=SAME_MM)
        and abs(proposal["diameter"] - parameters.sphereDiameter) < SAME_MM
    )


def _newList() -> slicer.vtkMRMLMarkupsFiducialNode:
    name = slicer.mrmlScene.GenerateUniqueName(_("Reference region"))
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", name)
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetSelectedColor(*COLOUR)
    display.SetPointLabelsVisibility(False)
    return node
