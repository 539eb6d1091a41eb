"""The sections Reference region and Segment: from normal tissue to the threshold, and from there to lesions."""

from __future__ import annotations

from types import SimpleNamespace

import slicer
from slicer.i18n import tr as _

from ..core.reference_region import Organ, ReferenceRegion
from .parameters import NENSegmentationParameterNode, ReferencePlace, missingChoice
from .reading import Reading
from .reference_points import startPlacingPoint
from .reporting import errorsIn, reportedErrors, tell
from .threshold_method import referenceRegion

FORMULAS = {Organ.LIVER: "1.5 \u00d7 mean + 2 \u00d7 SD", Organ.SPLEEN: "0.67 \u00d7 mean + 2 \u00d7 SD"}
_NOTHING = "-"


class ReferenceSection:
    """Places the region, segments by it, and shows its figures.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._parameters: NENSegmentationParameterNode | None = None
        self._points: slicer.vtkMRMLMarkupsFiducialNode | None = None
        self._tags: list[int] = []
        ui.placePointButton.clicked.connect(self.onPlacePoint)
        ui.segmentButton.clicked.connect(self.onSegment)
        reading.changed.connect(self._update)
        reading.lesionsChanged.connect(self._showRegion)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Enable what can be used with the choices of a parameter node, whenever they change."""
        self._parameters = parameters
        self._observe(parameters.referencePoints if parameters is not None else None)
        self._update()

    def onPlacePoint(self) -> None:
        """Let the next click in a view place a reference point."""
        startPlacingPoint(self._parameters)

    def onSegment(self) -> None:
        """Segment, or say why not."""
        with reportedErrors(_("NEN Segmentation")):
            self._reading.segment(self._parameters)

    def onPointsChanged(self, *_caller_and_event: object) -> None:
        """Measure the region where its points are now, without segmenting."""
        atPoints = self._parameters.place is ReferencePlace.POINTS
        if self._reading.session is not None and atPoints and self._points.GetNumberOfDefinedControlPoints():
            with errorsIn(self._ui.warningsLabel):
                self._showFigures(None)
                self._showFigures(referenceRegion(self._reading.session.pet, self._parameters))

    def _observe(self, points: slicer.vtkMRMLMarkupsFiducialNode | None) -> None:
        if points is self._points:
            return
        while self._tags:
            self._points.RemoveObserver(self._tags.pop())
        self._points = points
        if points is not None:
            events = (points.PointModifiedEvent, points.PointRemovedEvent)
            self._tags = [points.AddObserver(event, self.onPointsChanged) for event in events]

    def _update(self) -> None:
        atPoints = self._parameters is not None and self._parameters.place is ReferencePlace.POINTS
        for widget in (self._ui.pointsSelector, self._ui.placePointButton, self._ui.diameterSpinBox):
            widget.setEnabled(atPoints)
        missing = self._missing()
        self._ui.segmentButton.setEnabled(missing is None)
        self._ui.segmentButton.setToolTip(missing or _("Segment every lesion above the threshold."))
        self._showRegion()

    def _missing(self) -> str | None:
        if self._parameters is None or self._reading.session is None:
            return _("Open a case first.")
        return missingChoice(self._parameters)

    def _showRegion(self) -> None:
        session = self._reading.session
        self._showFigures(session.region if session is not None else None)

    def _showFigures(self, region: ReferenceRegion | None) -> None:
        labels = (self._ui.referenceRegionLabel, self._ui.referenceUptakeLabel, self._ui.thresholdLabel)
        for label, text in zip(labels, _words(region), strict=True):
            label.setText(text)
        warnings = (*self._reading.warnings, *(region.warnings if region is not None else ()))
        tell(self._ui.warningsLabel, "\n".join(warnings) or _("None"))


def _words(region: ReferenceRegion | None) -> tuple[str, str, str]:
    """Return the region, its uptake and its threshold in words."""
    if region is None:
        return _NOTHING, _NOTHING, _NOTHING
    organ = {Organ.LIVER: _("Liver"), Organ.SPLEEN: _("Spleen")}[region.organ]
    return (
        _("{organ}, {n} voxels").format(organ=organ, n=region.n),
        _("SUVmean {mean:.2f}, SD {sd:.2f}").format(mean=region.mean, sd=region.sd),
        _("{value:.2f} ({formula})").format(value=region.threshold(), formula=FORMULAS[region.organ]),
    )
