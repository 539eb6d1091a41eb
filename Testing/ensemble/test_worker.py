"""What the worker does, called in this process."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.ensemble import worker
from NENSegmentationLib.ensemble.device import Chosen
from NENSegmentationLib.ensemble.errors import EnsembleError


@pytest.fixture
def request_of(a_patient, a_model_folder, tmp_path):
    """Return a function that hands images over and gives the request."""

    def make(change=lambda pet, ct: (pet, ct), **options):
        pet, ct = change(*a_patient((20, 24, 28)))
        sitk.WriteImage(pet, str(tmp_path / worker.PET_FILE))
        sitk.WriteImage(ct, str(tmp_path / worker.CT_FILE))
        asked = {"mode": "exact", "device": "cpu", "mirroring": None, "each_fold": False}
        return {"private": str(tmp_path), "model": str(a_model_folder()), **asked, **options}

    return make


def test_where_memory_is_short_the_result_is_the_same_and_it_is_said(request_of, tmp_path, monkeypatch):
    asked = request_of(each_fold=True)
    worker.work(asked, lambda _event: None)
    expected = np.load(tmp_path / "probability.npy")
    monkeypatch.setattr(worker, "fits_in_memory", lambda _needed: (False, ("Slabs were worked on.",)))
    done = worker.work(asked, lambda _event: None)
    np.testing.assert_allclose(np.load(tmp_path / "probability.npy"), expected, atol=1e-6)
    assert done["warnings"][0] == "Slabs were worked on."
    assert np.load(tmp_path / "fold_tumour.npy").shape == (2, *expected.shape)
    assert list(tmp_path.glob("*.array"))


def test_a_ct_that_ends_within_the_body_is_a_warning(request_of):
    done = worker.work(request_of(lambda pet, ct: (pet, ct[:, :, :10])), lambda _event: None)
    assert done["ct_part"] == pytest.approx(0.5, abs=0.01)
    assert any("There is no CT for 50 % of the body" in warning for warning in done["warnings"])


def test_a_gpu_that_runs_out_of_memory_is_a_sentence_that_offers_the_processor(request_of, monkeypatch):
    def run_out(*_arguments, **_options):
        message = "CUDA out of memory. Tried to allocate 2.00 GiB"
        raise RuntimeError(message)

    monkeypatch.setattr(worker, "choose_device", lambda *_: Chosen("cuda"))
    monkeypatch.setattr(worker, "looked_at", run_out)
    with pytest.raises(EnsembleError, match=r"the GPU ran out of memory.*choose the processor"):
        worker.work(request_of(), lambda _event: None)
