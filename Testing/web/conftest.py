"""A small digital patient on a server, and a browser."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def small_patient(tmp_path_factory):
    """PET and CT as DICOM, coarse enough to be made in seconds."""
    folder = tmp_path_factory.mktemp("patient") / "small"
    command = ["phantom", "--voxel", "5,5,6", "--lesions", "6", "--seed", "4", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "NENSegmentationLib.cli", *command], check=True, capture_output=True)
    return folder
