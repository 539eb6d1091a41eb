"""Objects of other makers that refer to a PET: whether they belong to it, and where its slices lie."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.tag import BaseTag

from ..core.volume import shape
from .attributes import UNREADABLE, named, text
from .derived import slice_to_patient
from .errors import DicomError
from .geometry import places, slice_normal
from .series import Series, is_dicom

SAME_PLANE_MM = 0.02
"""Planes nearer than this are one; positions are rounded by whoever writes them."""


def read_whole(path: Path, last: BaseTag) -> Dataset:
    """Read a DICOM object, and make sure that it does not end early.

    Parameters
    ----------
    path : Path
        A DICOM file.
    last : BaseTag
        What is needed comes before this attribute, which every complete object of its kind has, or another after it.

    Returns
    -------
    Dataset

    Raises
    ------
    DicomError
        If there is no such file, it is no DICOM, or it is truncated or damaged.
    """
    if not path.is_file():
        message = f"{path}: there is no such file. Give an RTSTRUCT or a DICOM Segmentation."
        raise DicomError(message)
    if not is_dicom(path):
        message = f"{path.name}: this is no DICOM file. Give an RTSTRUCT or a DICOM Segmentation."
        raise DicomError(message)
    with reading(path):
        dataset = dcmread(path)
    # pydicom takes the end of the file for the end of the object, wherever it comes.
    if max(dataset.keys(), default=BaseTag(0)) < last:
        raise damaged(path)
    return dataset


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever pydicom raises on bytes that make no sense into the error of a damaged file."""
    # What pydicom remarks on a file that it can read is no matter for the user.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (*UNREADABLE, RuntimeError) as error:
            raise damaged(path) from error


def damaged(path: Path) -> DicomError:
    """Return the error of a file that ends early or holds what it cannot mean."""
    return DicomError(f"{path.name}: the DICOM file is truncated or damaged. Export or copy it again.")


def require_frame_of_reference(path: Path, found: set[str], series: Series) -> None:
    """Raise a `DicomError` if an object lies in another frame of reference than the PET.

    Parameters
    ----------
    path : Path
        The file, for the message.
    found : set of str
        The frames of reference that the object names; empty texts if it names none.
    series : Series
        The PET.
    """
    attribute = named("FrameOfReferenceUID")
    if not series.frame_of_reference:
        message = f"{path.name}: the PET has no {attribute}, so nothing can be placed on it. Export the PET again."
        raise DicomError(message)
    if found != {series.frame_of_reference}:
        problem = "lies in another frame of reference than the PET" if any(found) else "names no frame of reference"
        message = f"{path.name}: it {problem} ({attribute}). Give one that was made on this PET or on its own CT."
        raise DicomError(message)


@dataclass(frozen=True)
class Slices:
    """The slices of a PET as their headers place them: LPS mm to pixels, slice by slice.

    Attributes
    ----------
    headers : tuple of Dataset
        One for each k.
    """

    headers: tuple[Dataset, ...]

    @classmethod
    def of(cls, pet: sitk.Image, series: Series) -> Slices:
        """Return the slices of a series after making sure that they are those of an image.

        Raises
        ------
        DicomError
            If the image has another number of voxels than the series.
        """
        first = series.headers[0]
        if shape(pet) != (len(series.headers), first.Rows, first.Columns):
            message = f"The PET image does not have the voxels of its series {series.label}. Give the series it is of."
            raise DicomError(message)
        return cls(series.headers)

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """Unit normal, LPS."""
        return slice_normal(self.headers[0])

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Where the slices lie along the normal, in mm, ascending."""
        return places(self.headers)

    @cached_property
    def step(self) -> float:
        """Usual distance between slices in mm."""
        return float(np.median(np.diff(self.places)))

    @cached_property
    def instances(self) -> set[str]:
        """SOPInstanceUID of each slice."""
        return {text(header, "SOPInstanceUID") for header in self.headers}

    @property
    def lowest(self) -> float:
        """Where the first slice begins along the normal, in mm."""
        return float(self.places[0]) - self.step / 2

    @property
    def highest(self) -> float:
        """Where the last slice ends along the normal, in mm."""
        return float(self.places[-1]) + self.step / 2

    @property
    def shape(self) -> tuple[int, int]:
        """Number of pixels of a slice along (j, i)."""
        return int(self.headers[0].Rows), int(self.headers[0].Columns)

    @cached_property
    def pixel_spacing(self) -> NDArray[np.float64]:
        """Distance between pixels along (j, i) in mm."""
        return np.array(self.headers[0].PixelSpacing, float)

    def pixels(self, k: int, lps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (n, 3) in LPS mm as positions (j, i) on slice k, projected along the normal."""
        to_patient = slice_to_patient(self.headers[k])
        return (lps - to_patient[:, 2]) @ np.linalg.pinv(to_patient[:, :2]).T
