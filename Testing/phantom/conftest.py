"""Coarse digital patients, made once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.phantom.anatomy import Anatomy
from NENSegmentationLib.phantom.build import Build
from NENSegmentationLib.phantom.patient import write_patient
from NENSegmentationLib.phantom.request import Request
from NENSegmentationLib.phantom.seeds import Seeds

COARSE = (8.0, 8.0, 8.0)


@pytest.fixture(scope="session")
def a_patient(tmp_path_factory) -> Path:
    """A folder with a patient of seed 3 with 12 lesions at 8 mm."""
    folder = tmp_path_factory.mktemp("phantom") / "patient"
    write_patient(folder, Request(seed=3, lesions=12, voxel=COARSE))
    return folder


@pytest.fixture(scope="session")
def a_healthy_patient(tmp_path_factory) -> Path:
    """The same without lesions, injected with the other tracer."""
    folder = tmp_path_factory.mktemp("phantom") / "healthy"
    write_patient(folder, Request(seed=3, voxel=COARSE, lesions=0, tracer="ga68-dotatate"))
    return folder


@pytest.fixture(scope="session")
def truth_of():
    """Read one of a patient's label maps as an array (k, j, i)."""

    def read(folder: Path, name: str) -> np.ndarray:
        return sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "truth" / f"{name}.nii.gz")))

    return read


@pytest.fixture(scope="session")
def parameters_of():
    """Read a patient's parameters."""

    def read(folder: Path) -> dict:
        return json.loads((folder / "truth" / "patient.json").read_text())

    return read


@pytest.fixture(scope="session")
def an_anatomy() -> Anatomy:
    seeds = Seeds(3)
    return Anatomy(seeds, Build.drawn(seeds))
