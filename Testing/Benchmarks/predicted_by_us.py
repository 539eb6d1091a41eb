"""Our way from two images to the mean probability and the mask on disk, as a program: IN OUT MODEL MODE."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from NENSegmentationLib.core.volume import image_like, shape
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.predictor import RunningPrediction
from NENSegmentationLib.ensemble.windows import Mode


def main(images: Path, out: Path, model: Path, mode: str) -> None:
    """Predict and write what `nnUNetv2_ensemble --save_npz` writes."""
    pet = sitk.ReadImage(str(images / "case_0000.nii.gz"))
    # The CT is handed over and not kept.
    with RunningPrediction(
        read_model(model),
        pet,
        sitk.ReadImage(str(images / "case_0001.nii.gz")),
        mode=Mode(mode),
        device="cpu",
        mirroring=False,
    ) as running:
        prediction = running.wait()
    probability = np.zeros((2, *shape(pet)), np.float32)
    probability[(1, *prediction.box)] = prediction.probability
    probability[0] = 1 - probability[1]
    mask = np.zeros(shape(pet), np.uint8)
    mask[prediction.box] = prediction.tumour
    out.mkdir()
    np.savez_compressed(out / "case.npz", probabilities=probability)
    sitk.WriteImage(image_like(mask, pet), str(out / "case.nii.gz"))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]), sys.argv[4])
