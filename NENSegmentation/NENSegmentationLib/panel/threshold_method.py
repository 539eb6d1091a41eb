"""The reference region that was chosen in the panel, on the PET of a case."""

from __future__ import annotations

from dataclasses import replace

from ..core.proposal import propose_region
from ..core.reference_region import Ellipsoid, Organ, ReferenceRegion, region_from_ellipsoids, sphere
from ..scene.session import CorrectionSession
from ..scene.volumes import image_from_node
from .errors import PanelError
from .parameters import NENSegmentationParameterNode, ReferencePlace, missingChoice
from .reference_points import isProposal, placedPoints, placeProposal, proposalWarnings


def chosenSpheres(session: CorrectionSession, parameters: NENSegmentationParameterNode) -> list[Ellipsoid]:
    """Return the spheres of the reference region as they lie now.

    Parameters
    ----------
    session : CorrectionSession
        Of the case.
    parameters : NENSegmentationParameterNode
        The choices of the panel.

    Returns
    -------
    list of Ellipsoid
        None while no point is placed, and where the region is to be proposed and is not yet.
    """
    points = parameters.referencePoints
    isToPropose = parameters.place is ReferencePlace.PROPOSED and not isProposed(session, parameters)
    if points is None or isToPropose:
        return []
    return [sphere(point, parameters.sphereDiameter) for point in placedPoints(points)]


def isProposed(session: CorrectionSession, parameters: NENSegmentationParameterNode) -> bool:
    """Tell whether the reference region is a proposal for this case that the reader has left as it is."""
    return isProposal(parameters, _caseOf(session))


def measuredRegion(
    session: CorrectionSession, parameters: NENSegmentationParameterNode, spheres: list[Ellipsoid]
) -> ReferenceRegion:
    """Measure the uptake in spheres in the chosen organ; see `region_from_ellipsoids`."""
    region = region_from_ellipsoids(session.pet, Organ[parameters.organ.name], spheres, session.body)
    if not isProposed(session, parameters):
        return region
    warnings = dict.fromkeys((*region.warnings, *proposalWarnings(parameters)))
    return replace(region, proposed=True, warnings=tuple(warnings))


def proposeRegion(session: CorrectionSession, parameters: NENSegmentationParameterNode) -> None:
    """Propose the reference region, and place it as points that the reader can drag.

    Raises
    ------
    NENSegmentationError
        If there is no plausible region.
    """
    ct = parameters.ctVolume
    region = propose_region(
        session.pet,
        Organ[parameters.organ.name],
        ct=image_from_node(ct) if ct is not None and session.organs is None else None,
        organs=session.organs,
    )
    placeProposal(parameters, region, _caseOf(session))


def referenceRegion(session: CorrectionSession, parameters: NENSegmentationParameterNode) -> ReferenceRegion:
    """Measure the reference region that the parameters describe; it is proposed if it has to be and is not yet.

    Parameters
    ----------
    session : CorrectionSession
        Of the case.
    parameters : NENSegmentationParameterNode
        The choices of the panel.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    NENSegmentationError
        If it cannot be placed or measured.
    """
    missing = missingChoice(parameters)
    if missing is not None:
        raise PanelError(missing)
    if parameters.place is ReferencePlace.PROPOSED and not isProposed(session, parameters):
        proposeRegion(session, parameters)
    spheres = chosenSpheres(session, parameters)
    if not spheres:
        name = parameters.referencePoints.GetName()
        message = f"{name}: no point is placed. Press Place point and click into normal liver or spleen."
        raise PanelError(message)
    return measuredRegion(session, parameters, spheres)


def _caseOf(session: CorrectionSession) -> str:
    return session.journal.path.stem
