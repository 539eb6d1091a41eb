"""The grid of an image as its header gives it: no voxel is read, so many files are compared in a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from ..core.volume import same_grid
from ..dicom.series import is_dicom
from .errors import StudyError

_IMAGES = (".nii", ".nii.gz", ".nrrd")


@dataclass(frozen=True)
class HeaderGrid:
    """The grid of an image without its voxels.

    Attributes
    ----------
    size : tuple of int
        Number of voxels along (i, j, k).
    corners : SimpleITK.Image
        Its eight corner voxels, as an image of their own.
    """

    size: tuple[int, ...]
    corners: sitk.Image

    @classmethod
    def of(
        cls, size: Sequence[int], origin: Sequence[float], spacing: Sequence[float], direction: Sequence[float]
    ) -> HeaderGrid:
        """Make one of what SimpleITK calls size, origin (mm, LPS), spacing (mm) and direction."""
        corners = sitk.Image([min(n, 2) for n in size], sitk.sitkUInt8)
        corners.SetOrigin(origin)
        corners.SetSpacing([max(n - 1, 1) * step for n, step in zip(size, spacing, strict=True)])
        corners.SetDirection(direction)
        return cls(tuple(size), corners)

    def is_that_of(self, other: HeaderGrid) -> bool:
        """Tell whether two grids are the same, within the tolerance of `same_grid`."""
        return self.size == other.size and same_grid(self.corners, other.corners)


def header_grid(path: Path) -> HeaderGrid:
    """Return the grid that the header of an image gives.

    Parameters
    ----------
    path : Path
        A .nrrd, .nii or .nii.gz file.

    Returns
    -------
    HeaderGrid

    Raises
    ------
    StudyError
        If it is of another kind, is damaged, or has other than three dimensions.
    """
    if is_dicom(path) or not path.name.lower().endswith(_IMAGES):
        message = f"{path.name} is no .nrrd, .nii or .nii.gz image. Give one."
        raise StudyError(message)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        size, directions = reader.GetSize(), reader.GetDirection()
        if len(size) == 4 and size[3] == 1:
            directions = [directions[4 * row + column] for row in range(3) for column in range(3)]
            return HeaderGrid.of(size[:3], reader.GetOrigin()[:3], reader.GetSpacing()[:3], directions)
        if len(size) == 3:
            return HeaderGrid.of(size, reader.GetOrigin(), reader.GetSpacing(), directions)
    except RuntimeError as error:
        message = f"{path.name} is not a readable image. Give a whole .nrrd, .nii or .nii.gz file."
        raise StudyError(message) from error
    message = f"{path.name} is a {len(size)}-dimensional image. Give one with three dimensions."
    raise StudyError(message)
