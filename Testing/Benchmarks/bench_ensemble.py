"""The ensemble's prediction against nnU-Net's own way to it: each fold with its probabilities, then their mean.

The networks have the architecture of the recipe digital-patient and random weights: what they take does not depend on
the weights. The patient is a digital one, of which a part of the trunk is taken, so that this takes minutes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from comparison import Comparison
from nnunet_way import nnunet_cost, our_cost

_TESTING = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_TESTING))

from ensemble.tiny_model import write_tiny_model  # noqa: E402 - found by the path above

from NENSegmentationLib.core.body import body_mask  # noqa: E402
from NENSegmentationLib.core.volume import ct_on_grid  # noqa: E402
from NENSegmentationLib.ensemble.model import read_model  # noqa: E402
from NENSegmentationLib.ensemble.predictor import RunningPrediction  # noqa: E402
from NENSegmentationLib.ensemble.recipe import read_recipe  # noqa: E402
from NENSegmentationLib.ensemble.windows import Mode  # noqa: E402
from NENSegmentationLib.phantom.patient import make_patient  # noqa: E402
from NENSegmentationLib.phantom.request import Request  # noqa: E402

FOLDS = 2
_PEER = "nnUNetv2_predict per fold, nnUNetv2_ensemble"
# Voxel size (i, j, k) in mm; slices of the trunk; the times better that are demanded.
_GRIDS = {
    "at 4 mm": ((4.0, 4.0, 4.0), slice(90, 218), 1.3),
    "at 2 x 2 x 3 mm": ((2.0, 2.0, 3.0), slice(170, 234), 2.0),
}
# Half precision adds up what nnU-Net's windows say.
_AGREEMENT = 2e-3
_DICE = 0.999


def run() -> list[Comparison]:
    """Compare time and memory on both grids, after making sure that the probabilities agree."""
    found = []
    for name, (voxel, part, demanded) in _GRIDS.items():
        with tempfile.TemporaryDirectory() as folder:
            found += _compared(Path(folder), name, voxel, part, demanded)
    return found


def _compared(
    folder: Path, name: str, voxel: tuple[float, float, float], part: slice, demanded: float
) -> list[Comparison]:
    pet = _write_images(folder / "in", voxel, part)
    _write_model(folder / "model", voxel)
    exact, fast = (our_cost(folder, mode) for mode in ("exact", "fast"))
    theirs = nnunet_cost(folder, range(FOLDS))
    difference, dice = _agreement(folder, pet)
    sys.stderr.write(f"{name}: largest difference in the body {difference:.2g}, Dice {dice:.5f}\n")
    if difference > _AGREEMENT or dice < _DICE:
        message = f"the probabilities differ by {difference:.2g} (Dice {dice:.5f}), so no time can be compared"
        raise AssertionError(message)
    return [
        Comparison(f"ensemble {name}, exact", exact.seconds, _PEER, theirs.seconds, at_least=demanded),
        Comparison(f"ensemble {name}, exact, memory", exact.peak_mb, _PEER, theirs.peak_mb, at_least=2, unit="MB"),
        Comparison(f"ensemble {name}, fast", fast.seconds, _PEER, theirs.seconds, at_least=3),
        Comparison(f"ensemble {name}, start to first window", _first_window(folder), "the limit", 25, at_least=1),
    ]


def _first_window(folder: Path) -> float:
    """Return the seconds from the start of the worker to its first window, in the slower mode."""
    pet, ct = (sitk.ReadImage(str(folder / "in" / f"case_{number:04d}.nii.gz")) for number in range(2))
    model = read_model(folder / "model")
    start = time.monotonic()
    with RunningPrediction(model, pet, ct, mode=Mode.EXACT, device="cpu", mirroring=False) as running:
        while not running.done:
            running.poll()
            time.sleep(0.02)
        return time.monotonic() - start


def _write_images(folder: Path, voxel: tuple[float, float, float], part: slice) -> sitk.Image:
    patient = make_patient(Request(seed=11, voxel=voxel))
    pet = patient.pet_image[:, :, part]
    folder.mkdir()
    for number, image in enumerate((pet, ct_on_grid(patient.ct_image, pet))):
        sitk.WriteImage(sitk.Cast(image, sitk.sitkFloat32), str(folder / f"case_{number:04d}.nii.gz"))
    return pet


def _write_model(folder: Path, voxel: tuple[float, float, float]) -> None:
    planned = read_recipe("digital-patient").plans
    write_tiny_model(
        folder,
        folds=FOLDS,
        spacing=voxel[::-1],
        patch=planned["patch_size"],
        features=planned["features_per_stage"],
        convolutions=planned["n_conv_per_stage"],
    )


def _agreement(folder: Path, pet: sitk.Image) -> tuple[float, float]:
    """Return the largest difference of probability, and Dice of the masks, inside the body."""
    ours, theirs = (np.load(folder / name / "case.npz")["probabilities"][1] for name in ("exact", "mean"))
    body = body_mask(pet)
    ours, theirs = ours[body].astype(np.float32), theirs[body].astype(np.float32)
    tumour, expected = ours > 0.5, theirs > 0.5
    both = np.count_nonzero(tumour & expected)
    return float(np.abs(ours - theirs).max()), 2 * both / max(np.count_nonzero(tumour) + np.count_nonzero(expected), 1)


if __name__ == "__main__":
    for comparison in run():
        sys.stdout.write(f"{comparison}\n")
        sys.stdout.flush()
