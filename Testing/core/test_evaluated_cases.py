from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
import SimpleITK as sitk

from NENSegmentationLib.core import evaluated_cases as module
from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.evaluated_cases import evaluated_cases
from NENSegmentationLib.core.evaluation import Criteria
from NENSegmentationLib.core.paired_files import PairedCase

TRUTH = np.array([[[1, 1, 0, 0]]], np.uint8)


@pytest.fixture
def a_case(tmp_path):
    """Write a truth and its prediction, and return them as a case."""

    def make(predicted, name="a", suffix=".nii.gz", spacing=(1.0, 1.0, 1.0), truth=TRUTH, vector=False):
        paths = []
        for folder, array, mm in (("true", truth, (1.0, 1.0, 1.0)), ("ours", predicted, spacing)):
            (tmp_path / folder).mkdir(exist_ok=True)
            image = sitk.GetImageFromArray(np.asarray(array), isVector=vector and folder == "ours")
            image.SetSpacing(mm)
            paths.append(tmp_path / folder / f"{name}{suffix if folder == 'ours' else '.nii.gz'}")
            sitk.WriteImage(image, str(paths[-1]))
        return PairedCase(name, paths[0], {"ours": paths[1]})

    return make


def voxels_shared(case):
    one = evaluated_cases([case], Criteria())[0].evaluations["ours"]
    return one.shared_voxels, one.predicted_voxels


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_read(a_case, dtype):
    assert voxels_shared(a_case((3 * TRUTH).astype(dtype))) == (2, 2)


def test_layers_of_overlapping_segments_are_joined(a_case):
    layers = np.array([[[[1, 0], [1, 1], [0, 1], [0, 0]]]], np.uint8)
    assert voxels_shared(a_case(layers, suffix=".seg.nrrd", vector=True)) == (2, 3)


def test_a_segmentation_of_one_layer_is_a_label_map(a_case):
    assert voxels_shared(a_case(2 * TRUTH, suffix=".seg.nrrd")) == (2, 2)


def test_many_cases_on_all_cores_come_in_their_order(a_case):
    predicted = [np.array([[[n % 2, 0, 0, 1]]], np.uint8) for n in range(8)]
    cases = [a_case(one, name=f"case{n}") for n, one in enumerate(predicted)]
    told = []
    results = evaluated_cases(cases, Criteria(), lambda done, total: told.append((done, total)))
    assert [one.name for one in results] == [f"case{n}" for n in range(8)]
    assert [one.evaluations["ours"].shared_voxels for one in results] == [0, 1] * 4
    assert told == [(n, 8) for n in range(1, 9)]


def test_every_fault_of_every_file_is_said_with_its_folder(a_case):
    cases = [
        a_case(TRUTH * 0.5, name="half"),
        a_case(-TRUTH.astype(np.int16), name="below"),
        a_case(TRUTH, name="moved", spacing=(2.0, 1.0, 1.0)),
        a_case(TRUTH, name="good"),
    ]
    with pytest.raises(MethodError) as caught:
        evaluated_cases(cases, Criteria())
    ours = [str(case.predictions["ours"]) for case in cases]
    assert str(caught.value) == (
        f"{ours[0]}: a label map holds whole numbers, and this image does not. Give a label map. "
        f"{ours[1]}: a label is below zero. Give a label map in which 0 is background. "
        f"{ours[2]}: the prediction (4 x 1 x 1 voxels of 2 x 1 x 1 mm) does not lie on the grid of its truth "
        f"{cases[2].truth} (4 x 1 x 1 voxels of 1 x 1 x 1 mm). Resample it to the truth first."
    )


def test_a_damaged_truth_is_said_once(a_case):
    case = a_case(TRUTH)
    case.truth.write_bytes(case.truth.read_bytes()[:-12])
    with pytest.raises(MethodError, match=r"true.a\.nii\.gz: the file is cut off"):
        evaluated_cases([case], Criteria())


def test_a_file_that_is_no_image_is_named(a_case):
    case = a_case(TRUTH, suffix=".seg.nrrd")
    case.predictions["ours"].write_text("nothing")
    with pytest.raises(MethodError, match=r"ours.a\.seg\.nrrd: this is not a readable image"):
        evaluated_cases([case], Criteria())


def test_a_process_that_the_system_ends_is_said_in_words(a_case, monkeypatch):
    class Pool:
        def __init__(self, *_, **__):
            pass

        def map(self, *_):
            raise BrokenProcessPool

        def shutdown(self, **_):
            pass

    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    with pytest.raises(MethodError, match="ended from outside, most often for lack of memory"):
        evaluated_cases([a_case(TRUTH)] * 7, Criteria())
