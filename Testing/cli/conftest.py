"""A small digital patient for the commands, and a way to run them as a user does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from NENSegmentationLib.cli import main


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
