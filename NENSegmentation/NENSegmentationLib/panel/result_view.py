"""The figures of a segmentation, in the panel's words."""

from __future__ import annotations

from types import SimpleNamespace

from slicer.i18n import tr as _

from ..core.lesions import LesionMap
from ..core.reference_region import Organ, ReferenceRegion
from .threshold_method import Segmentation

FORMULAS = {Organ.LIVER: "1.5 \u00d7 mean + 2 \u00d7 SD", Organ.SPLEEN: "0.67 \u00d7 mean + 2 \u00d7 SD"}
_NOTHING = "-"


class ResultView:
    """The section Result of the panel.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    """

    def __init__(self, ui: SimpleNamespace) -> None:
        self._labels = {
            "pet": ui.segmentedVolumeLabel,
            "region": ui.referenceRegionLabel,
            "uptake": ui.referenceUptakeLabel,
            "threshold": ui.thresholdLabel,
            "count": ui.lesionCountLabel,
            "volume": ui.totalVolumeLabel,
            "lowest": ui.lowestUptakeLabel,
            "warnings": ui.warningsLabel,
        }

    def clear(self) -> None:
        """Show that nothing is segmented."""
        for label in self._labels.values():
            label.setText(_NOTHING)

    def show(self, segmentation: Segmentation) -> None:
        """Show the figures of a segmentation."""
        texts = {
            "pet": segmentation.petName,
            **_regionTexts(segmentation.region),
            **_lesionTexts(segmentation.lesions),
            "warnings": "\n".join(segmentation.warnings) or _("None"),
        }
        for name, label in self._labels.items():
            label.setText(texts[name])


def _regionTexts(region: ReferenceRegion) -> dict[str, str]:
    organ = {Organ.LIVER: _("Liver"), Organ.SPLEEN: _("Spleen")}[region.organ]
    return {
        "region": _("{organ}, {n} voxels").format(organ=organ, n=region.n),
        "uptake": _("SUVmean {mean:.2f}, SD {sd:.2f}").format(mean=region.mean, sd=region.sd),
        "threshold": _("{value:.2f} ({formula})").format(value=region.threshold(), formula=FORMULAS[region.organ]),
    }


def _lesionTexts(lesions: LesionMap) -> dict[str, str]:
    patient = lesions.patient()
    lowest = _NOTHING
    if patient.lowest_suv_mean is not None:
        lesion, value = patient.lowest_suv_mean
        lowest = _("{value:.2f} ({lesion})").format(value=value, lesion=lesions.lesions[lesion].name)
    return {
        "count": str(patient.lesions),
        "volume": _("{volume:.1f} mL").format(volume=patient.total_volume_ml),
        "lowest": lowest,
    }
