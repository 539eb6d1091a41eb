"""What is really in a digital patient: organs, lesions, and the segmentation that a method should find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .errors import PhantomError
from .grid import Grid
from .scanner import Drawing
from .tissues import ORGANS, organ_labels

_INSIDE_LIVER_MM = 10.0
_SMALLEST_ML = 0.1
_FEWEST_VOXELS = 20
_EVERY_NEIGHBOUR = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class HealthyLiver:
    """The liver far from its border and from lesions.

    Parameters
    ----------
    mask : ndarray of bool, shape (k, j, i)
        Its voxels: at least 10 mm inside the liver and 10 mm from every lesion.
    mean, sd : float
        SUVbw (g/mL), and its sample standard deviation (ddof = 1).
    """

    mask: NDArray[np.bool_]
    mean: float
    sd: float

    @property
    def threshold(self) -> float:
        """``1.5 * mean + 2 * SD`` (Carlsen et al., EJNMMI Research 2022;12:30)."""
        return 1.5 * self.mean + 2.0 * self.sd


def lesion_labels(drawing: Drawing, grid: Grid) -> NDArray[np.uint16]:
    """Return the anatomical lesions on the PET grid, labelled from 1 in their order.

    A voxel belongs to the lesion that fills most of it, if that is at least half; of a lesion too small to fill half a
    voxel, the voxel that it fills most.
    """
    labels, most = np.zeros(grid.shape, np.uint16), np.full(grid.shape, 0.5, np.float32)
    small = []
    for label, (_, box, filled) in enumerate(drawing.lesions, 1):
        where, share = _averaged(filled, box, drawing.grid, grid)
        taken = share >= most[where]
        if taken.any():
            labels[where][taken] = label
            most[where][taken] = share[taken]
        elif share.size:
            small.append((label, where, share))
    for label, where, share in small:
        k, j, i = np.unravel_index(np.argmax(share), share.shape)
        labels[where[0].start + k, where[1].start + j, where[2].start + i] = label
    return labels


def healthy_liver(suv: NDArray[np.float32], liver: NDArray[np.bool_], lesions: NDArray, grid: Grid) -> HealthyLiver:
    """Measure normal liver.

    Parameters
    ----------
    suv : ndarray, shape (k, j, i)
        SUVbw (g/mL).
    liver : ndarray of bool, shape (k, j, i)
        The organ.
    lesions : ndarray, shape (k, j, i)
        Lesions, 0 elsewhere.
    grid : Grid
        The PET's.

    Returns
    -------
    HealthyLiver

    Raises
    ------
    PhantomError
        If fewer than 20 voxels of it are left.
    """
    box = ndimage.find_objects(liver.view(np.uint8))[0]
    widened = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)
    inside = ndimage.distance_transform_edt(liver[widened], grid.spacing) > _INSIDE_LIVER_MM
    if lesions[widened].any():
        inside &= ndimage.distance_transform_edt(lesions[widened] == 0, grid.spacing) > _INSIDE_LIVER_MM
    mask = np.zeros(liver.shape, bool)
    mask[widened] = inside
    values = suv[mask].astype(float)
    if values.size < _FEWEST_VOXELS:
        message = (
            f"Only {values.size} voxels of healthy liver are left, too few for the patient's threshold. "
            "Ask for fewer lesions, or for smaller voxels."
        )
        raise PhantomError(message)
    return HealthyLiver(mask, float(values.mean()), float(values.std(ddof=1)))


def reference_segmentation(
    suv: NDArray[np.float32], threshold: float, lesions: NDArray, physiological: NDArray[np.bool_], grid: Grid
) -> NDArray[np.uint8]:
    """Return what the threshold method leaves once everything that is not tumour has been taken away.

    Voxels strictly above the threshold, without those of physiological organs, as components at 26-connectivity; kept
    are components that hold a voxel of a true lesion and measure 0.1 mL or more.

    Parameters
    ----------
    suv : ndarray, shape (k, j, i)
        SUVbw (g/mL).
    threshold : float
        The patient's (g/mL).
    lesions : ndarray, shape (k, j, i)
        Anatomical lesions, 0 elsewhere.
    physiological : ndarray of bool, shape (k, j, i)
        Organs that exceed the threshold by themselves. Where a lesion lies in one, the lesion counts.
    grid : Grid
        The PET's.

    Returns
    -------
    ndarray, shape (k, j, i), uint8
        1 in the reference segmentation.
    """
    above = (suv > threshold) & (~physiological | (lesions > 0))
    components, count = ndimage.label(above, _EVERY_NEIGHBOUR)
    voxels = np.bincount(components.ravel(), minlength=count + 1)
    kept = np.zeros(count + 1, bool)
    kept[np.unique(components[lesions > 0])] = True
    # A margin of a millionth, since 0.1 mL may be a whole number of voxels.
    kept &= voxels * grid.voxel_ml >= _SMALLEST_ML * (1 - 1e-6)
    kept[0] = False
    return kept[components].astype(np.uint8)


def hot_organs(suv_by_code: NDArray[np.float32], threshold: float) -> list[str]:
    """Return the names of the organs in which some tissue takes up more than the threshold by itself."""
    table = organ_labels()
    labels = sorted({int(table[code]) for code in np.flatnonzero(suv_by_code > threshold)} - {0})
    return [ORGANS[label - 1] for label in labels]


def write_truth(folder: Path, grid: Grid, organs: NDArray[np.uint8], lesions: NDArray, reference: NDArray) -> None:
    """Write ``organs.nii.gz`` with ``organs.json``, ``lesions.nii.gz`` and ``reference.nii.gz``.

    Parameters
    ----------
    folder : Path
        Where to; it exists.
    grid : Grid
        The PET's, which all three have.
    organs, lesions, reference : ndarray, shape (k, j, i)
        Labels.
    """
    for name, labels in (("organs", organs), ("lesions", lesions), ("reference", reference)):
        sitk.WriteImage(grid.image(labels), str(folder / f"{name}.nii.gz"), useCompression=True, compressionLevel=4)
    names = {str(label): name for label, name in enumerate(ORGANS, 1)}
    (folder / "organs.json").write_text(json.dumps(names, indent=1) + "\n")


def _averaged(filled: NDArray, box: tuple, fine: Grid, grid: Grid) -> tuple[tuple[slice, ...], NDArray[np.float32]]:
    """Average a box of the fine grid over the voxels of another."""
    if not filled.size:
        return (slice(0, 0),) * 3, np.zeros((0, 0, 0), np.float32)
    where, share = [], filled.astype(np.float64)
    for axis, cut in enumerate(box):
        out, into = grid.axes[2 - axis].astype(float), fine.axes[2 - axis][cut].astype(float)
        half, step = grid.spacing[axis] / 2, fine.spacing[axis] / 2
        low = np.maximum(out[:, None] - half, into[None, :] - step)
        high = np.minimum(out[:, None] + half, into[None, :] + step)
        overlap = np.clip(high - low, 0, None) / (2 * half)
        hit = np.flatnonzero(overlap.any(axis=1))
        where.append(slice(int(hit[0]), int(hit[-1]) + 1))
        share = np.moveaxis(np.tensordot(overlap[where[-1]], share, (1, axis)), 0, axis)
    # Rounded, so that a voxel filled to one half is that on every machine.
    return tuple(where), share.round(6).astype(np.float32)
