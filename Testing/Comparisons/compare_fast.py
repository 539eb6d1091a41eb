"""How far the fast mode agrees with nnU-Net's own way, case by case, as a markdown table.

``python Testing/Comparisons/compare_fast.py MODEL CASES [--most 10]``: CASES holds a folder for each case, as for
``nenseg train`` (digital patients). Both ways get the same post-processing: the outline of the body, then components of
at least 0.1 mL. Exit status 1 if a Dice is under 0.99, or the numbers of lesions are more than one apart.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Benchmarks"))

from nnunet_way import nnunet_cost, our_cost

from NENSegmentationLib.core.body import body_mask
from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.ensemble.case_folders import CaseFolder, case_folders
from NENSegmentationLib.ensemble.channels import CT, PET, channel_images
from NENSegmentationLib.ensemble.model import Model, read_model

DICE, LESIONS_APART = 0.99, 1


class Agreement(NamedTuple):
    """Of one case: Dice of the masks, numbers of lesions, seconds; ours and nnU-Net's."""

    case: str
    dice: float
    ours: int
    theirs: int
    our_seconds: float
    their_seconds: float

    @property
    def holds(self) -> bool:
        """Whether the demand is met."""
        return self.dice >= DICE and abs(self.ours - self.theirs) <= LESIONS_APART

    def __str__(self) -> str:
        speed = self.their_seconds / self.our_seconds
        return (
            f"| {self.case} | {self.dice:.4f} | {self.ours} | {self.theirs} | {self.our_seconds:.1f} | "
            f"{self.their_seconds:.1f} | {speed:.1f} |"
        )


def agreement(model: Model, case: CaseFolder, folder: Path) -> Agreement:
    """Predict a case both ways in a folder, and hold one against the other."""
    read = case.read()
    (folder / "in").mkdir()
    (folder / "model").symlink_to(model.folder.resolve())
    for number, image in enumerate(channel_images(model.channels, read.pet, read.ct)):
        sitk.WriteImage(sitk.Cast(image, sitk.sitkFloat32), str(folder / "in" / f"case_{number:04d}.nii.gz"))
    ours, theirs = our_cost(folder, "fast"), nnunet_cost(folder, [fold.name for fold in model.folds])
    pet = sitk.ReadImage(str(folder / "in" / "case_0000.nii.gz"))
    body = body_mask(pet)
    mine = _lesions(pet, _labels(folder / "fast") > 0, body)
    peer = _lesions(pet, _labels(folder / "mean") == model.tumour, body)
    both = np.count_nonzero((mine.labels > 0) & (peer.labels > 0))
    voxels = np.count_nonzero(mine.labels) + np.count_nonzero(peer.labels)
    dice = 2 * both / voxels if voxels else 1.0
    return Agreement(case.name, dice, len(mine.lesions), len(peer.lesions), ours.seconds, theirs.seconds)


def _labels(folder: Path) -> np.ndarray:
    return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "case.nii.gz")))


def _lesions(pet: sitk.Image, tumour: np.ndarray, body: np.ndarray) -> LesionMap:
    return LesionMap.from_mask(pet, tumour & body, origin=Origin.ENSEMBLE)


def main() -> int:
    """Compare the cases, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--most", type=int, default=10, metavar="N", help="cases that are compared (default 10)")
    arguments = parser.parse_args()
    model = read_model(arguments.model)
    if model.channels != (PET, CT):
        parser.error(f"the channels of the model are {', '.join(model.channels)}, and have to be PET, CT")
    sys.stdout.write("| case | Dice | lesions | nnU-Net's | seconds | nnU-Net's | times faster |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    found = []
    for case in case_folders(arguments.cases)[: arguments.most]:
        with tempfile.TemporaryDirectory() as folder:
            found.append(agreement(model, case, Path(folder)))
        sys.stdout.write(f"{found[-1]}\n")
        sys.stdout.flush()
    lowest = min(one.dice for one in found)
    apart = max(abs(one.ours - one.theirs) for one in found)
    sys.stdout.write(f"\nLowest Dice {lowest:.4f} (demanded {DICE}); numbers of lesions at most {apart} apart.\n")
    return 0 if all(one.holds for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
