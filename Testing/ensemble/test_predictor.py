"""The prediction in a process of its own."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from ensemble.test_child import ends_within

from NENSegmentationLib.ensemble import device, installed, network, worker
from NENSegmentationLib.ensemble.arrays import on_disk
from NENSegmentationLib.ensemble.device import Needed, choose_device, fits_in_memory, needed_memory
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.ensemble.inference import looked_at, predict
from NENSegmentationLib.ensemble.model import read_model
from NENSegmentationLib.ensemble.network_grid import PatientOnGrid
from NENSegmentationLib.ensemble.predictor import RunningPrediction
from NENSegmentationLib.ensemble.windows import Mode


@pytest.fixture
def a_temporary_folder(tmp_path, monkeypatch):
    """Where a prediction keeps its files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return folder


def wait_for_windows(running):
    while not running.total:
        running.poll()
        time.sleep(0.02)


def test_it_is_what_this_process_would_predict_and_leaves_nothing(a_patient, a_model_folder, a_temporary_folder):
    pet, ct = a_patient((20, 24, 28))
    model = read_model(a_model_folder())
    seen = []
    with RunningPrediction(model, pet, ct, mode=Mode.EXACT, device="cpu") as running:
        found = running.wait(lambda done, total: seen.append((done, total)))
        expected = predict(model, pet, ct, mode=Mode.EXACT)
    np.testing.assert_allclose(found.probability, expected.probability, atol=1e-6)
    np.testing.assert_allclose(found.disagreement, expected.disagreement, atol=1e-6)
    assert (found.tumour == expected.tumour).all()
    assert (found.box, found.folds) == (expected.box, 2)
    assert seen[-1][0] == seen[-1][1] > 0
    assert running.computed == {"mode": "exact", "device": "cpu", "precision": "float32", "mirroring": False}
    assert running.warnings == [
        "On the processor the ensemble looked at each window once, not at its mirror images as on a GPU."
    ]
    assert running.log == ["Preparing the images", "12 windows, 2 folds, exact, on cpu", "Handing over the result"]
    assert list(a_temporary_folder.iterdir()) == []


def wait_for_word(running, word):
    while not any(word in line for line in running.log):
        running.poll()
        time.sleep(0.01)


PHASES = {
    "while it starts": lambda _running: None,
    "while the images are prepared": lambda running: wait_for_word(running, "Preparing"),
    "while the network is built": lambda running: wait_for_word(running, "windows"),
    "between windows": wait_for_windows,
}


@pytest.mark.parametrize("phase", PHASES.values(), ids=PHASES)
def test_cancelling_ends_it_within_two_seconds_and_leaves_nothing(phase, a_patient, a_model_folder, a_temporary_folder):
    running = RunningPrediction(read_model(a_model_folder(patch=(8, 8, 8))), *a_patient((96, 96, 96)), device="cpu")
    phase(running)
    start = time.monotonic()
    running.cancel()
    assert ends_within(2, running.pid)
    assert time.monotonic() - start < 2
    assert list(a_temporary_folder.iterdir()) == []
    running.cancel()


def test_a_worker_that_is_killed_is_a_sentence_and_leaves_nothing(a_patient, a_model_folder, a_temporary_folder):
    with RunningPrediction(read_model(a_model_folder()), *a_patient(), device="cpu") as running:
        os.kill(running.pid, signal.SIGKILL)
        with pytest.raises(EnsembleError, match="was killed, most likely because there was too little memory"):
            running.wait()
    assert list(a_temporary_folder.iterdir()) == []


def test_what_does_not_fit_is_said_as_in_this_process(a_patient, a_model_folder, a_temporary_folder):
    pet, ct = a_patient((20, 24, 28))
    with (
        RunningPrediction(read_model(a_model_folder()), pet * 0, ct, device="cpu") as running,
        pytest.raises(EnsembleError, match="the PET: no voxel is above zero"),
    ):
        running.wait()
    assert list(a_temporary_folder.iterdir()) == []


def test_without_a_ct_that_the_model_wants_nothing_is_started(a_patient, a_model_folder, a_temporary_folder):
    with pytest.raises(EnsembleError, match="but there is no CT"):
        RunningPrediction(read_model(a_model_folder()), a_patient()[0])
    assert list(a_temporary_folder.iterdir()) == []


def test_where_the_images_cannot_be_written_it_is_said(a_patient, a_model_folder, a_temporary_folder, monkeypatch):
    def full(*_):
        raise RuntimeError

    monkeypatch.setattr("SimpleITK.WriteImage", full)
    with pytest.raises(EnsembleError, match="the images could not be written for the prediction"):
        RunningPrediction(read_model(a_model_folder()), *a_patient())
    assert list(a_temporary_folder.iterdir()) == []


def test_without_nnunet_it_is_said_how_to_install_it(a_patient, a_model_folder, monkeypatch):
    model = read_model(a_model_folder())
    monkeypatch.setattr(installed, "find_spec", lambda _name: None)
    with pytest.raises(EnsembleError, match="pip install torch nnunetv2"):
        RunningPrediction(model, *a_patient())


NEEDED = Needed(memory=3.5e9, in_slabs=1.5e9, on_gpu=0.7e9)


def test_too_little_memory_is_refused_with_how_much_is_needed():
    with pytest.raises(EnsembleError, match=r"about 3\.5 GB of memory, or 1\.5 GB in slabs, and 1\.2 GB are free"):
        fits_in_memory(NEEDED, free=lambda: 1.2e9)


def test_where_memory_is_short_slabs_are_worked_on_and_it_is_said():
    fits, warnings = fits_in_memory(NEEDED, free=lambda: 2e9)
    assert not fits
    assert warnings[0].startswith("3.5 GB of memory are needed and 2.0 GB were free: the volumes were kept on the disk")


def test_where_memory_is_enough_or_not_known_nothing_is_said():
    assert fits_in_memory(NEEDED, free=lambda: 4e9) == (True, ())
    assert fits_in_memory(NEEDED, free=lambda: None) == (True, ())


@pytest.mark.parametrize("labels", [("background", "tumour"), ("background", "tumour", "physiological")])
def test_slabs_kept_on_the_disk_give_the_same_result(labels, a_patient, a_model_folder, tmp_path):
    pet, ct = a_patient((60, 24, 28))
    model = read_model(a_model_folder(labels=labels))
    expected = predict(model, pet, ct, mode=Mode.EXACT, each_fold=True)
    zeros = on_disk(tmp_path)
    found = looked_at(PatientOnGrid(model, pet, ct, Mode.EXACT, zeros), mode=Mode.EXACT, each_fold=True, zeros=zeros)
    np.testing.assert_allclose(found.probability, expected.probability, atol=1e-6)
    np.testing.assert_allclose(found.disagreement, expected.disagreement, atol=1e-6)
    np.testing.assert_array_equal(found.tumour, expected.tumour)
    np.testing.assert_array_equal(found.fold_tumour, expected.fold_tumour)
    assert len(list(tmp_path.glob("*.array"))) == 4


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("NENSegmentationLib.ensemble.arrays.tempfile.NamedTemporaryFile", full)
    with pytest.raises(EnsembleError, match=r"an array of the prediction needs 4\.0 GB on the disk"):
        on_disk(tmp_path)((10, 10000, 10000))


def test_the_memory_grows_with_the_image_and_with_the_patch(a_patient, a_model_folder):
    small = read_model(a_model_folder())
    large = read_model(a_model_folder("large", patch=(128, 128, 128)))
    pet, bigger = a_patient()[0], a_patient((80, 72, 88))[0]
    for kind in ("memory", "in_slabs"):
        of_small, of_bigger, of_large = (
            getattr(needed_memory(model, image, image), kind)
            for model, image in ((small, pet), (small, bigger), (large, pet))
        )
        assert of_small < min(of_bigger, of_large)


def test_a_gpu_without_memory_enough_is_passed_over_and_it_is_said(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (2e9, 8e9))
    assert choose_device("auto", 1e9).name == "cuda"
    chosen = choose_device("auto", 3e9)
    assert chosen.name == "cpu"
    assert chosen.warnings == ("The GPU has 2.0 GB free, and 3.0 GB are needed: the processor was used.",)


def test_a_gpu_that_was_asked_for_and_lacks_memory_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda: (2e9, 8e9))
    with pytest.raises(EnsembleError, match=r"2\.0 GB free, and 3\.0 GB are needed.*choose the processor"):
        choose_device("cuda", 3e9)


def test_without_a_gpu_the_processor_is_taken(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.backends.mps.is_available", lambda: False)
    assert choose_device("auto", 1e9) == device.Chosen("cpu")


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(EnsembleError, match="there is no device cuda that PyTorch can use"):
        choose_device("cuda", 1e9)


def test_free_memory_is_told_on_linux():
    free = device.free_memory()
    assert free is None or 0 < free < 1e14
    assert Path("/proc/meminfo").exists() == (free is not None)


def test_what_the_processor_lacks_is_said(a_model_folder, monkeypatch):
    monkeypatch.setattr(network, "has_bfloat16", lambda: False)
    model = read_model(a_model_folder())
    said = worker._warnings(model, device.Chosen("cpu", ("The GPU is full.",)), Mode.FAST, mirroring=True)
    assert said == [
        "The GPU is full.",
        "This processor has no bfloat16, so the fast mode computed in single precision.",
    ]


def test_the_time_left_is_told_from_the_second_window_on(monkeypatch):
    clock = iter([100.0, 101.0, 101.05, 103.0])
    monkeypatch.setattr(worker.time, "monotonic", lambda: next(clock))
    told = []
    report = worker._Reporter(told.append)
    for done in range(1, 5):
        report(done, 4)
    assert [(event["done"], event["seconds_left"]) for event in told] == [(1, None), (2, 2.0), (4, 0.0)]
