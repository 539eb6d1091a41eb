"""The picture of a patient: maximum intensity projections with the lesions and the reference region."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .body import body_mask
from .boxes import Box, box_of, whole
from .lesion import Lesion
from .lesions import LesionMap
from .reference_region import ReferenceRegion
from .tables import NOTE
from .volume import image_like, spacing, voxels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

_USUAL_HIGHEST_SUV = 20.0
_INCHES_PER_MM = 0.0075
_CHARACTERS_PER_INCH = 16  # of the small print
_MARGIN, _GAP, _SCALE, _WORDS_WIDTH, _LINE, _WORDS_LINE = 0.8, 0.3, 1.3, 6.0, 0.15, 0.18  # inches


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
    scene = _Projected.of(lesion_map, region)
    views = [
        _View("Coronal", scene, 1, ("R", "L"), lesion_map.lesions),
        _View("Sagittal", scene, 2, ("A", "P"), lesion_map.lesions),
    ]
    words = [_patient_in_words(lesion_map), *_region_in_words(region)]
    _write(path, views, _highest_suv(region), words, warnings)


def write_methods(path: Path, methods: Mapping[str, Segmented], warnings: Iterable[str] = ()) -> None:
    """Draw the coronal projection of one patient as several methods segmented it, side by side on one scale.

    Parameters
    ----------
    path : Path
        The .png to write.
    methods : mapping of str to Segmented
        Name of a method -> the lesions and the reference region, if it has one; all of one PET.
    warnings : iterable of str
        Written below the views, because SUV is shown above them.
    """
    regions = [segmented.region for segmented in methods.values() if segmented.region is not None]
    # One cut for all: cut to its own lesions, each would lie elsewhere in its view.
    box = _box_around(part.lesion_map for part in methods.values())
    scenes = {name: _Projected.of(part.lesion_map, part.region, box) for name, part in methods.items()}
    views = [
        _View(name.capitalize(), scenes[name], 1, ("R", "L"), part.lesion_map.lesions) for name, part in methods.items()
    ]
    words = [f"{name.capitalize()}: {_patient_in_words(part.lesion_map)}" for name, part in methods.items()]
    words += [line for region in regions for line in _region_in_words(region)]
    _write(path, views, _highest_suv(*regions), words, warnings)


@dataclass(frozen=True)
class Segmented:
    """The lesions of a patient, and what their threshold was taken from, if they have one."""

    lesion_map: LesionMap
    region: ReferenceRegion | None = None


@dataclass(frozen=True)
class _View:
    """A projection of a patient along an axis, with the sides to the left and to the right of it."""

    title: str
    scene: _Projected
    axis: int
    ends: tuple[str, str]
    lesions: Mapping[int, Lesion]


def _write(
    path: Path, views: Sequence[_View], highest: float, words: Sequence[str], small_print: Iterable[str]
) -> None:
    """Draw views to scale side by side, words above them and the small print below, the scale of SUV on the right."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = [view.scene.inches[2 if view.axis == 1 else 1] for view in views]
    tall = max(view.scene.inches[0] for view in views)
    width = max(_GAP + sum(size + _GAP for size in across) - _GAP + _SCALE, _WORDS_WIDTH)
    lines = _wrapped([*small_print, NOTE], width)
    bottom = _GAP + _LINE * len(lines)
    height = bottom + tall + _MARGIN + _WORDS_LINE * max(len(words) - 2, 0)
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    left = _GAP
    for view, size in zip(views, across, strict=True):
        ax = figure.add_axes((left / width, bottom / height, size / width, view.scene.inches[0] / height))
        shown = view.scene.draw(ax, view.axis, view.lesions, highest)
        ax.set_title(view.title, fontsize=10)
        _mark_sides(ax, view.ends)
        left += size + _GAP
    bar = figure.add_axes((left / width, (bottom + 0.2 * tall) / height, 0.15 / width, 0.6 * tall / height))
    figure.colorbar(shown, cax=bar, label="SUVbw (g/mL)")
    figure.text(0.02, 1 - 0.1 / height, "\n".join(words), ha="left", va="top", fontsize=10)
    figure.text(0.02, 0.01, "\n".join(lines), ha="left", va="bottom", fontsize=8, color="0.3")
    figure.savefig(path, dpi=110)


def _highest_suv(*regions: ReferenceRegion | None) -> float:
    """Return where the grey scale ends: at twice the highest threshold, or at the usual SUV where there is none."""
    thresholds = [region.threshold() for region in regions if region is not None]
    return float(np.ceil(2 * max(thresholds) / 5) * 5) if thresholds else _USUAL_HIGHEST_SUV


@dataclass(frozen=True)
class _Projected:
    """PET, labels and region cut to the body, with the axes S, P and L (k, j, i)."""

    uptake: NDArray[np.float32]
    labels: NDArray[np.int32]
    outline: NDArray[np.uint8] | None
    spacing_mm: tuple[float, float, float]

    @classmethod
    def of(cls, lesion_map: LesionMap, region: ReferenceRegion | None, box: Box | None = None) -> _Projected:
        """Cut a patient to a box of `_box_around`, or to the body and these lesions."""
        pet = sitk.DICOMOrient(lesion_map.pet, "LPS")
        labels = voxels(sitk.DICOMOrient(lesion_map.image, "LPS"))
        box = _box_around([lesion_map]) if box is None else box
        outline = None
        if region is not None:
            outline = voxels(sitk.DICOMOrient(image_like(region.mask, lesion_map.pet), "LPS"))[box]
        return cls(voxels(pet)[box], labels[box], outline, spacing(pet))

    @property
    def inches(self) -> NDArray[np.float64]:
        """How large the body is drawn along S, P and L."""
        return _INCHES_PER_MM * np.array(self.uptake.shape) * self.spacing_mm

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


def _box_around(lesion_maps: Iterable[LesionMap]) -> Box:
    """Return the box that holds the body and all lesions of maps of one patient, with the axes S, P and L."""
    lesion_maps = list(lesion_maps)
    shown = body_mask(sitk.DICOMOrient(lesion_maps[0].pet, "LPS"))
    for lesion_map in lesion_maps:
        shown = shown | (voxels(sitk.DICOMOrient(lesion_map.image, "LPS")) > 0)
    return box_of(shown) or whole(shown.shape)


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


def _patient_in_words(lesion_map: LesionMap) -> str:
    patient = lesion_map.patient()
    plural = "" if patient.lesions == 1 else "s"
    words = f"{patient.lesions} lesion{plural}, total volume {patient.total_volume_ml:.1f} mL"
    if patient.lowest_suv_mean is None:
        return words
    lesion, value = patient.lowest_suv_mean
    return f"{words}, lowest SUVmean {value:.1f} ({lesion_map.lesions[lesion].name})"


def _region_in_words(region: ReferenceRegion | None) -> list[str]:
    if region is None:
        return []
    return [
        f"Reference {region.organ.value} (blue): mean {region.mean:.2f}, SD {region.sd:.2f}, "
        f"threshold {region.threshold():.2f}"
    ]


def _wrapped(sentences: Iterable[str], width_inches: float) -> list[str]:
    """Break the small print into lines that fit the picture."""
    characters = int(_CHARACTERS_PER_INCH * width_inches)
    return [line for sentence in sentences for line in textwrap.wrap(sentence, characters)]
