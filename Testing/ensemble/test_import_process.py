"""The import of a model in a process of its own, and the question what there is to compute on."""

from __future__ import annotations

import os
import signal
import tempfile
import time

import pytest

from NENSegmentationLib.ensemble.device_query import DeviceQuery
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.import_process import RunningImport
from NENSegmentationLib.ensemble.model import read_model


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return folder


def waited(running):
    while (answer := running.poll()) is None:
        time.sleep(0.02)
    return answer


def test_the_model_is_where_it_is_said_to_be(a_model_folder, tmp_path, temporary):
    folder = waited(RunningImport(a_model_folder() / "plans.json", tmp_path / "own"))
    assert folder == tmp_path / "own" / "model"
    assert len(read_model(folder).folds) == 2
    assert list(temporary.iterdir()) == []


def test_a_source_that_is_no_model_is_a_sentence_and_leaves_nothing(tmp_path, temporary):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EnsembleError, match="there is no model of nnU-Net in it"):
        waited(RunningImport(tmp_path / "empty", tmp_path / "own"))
    assert not (tmp_path / "own").exists()
    assert list(temporary.iterdir()) == []


def test_a_process_that_is_killed_leaves_nothing(a_model_folder, tmp_path, temporary):
    running = RunningImport(a_model_folder(), tmp_path / "own")
    # What it would have been writing just then.
    (tmp_path / "own" / ".model.partial-0123").mkdir(parents=True)
    os.kill(running._child.pid, signal.SIGKILL)
    with pytest.raises(EnsembleError, match="was killed"):
        waited(running)
    assert list((tmp_path / "own").iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_what_there_is_to_compute_on_is_said():
    assert waited(DeviceQuery()).startswith("CUDA: ")
