"""What is really in a digital patient: organs, lesions, and the segmentation that a method should find."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from ..core.boxes import box_of, grown, whole
from ..core.components import component_numbers, voxels_above
from ..core.lesion import MINIMUM_VOLUME_ML, minimum_voxels
from ..core.reference_region import MINIMUM_VOXELS, Organ, ReferenceRegion, region_from_mask
from ..core.volume import spacing, voxels
from .drawing import Drawing
from .errors import PhantomError
from .grid import Grid
from .tissues import ORGANS, organ_labels

_INSIDE_LIVER_MM = 10.0
_SPILL_OVER_MM = 12.0


def lesion_labels(drawing: Drawing, grid: Grid) -> NDArray[np.uint16]:
    """Return the anatomical lesions on the PET grid, labelled from 1 in their order.

    A voxel belongs to the lesion that fills most of it, if that is at least half; of a lesion too small to fill half a
    voxel, the voxel that it fills most.
    """
    labels, most = np.zeros(grid.shape, np.uint16), np.full(grid.shape, 0.5, np.float32)
    small = []
    for label, lesion in enumerate(drawing.lesions, 1):
        where, share = _averaged(lesion.filled, lesion.box, drawing.grid, grid)
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


def healthy_liver(pet: sitk.Image, liver: NDArray[np.bool_], lesions: NDArray) -> ReferenceRegion:
    """Measure the liver at least 10 mm inside its border and 10 mm from every lesion.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    liver : ndarray of bool, shape (k, j, i)
        The organ.
    lesions : ndarray, shape (k, j, i)
        Lesions, 0 elsewhere.

    Returns
    -------
    ReferenceRegion

    Raises
    ------
    PhantomError
        If fewer than 20 voxels of it are left.
    """
    box = grown(box_of(liver) or whole(liver.shape), 1, liver.shape)
    inside = ndimage.distance_transform_edt(liver[box], spacing(pet)) > _INSIDE_LIVER_MM
    if lesions[box].any():
        inside &= ndimage.distance_transform_edt(lesions[box] == 0, spacing(pet)) > _INSIDE_LIVER_MM
    mask = np.zeros(liver.shape, bool)
    mask[box] = inside
    count = np.count_nonzero(mask)
    if count < MINIMUM_VOXELS:
        message = (
            f"Only {count} voxels of healthy liver are left, too few for the patient's threshold. "
            "Ask for fewer lesions, or for smaller voxels."
        )
        raise PhantomError(message)
    return region_from_mask(pet, Organ.LIVER, mask)


def reference_segmentation(
    pet: sitk.Image, threshold: float, lesions: NDArray, physiological: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return what the threshold method leaves once everything that is not tumour has been taken away.

    Voxels strictly above the threshold, without those of physiological organs, as components at 26-connectivity; kept
    are components that hold a voxel of a true lesion and measure 0.1 mL or more.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    threshold : float
        The patient's (g/mL).
    lesions : ndarray, shape (k, j, i)
        Anatomical lesions, 0 elsewhere.
    physiological : ndarray of bool, shape (k, j, i)
        Organs that exceed the threshold by themselves. Where a lesion lies in one, the lesion counts.

    Returns
    -------
    ndarray, shape (k, j, i), uint8
        1 in the reference segmentation.
    """
    true, organ = lesions.reshape(-1) > 0, physiological.reshape(-1)
    flat = voxels_above(voxels(pet), threshold)
    flat = flat[~organ[flat] | true[flat]]
    number = component_numbers(flat, lesions.shape)
    counts = np.bincount(number)
    kept = (np.bincount(number, true[flat]) > 0) & (counts >= minimum_voxels(pet, MINIMUM_VOLUME_ML))
    reference = np.zeros(lesions.shape, np.uint8)
    reference.reshape(-1)[flat] = kept[number]
    return reference


def physiological_zone(
    pet: sitk.Image, threshold: float, lesions: NDArray, organs: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return organs that exceed the threshold by themselves, with what spills over from them.

    Where a lesion touches such an organ, a voxel above the threshold outside both belongs to the nearer of the two,
    up to 12 mm from the organ; a physician who cuts the two apart does the same.

    Parameters
    ----------
    pet : SimpleITK.Image
        SUVbw (g/mL).
    threshold : float
        The patient's (g/mL).
    lesions : ndarray, shape (k, j, i)
        Anatomical lesions, 0 elsewhere.
    organs : ndarray of bool, shape (k, j, i)
        Organs that exceed the threshold by themselves.

    Returns
    -------
    ndarray of bool, shape (k, j, i)
    """
    zone = organs.copy()
    flat = voxels_above(voxels(pet), threshold)
    tumour, organ = lesions.reshape(-1)[flat] > 0, organs.reshape(-1)[flat]
    place = np.column_stack(np.unravel_index(flat, lesions.shape)) * np.array(spacing(pet))
    if tumour.any() and (organ & ~tumour).any():
        between = ~tumour & ~organ
        reach = {"distance_upper_bound": _SPILL_OVER_MM + 1e-6}
        to_organ, _ = KDTree(place[organ & ~tumour]).query(place[between], **reach)
        to_tumour, _ = KDTree(place[tumour]).query(place[between], **reach)
        zone.reshape(-1)[flat[between]] = to_organ < to_tumour
    return zone


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
