"""A small digital patient for the commands, and a way to run them as a user does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from scipy import ndimage

from NENSegmentationLib.cli import main
from NENSegmentationLib.core.organs import read_organs
from NENSegmentationLib.core.volume import index_to_ras


class Run(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def nenseg(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Run a command and return its exit status and what it printed."""

    def run(*arguments: str | Path) -> Run:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Run(status, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DICOM PET/CT patient with truth, made once."""
    folder = tmp_path_factory.mktemp("patient") / "patient"
    assert main(["phantom", "--out", str(folder), "--voxel", "6,6,6"]) == 0
    return folder


@pytest.fixture(scope="session")
def liver_point(patient: Path) -> tuple[float, float, float]:
    return deepest_point(patient, "liver")


@pytest.fixture(scope="session")
def spleen_point(patient: Path) -> tuple[float, float, float]:
    return deepest_point(patient, "spleen")


def deepest_point(patient: Path, organ: str) -> tuple[float, float, float]:
    """The centre (RAS mm) of the voxel deepest inside an organ of the digital patient."""
    organs = read_organs(patient / "truth" / "organs.nii.gz")
    depth = ndimage.distance_transform_edt(organs.mask(organ))
    r, a, s = index_to_ras(organs.image, np.unravel_index(depth.argmax(), depth.shape))
    return float(r), float(a), float(s)
