"""Digital patients for a server: they take seconds to make, so all workers share them."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test in a browser have another go: on a busy machine a press can come before the page is ready for it."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=10))


@pytest.fixture(scope="session")
def a_patient_of(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Path]:
    """Return a function that gives the folder of a patient by its name and the options of nenseg phantom."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    def made(name: str, *options: str) -> Path:
        folder = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                command = ["phantom", *options, "--out", str(folder)]
                subprocess.run(
                    [sys.executable, "-m", "NENSegmentationLib.cli", *command], check=True, capture_output=True
                )
        return folder

    return made


@pytest.fixture(scope="session")
def small_patient(a_patient_of) -> Path:
    """PET and CT as DICOM, fine enough to be segmented; nobody writes to it."""
    return a_patient_of("small-patient", "--voxel", "5,5,6", "--lesions", "6", "--seed", "4")


@pytest.fixture(scope="session")
def tiny_patient(a_patient_of) -> Path:
    """Another one of few voxels; nobody writes to it."""
    return a_patient_of("tiny-patient", "--voxel", "10,10,10", "--lesions", "3", "--seed", "3")
