"""The section Reference region: from normal tissue to the threshold, and from there to lesions."""

from __future__ import annotations

from types import SimpleNamespace

import slicer
from slicer.i18n import tr as _

from ..core.reference_region import Organ, ReferenceRegion
from ..scene.region_choice import FORMULAS, unused_words
from ..scene.views import jump_to
from .parameters import NENSegmentationParameterNode, ReferencePlace, missingChoice
from .questions import mayReplaceLesions
from .reading import Reading
from .reference_points import startPlacingPoint, takeOverIfMoved
from .reporting import errorsIn, reportedErrors, tell
from .threshold_method import chosenSpheres, isProposed, measuredRegion, proposeRegion

_NOTHING = "-"


class ReferenceSection:
    """Places the region, draws it and shows its figures while it is moved, and segments by it.

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
        ui.proposeButton.clicked.connect(self.onPropose)
        ui.placePointButton.clicked.connect(self.onPlacePoint)
        ui.showOutlineCheckBox.toggled.connect(self.onShowOutlineToggled)
        ui.segmentButton.clicked.connect(self.onSegment)
        ui.useRegionButton.clicked.connect(self.onUseRegion)
        reading.changed.connect(self._update)
        reading.lesionsChanged.connect(self._showRegion)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Enable what can be used with the choices of a parameter node, whenever they change."""
        self._parameters = parameters
        self._observe(parameters.referencePoints if parameters is not None else None)
        self._update()

    def onPropose(self) -> None:
        """Propose the region and bring its first sphere into the views, or say why not."""
        with reportedErrors(_("NEN Segmentation")):
            proposeRegion(self._reading.session, self._parameters)
            first, *_others = chosenSpheres(self._reading.session, self._parameters)
            jump_to(slicer.mrmlScene, first.centre_ras)

    def onPlacePoint(self) -> None:
        """Let the next click in a view place a reference point."""
        startPlacingPoint(self._parameters)

    def onShowOutlineToggled(self, shown: bool) -> None:
        """Show or hide the handles together with the outline."""
        if self._points is not None:
            self._points.SetDisplayVisibility(shown)

    def onSegment(self) -> None:
        """Segment, or say why not; corrections are not lost without a question."""
        session = self._reading.session
        if session is not None and not mayReplaceLesions(session, _("Segment")):
            return
        with reportedErrors(_("NEN Segmentation")):
            self._reading.segment(self._parameters)

    def onUseRegion(self) -> None:
        """Take the region for added lesions and leave the lesions as they are, or say why not."""
        with reportedErrors(_("NEN Segmentation")):
            self._reading.useRegion(self._parameters)

    def onPointsChanged(self, *_caller_and_event: object) -> None:
        """Draw and measure the region where its points are now, without segmenting."""
        self._update()

    def _observe(self, points: slicer.vtkMRMLMarkupsFiducialNode | None) -> None:
        if points is self._points:
            return
        while self._tags:
            self._points.RemoveObserver(self._tags.pop())
        self._points = points
        if points is not None:
            events = (points.PointModifiedEvent, points.PointPositionDefinedEvent, points.PointRemovedEvent)
            self._tags = [points.AddObserver(event, self.onPointsChanged) for event in events]

    def _update(self) -> None:
        session, parameters = self._reading.session, self._parameters
        if parameters is not None:
            takeOverIfMoved(parameters)
        isReady = session is not None and parameters is not None
        atPoints = parameters is not None and parameters.place is ReferencePlace.POINTS
        canMove = atPoints or (isReady and isProposed(session, parameters))
        self._ui.pointsSelector.setEnabled(atPoints)
        self._ui.placePointButton.setEnabled(canMove)
        self._ui.diameterSpinBox.setEnabled(canMove)
        self._ui.proposeButton.setEnabled(isReady)
        missing = self._missing()
        self._ui.segmentButton.setEnabled(missing is None)
        self._ui.segmentButton.setToolTip(missing or _("Segment every lesion above the threshold."))
        self._showRegion()

    def _missing(self) -> str | None:
        if self._parameters is None or self._reading.session is None:
            return _("Open a case first.")
        return missingChoice(self._parameters)

    def _showRegion(self) -> None:
        """Draw and measure the region that is chosen; while none is, that of the lesions."""
        session, parameters = self._reading.session, self._parameters
        self._ui.useRegionButton.setVisible(session is not None and session.can_use_region)
        if session is None:
            self._showFigures(None)
            return
        if parameters is None:
            return
        spheres = chosenSpheres(session, parameters)
        self._ui.useRegionButton.setEnabled(bool(spheres))
        session.outline.set_visible(parameters.showOutline and not self._reading.isBlinded)
        if spheres:
            session.outline.show(Organ[parameters.organ.name], spheres)
        else:
            session.show_region()
        with errorsIn(self._ui.warningsLabel):
            self._showFigures(None)
            self._showFigures(measuredRegion(session, parameters, spheres) if spheres else session.region)

    def _showFigures(self, region: ReferenceRegion | None) -> None:
        labels = (self._ui.referenceRegionLabel, self._ui.referenceUptakeLabel, self._ui.thresholdLabel)
        for label, text in zip(labels, _words(region), strict=True):
            label.setText(text)
        warnings = list(self._reading.warnings)
        if region is not None:
            warnings += [*region.warnings, *unused_words(region, self._reading.session)]
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
