"""The picture of a patient: maximum intensity projections with the lesions and the reference region."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .body import body_mask
from .boxes import box_of, whole
from .lesion import Lesion
from .lesions import LesionMap
from .reference_region import ReferenceRegion
from .tables import NOTE
from .volume import image_like, spacing, voxels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_USUAL_HIGHEST_SUV = 20.0
_INCHES_PER_MM = 0.0075
_CHARACTERS_PER_INCH = 16  # of the small print
_MARGIN, _GAP, _SCALE, _WORDS_WIDTH, _LINE = 0.8, 0.3, 1.3, 6.0, 0.15  # inches
_VIEWS = (("Coronal", 1, ("R", "L")), ("Sagittal", 2, ("A", "P")))


def write_mip(
    path: Path, lesion_map: LesionMap, region: ReferenceRegion | None = None, warnings: Iterable[str] = ()
) -> None:
    """Draw the coronal and the sagittal projection of a patient and save them as a PNG.

    The PET is inverted grey, from SUV 0 to about twice the threshold (20 without one). The patient's right is on the
    left of the coronal view. A pixel has the colour of the lesion with the highest uptake along its ray.

    Parameters
    ----------
    path : Path
        The .png to write.
    lesion_map : LesionMap
        The PET and its lesions.
    region : ReferenceRegion, optional
        Outlined where given.
    warnings : iterable of str
        Written below the views, because SUV is shown above them.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = _Projected.of(lesion_map, region)
    highest = _USUAL_HIGHEST_SUV if region is None else float(np.ceil(2 * region.threshold() / 5) * 5)
    inches = _INCHES_PER_MM * np.array(scene.uptake.shape) * scene.spacing_mm
    # The views to scale side by side, words above and below, the scale on the right.
    width = max(_GAP + inches[2] + _GAP + inches[1] + _SCALE, _WORDS_WIDTH)
    small_print = _wrapped([*warnings, NOTE], width)
    bottom = _GAP + _LINE * len(small_print)
    height = bottom + inches[0] + _MARGIN
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    left = _GAP
    for title, axis, ends in _VIEWS:
        across = inches[2] if axis == 1 else inches[1]
        ax = figure.add_axes((left / width, bottom / height, across / width, inches[0] / height))
        shown = scene.draw(ax, axis, lesion_map.lesions, highest)
        ax.set_title(title, fontsize=10)
        _mark_sides(ax, ends)
        left += across + _GAP
    bar = figure.add_axes((left / width, (bottom + 0.2 * inches[0]) / height, 0.15 / width, 0.6 * inches[0] / height))
    figure.colorbar(shown, cax=bar, label="SUVbw (g/mL)")
    _write_words(figure, lesion_map, region)
    figure.text(0.02, 0.01, "\n".join(small_print), ha="left", va="bottom", fontsize=8, color="0.3")
    figure.savefig(path, dpi=110)


@dataclass(frozen=True)
class _Projected:
    """PET, labels and region cut to the body, with the axes S, P and L (k, j, i)."""

    uptake: NDArray[np.float32]
    labels: NDArray[np.int32]
    outline: NDArray[np.uint8] | None
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, lesion_map: LesionMap, region: ReferenceRegion | None) -> _Projected:
        pet = sitk.DICOMOrient(lesion_map.pet, "LPS")
        labels = voxels(sitk.DICOMOrient(lesion_map.image, "LPS"))
        box = box_of(body_mask(pet) | (labels > 0)) or whole(labels.shape)
        outline = None
        if region is not None:
            outline = voxels(sitk.DICOMOrient(image_like(region.mask, lesion_map.pet), "LPS"))[box]
        return cls(voxels(pet)[box], labels[box], outline, spacing(pet))

    def draw(self, ax: Axes, axis: int, lesions: Mapping[int, Lesion], highest: float) -> AxesImage:
        aspect = self.spacing_mm[0] / self.spacing_mm[2 if axis == 1 else 1]
        projection = self.uptake.max(axis=axis)
        shown = ax.imshow(
            projection, "gray_r", vmin=0, vmax=highest, interpolation="bilinear", aspect=aspect, origin="lower"
        )
        lesion_colours = _coloured(self.uptake, self.labels, axis, lesions)
        ax.imshow(lesion_colours, interpolation="nearest", aspect=aspect, origin="lower")
        if self.outline is not None:
            ax.contour(self.outline.max(axis=axis), [0.5], colors="tab:blue", linewidths=1.2)
        ax.set_axis_off()
        return shown


def _coloured(
    uptake: NDArray[np.float32], labels: NDArray[np.int32], axis: int, lesions: Mapping[int, Lesion]
) -> NDArray[np.float64]:
    """Project the lesions along an axis to RGBA."""
    inside = np.nonzero(labels)
    hottest_last = np.argsort(uptake[inside], kind="stable")
    position = [index[hottest_last] for index in inside]
    ids = labels[tuple(position)]
    del position[axis]
    palette = np.array([(*lesion.colour, 0.75) for lesion in lesions.values()]).reshape(-1, 4)
    picture = np.zeros((*np.delete(labels.shape, axis), 4))
    picture[tuple(position)] = palette[np.searchsorted(list(lesions), ids)]
    return picture


def _mark_sides(ax: Axes, ends: tuple[str, str]) -> None:
    for x, end in zip((0.02, 0.98), ends, strict=True):
        ax.text(x, 0.985, end, transform=ax.transAxes, ha="center", va="top", fontsize=11, weight="bold")


def _write_words(figure: Figure, lesion_map: LesionMap, region: ReferenceRegion | None) -> None:
    patient = lesion_map.patient()
    lines = [f"{patient.lesions} lesions, total volume {patient.total_volume_ml:.1f} mL"]
    if patient.lowest_suv_mean is not None:
        lesion, value = patient.lowest_suv_mean
        lines[0] += f", lowest SUVmean {value:.1f} ({lesion_map.lesions[lesion].name})"
    if region is not None:
        lines.append(
            f"Reference {region.organ.value} (blue): mean {region.mean:.2f}, SD {region.sd:.2f}, "
            f"threshold {region.threshold():.2f}"
        )
    figure.text(0.02, 0.985, "\n".join(lines), ha="left", va="top", fontsize=10)


def _wrapped(sentences: Iterable[str], width_inches: float) -> list[str]:
    """Break the small print into lines that fit the picture."""
    characters = int(_CHARACTERS_PER_INCH * width_inches)
    return [line for sentence in sentences for line in textwrap.wrap(sentence, characters)]
