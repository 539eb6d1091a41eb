"""A small digital patient on a server, and a browser."""

from __future__ import annotations

import fcntl
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def small_patient(tmp_path_factory, worker_id):
    """PET and CT as DICOM, coarse enough to be made in seconds; made once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "small-patient"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            command = ["phantom", "--voxel", "5,5,6", "--lesions", "6", "--seed", "4", "--out", str(folder)]
            subprocess.run([sys.executable, "-m", "NENSegmentationLib.cli", *command], check=True, capture_output=True)
    return folder
