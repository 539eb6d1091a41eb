"""A label map of organs, and which of them take up the tracer without being tumour."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .errors import MethodError
from .image_files import read_labels
from .nifti import is_nifti, nifti_extension
from .volume import resampled, voxels

PHYSIOLOGICAL = (
    "urinary_bladder",
    "kidney",
    "ureter",
    "adrenal_gland",
    "spleen",
    "pituitary_gland",
    "thyroid_gland",
    "parotid_gland",
    "submandibular_gland",
    "salivary_gland",
    "gallbladder",
    "stomach",
    "duodenum",
    "small_bowel",
    "colon",
)
"""Beginnings of the names of organs with physiological somatostatin-receptor uptake or excretion."""


@dataclass(frozen=True)
class OrganMap:
    """A label map of organs on any grid.

    Attributes
    ----------
    image : SimpleITK.Image
        Integer labels, 0 where there is no organ.
    names : mapping of int to str
        Label -> name, in lower snake case as TotalSegmentator writes them: liver, spleen, kidney_left.
    """

    image: sitk.Image
    names: Mapping[int, str]

    def mask(self, *organs: str) -> NDArray[np.bool_]:
        """Return where one of some organs is.

        Parameters
        ----------
        *organs : str
            Names; those that the map does not have are nowhere.

        Returns
        -------
        ndarray of bool, shape (k, j, i)
        """
        return np.isin(voxels(self.image), [label for label, name in self.names.items() if name in organs])

    def on_grid(self, reference: sitk.Image) -> OrganMap:
        """Return the map on the grid of another image (nearest neighbour)."""
        return OrganMap(resampled(self.image, reference, outside=0, labels=True), self.names)


def physiological_organ(labels: NDArray[np.integer], names: Mapping[int, str]) -> str | None:
    """Name the organ whose physiological uptake a lesion may be.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Organ label at each voxel of the lesion.
    names : mapping of int to str
        Label -> name.

    Returns
    -------
    str or None
        The physiological organ with the most voxels, if such organs hold at least half of the lesion.

    Examples
    --------
    >>> physiological_organ(np.array([3, 3, 5]), {3: "kidney_left", 5: "liver"})
    'kidney_left'
    """
    values, counts = np.unique(labels, return_counts=True)
    found: Counter[str] = Counter()
    for value, count in zip(values.tolist(), counts, strict=True):
        if names.get(value, "").startswith(PHYSIOLOGICAL):
            found[names[value]] += int(count)
    if 2 * found.total() < labels.size or not found:
        return None
    return found.most_common(1)[0][0]


def read_organs(path: Path) -> OrganMap:
    """Read an organ label map with its names.

    Parameters
    ----------
    path : Path
        NIfTI or NRRD. The names are taken from ``<stem>.json`` beside it (``{"5": "liver", ...}``), else from the
        label table that TotalSegmentator writes into a NIfTI, else from the segments of a .seg.nrrd.

    Returns
    -------
    OrganMap

    Raises
    ------
    MethodError
        If the file cannot be read, is no label map, or names no organ.
    """
    image = read_labels(path)
    names = _names_beside(path) or _names_in_nifti(path) or _names_of_segments(image)
    if not names:
        beside = _sidecar(path).name
        message = f'{path.name}: the labels have no names. Put {beside} beside it, such as {{"5": "liver"}}.'
        raise MethodError(message)
    return OrganMap(image, names)


def _sidecar(path: Path) -> Path:
    return path.with_name(re.sub(r"(\.seg)?(\.nii|\.nrrd)(\.gz)?$", "", path.name) + ".json")


def _names_beside(path: Path) -> dict[int, str]:
    beside = _sidecar(path)
    if not beside.is_file():
        return {}
    try:
        return {int(label): str(name) for label, name in json.loads(beside.read_text("utf-8")).items()}
    except (ValueError, AttributeError) as error:
        message = f'{beside.name}: this is not a list of organ names. Write it such as {{"5": "liver"}}.'
        raise MethodError(message) from error


def _names_in_nifti(path: Path) -> dict[int, str]:
    if not is_nifti(path):
        return {}
    found = re.findall(r'<Label [^>]*Key="(\d+)"[^>]*><!\[CDATA\[([^\]]+)\]\]>', nifti_extension(path))
    return {int(key): name for key, name in found}


def _names_of_segments(image: sitk.Image) -> dict[int, str]:
    names = {}
    for key in image.GetMetaDataKeys():
        found = re.fullmatch(r"Segment(\d+)_Name", key)
        if found and image.HasMetaDataKey(f"Segment{found[1]}_LabelValue"):
            names[int(image.GetMetaData(f"Segment{found[1]}_LabelValue"))] = image.GetMetaData(key)
    return names
