"""Corrected cases as a training set in nnU-Net's raw format; it grows by one case at a time."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..core.body import body_mask
from ..core.boxes import Box, box_of
from ..core.output import new_file, rewrite
from ..core.volume import image_like, same_grid, voxels
from .channels import CT, PET, channel_images
from .errors import EnsembleError
from .model import BACKGROUND

TUMOUR, PHYSIOLOGICAL = "tumour", "physiological"
FILE_ENDING = ".nii.gz"
IMAGE_READER = "SimpleITKIO"
"""What nnU-Net calls its reader of these files."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class TrainingCase:
    """A patient whose lesions are known.

    Attributes
    ----------
    name : str
        A code name: letters, digits, - and _.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    ct : SimpleITK.Image or None
        Hounsfield units, on any grid.
    lesions : SimpleITK.Image
        On the grid of the PET; above 0 in lesions.
    threshold : float or None
        The patient's, in SUVbw (g/mL): for a training set with a class of physiological uptake.
    is_negative : bool
        Whether the patient is a negative control, without any lesion.
    """

    name: str
    pet: sitk.Image
    ct: sitk.Image | None
    lesions: sitk.Image
    threshold: float | None = None
    is_negative: bool = False

    def tumour(self) -> NDArray[np.bool_]:
        """Return the voxels of the lesions, shape (k, j, i).

        Raises
        ------
        EnsembleError
            If the lesions are on another grid or hold other values than labels, or there is none of them in a case that
            is no negative control (or one in a control).
        """
        if not same_grid(self.lesions, self.pet):
            message = f"{self.name}: the lesions are not on the grid of the PET. Resample them, or leave the case out."
            raise EnsembleError(message)
        values = voxels(self.lesions)
        if values.size and (values.min() < 0 or not np.array_equal(values, np.rint(values))):
            message = f"{self.name}: the lesions hold values that are no labels. Number them from 1, with 0 elsewhere."
            raise EnsembleError(message)
        tumour = values > 0
        if not tumour.any() and not self.is_negative:
            message = (
                f"{self.name}: there is no lesion. If the patient is a negative control, say so by an empty file named "
                "negative in its folder; else leave the case out."
            )
            raise EnsembleError(message)
        if tumour.any() and self.is_negative:
            message = f"{self.name}: there are lesions in a negative control. Correct one of the two."
            raise EnsembleError(message)
        return tumour


class TrainingSet:
    """A folder in nnU-Net's raw format.

    Parameters
    ----------
    folder : Path
        Made with the first case; its name is that of nnU-Net's dataset, such as Dataset001_NEN.
    channels : tuple of str
        PET and CT, or PET alone.
    physiological : bool
        Whether uptake above the patient's threshold that is no lesion is a class of its own.
    to_body : bool
        Whether a case is cut to the box of the body, so that no patch of it is spent on air.
    """

    def __init__(
        self,
        folder: Path,
        channels: tuple[str, ...] = (PET, CT),
        *,
        physiological: bool = False,
        to_body: bool = False,
    ) -> None:
        self.folder = folder
        self.channels = channels
        self.physiological = physiological
        self._to_body = to_body

    @property
    def names(self) -> list[str]:
        """The code names of its cases."""
        return sorted(
            path.name.removesuffix(FILE_ENDING) for path in (self.folder / "labelsTr").glob(f"*{FILE_ENDING}")
        )

    @property
    def labels(self) -> dict[str, int]:
        """Its classes and their numbers."""
        return {BACKGROUND: 0, TUMOUR: 1, **({PHYSIOLOGICAL: 2} if self.physiological else {})}

    def add(self, case: TrainingCase) -> None:
        """Add a case; it is in the set when all of it is written.

        Parameters
        ----------
        case : TrainingCase
            Under a name that the set does not have yet.

        Raises
        ------
        EnsembleError
            If the name is no code name, the set has it already, the lesions are on another grid or hold other values
            than labels, there is none of them in a case that is no negative control (or one in a control), or a CT or
            a threshold is missing that the set needs.
        OutputError
            If the files cannot be written.
        """
        _require_code_name(case.name)
        if case.name in self.names:
            message = f"{self.folder}: the training set holds a case {case.name} already. Give this one another name."
            raise EnsembleError(message)
        labels = image_like(self._labels(case), case.pet)
        images = self._images(case)
        if self._to_body:
            box = _body_box(case)
            labels, images = _cut(labels, box), [_cut(image, box) for image in images]
        for part in ("imagesTr", "labelsTr"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._sweep()
        for number, image in enumerate(images):
            self._write(self.folder / "imagesTr" / f"{case.name}_{number:04d}{FILE_ENDING}", image)
        # The label last: with it the case counts.
        self._write(self.folder / "labelsTr" / f"{case.name}{FILE_ENDING}", labels)
        self._describe()

    def _images(self, case: TrainingCase) -> list[sitk.Image]:
        if CT in self.channels and case.ct is None:
            message = f"{case.name}: there is no CT, and this training set has one in every case. Leave the case out."
            raise EnsembleError(message)
        return channel_images(self.channels, case.pet, case.ct)

    def _labels(self, case: TrainingCase) -> NDArray[np.uint8]:
        tumour = case.tumour()
        labels = tumour.astype(np.uint8)
        if self.physiological:
            if case.threshold is None:
                message = (
                    f"{case.name}: the patient's threshold is not known, so neither is physiological uptake above it. "
                    f"Put the summary.json of a segmentation by threshold into its folder, or leave the case out."
                )
                raise EnsembleError(message)
            labels[(voxels(case.pet) > case.threshold) & ~tumour] = 2
        return labels

    def _sweep(self) -> None:
        """Remove what an interrupted run left: images without a label, which nnU-Net would stumble over."""
        names = set(self.names)
        for path in (self.folder / "imagesTr").iterdir():
            if path.name.rpartition("_")[0] not in names:
                path.unlink() if path.is_file() else shutil.rmtree(path)

    def _write(self, path: Path, image: sitk.Image) -> None:
        with new_file(path) as partial:
            sitk.WriteImage(image, str(partial), useCompression=True)

    def _describe(self) -> None:
        """Write dataset.json anew, in one step."""
        described = {
            "channel_names": {str(number): name for number, name in enumerate(self.channels)},
            "labels": self.labels,
            "numTraining": len(self.names),
            "file_ending": FILE_ENDING,
        }
        rewrite(self.folder / "dataset.json", json.dumps(described, indent=2) + "\n")


def _body_box(case: TrainingCase) -> Box:
    """Return the box of the body, wide enough for every lesion."""
    box = box_of(body_mask(case.pet) | (voxels(case.lesions) > 0))
    if box is None:
        message = f"{case.name}: the PET shows no body: nothing reaches SUV 0.1. Leave the case out."
        raise EnsembleError(message)
    return box


def _cut(image: sitk.Image, box: Box) -> sitk.Image:
    k, j, i = box
    return image[i, j, k]


def _require_code_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        message = f"{name!r} is no code name for a training case. Use letters, digits, - and _."
        raise EnsembleError(message)
