"""Images that are read in a process of their own, and an ensemble that finds what a reader starts from."""

from __future__ import annotations

import os
import signal
import time

import pytest
import SimpleITK as sitk
from ensemble.tiny_model import write_tiny_model
from numpy.testing import assert_array_equal
from scene.study_cases import BLANK, PREPARED, a_study, load, opened, until_arm, wait
from study.study_folder import write_dicom

from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.volume import same_grid, voxels
from NENSegmentationLib.dicom.case import read_case
from NENSegmentationLib.dicom.segmentation import write_segmentation
from NENSegmentationLib.ensemble.errors import EnsembleError
from NENSegmentationLib.scene.errors import SceneError
from NENSegmentationLib.scene.study_case import CaseError, PreparedHere, PreparedInProcess
from NENSegmentationLib.scene.study_reading import Phase
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.order import assignments
from NENSegmentationLib.study.plan import PlannedCase
from NENSegmentationLib.study.plan_file import read_plan
from NENSegmentationLib.study.skipping import SkipReason


def images_of(preparation):
    while (images := preparation.images()) is None:
        pass
    return images


@pytest.fixture(scope="module")
def a_dicom_case(tmp_path_factory):
    folder = write_dicom(tmp_path_factory.mktemp("dicom"), ct=True)
    return PlannedCase(name="case-01", path=folder)


def test_a_process_reads_what_is_read_here(a_dicom_case):
    preparation = PreparedInProcess(a_dicom_case)
    there, here = images_of(preparation), PreparedHere(a_dicom_case).images()
    for image, other in ((there.pet, here.pet), (there.ct, here.ct)):
        assert same_grid(image, other)
        assert_array_equal(voxels(image), voxels(other))
    assert (there.warnings, there.pet_files) == (here.warnings, here.pet_files)
    assert len(there.pet_files) == 3


def test_nothing_is_left_of_a_process_that_read_or_was_cancelled(a_dicom_case, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    preparation = PreparedInProcess(a_dicom_case)
    images_of(preparation)
    other = PreparedInProcess(a_dicom_case)
    other.cancel()
    other.cancel()
    assert list(tmp_path.iterdir()) == []


def test_a_case_that_a_process_cannot_read_says_its_reason(tmp_path):
    preparation = PreparedInProcess(PlannedCase(name="case-01", path=tmp_path / "nothing.nrrd"))
    with pytest.raises(CaseError, match="there is no such file or folder") as error:
        images_of(preparation)
    assert error.value.reason is SkipReason.IMAGES


def test_a_process_that_is_killed_stops_the_study_until_the_reader_goes_on(tmp_path):
    plan = a_study(tmp_path)
    study = opened(plan, prepare=PreparedInProcess)
    study.go_on()
    os.kill(study._ahead._preparation._child.pid, signal.SIGKILL)
    with pytest.raises(SceneError, match=r"^the images could not be read: the process that reads them ended\. Close"):
        wait(study)
    assert (study.phase, study._study.store.readings()) == (Phase.WAITING, [])
    load(study)
    assert study.phase is Phase.READING
    study.close()


def test_the_ensemble_has_found_its_lesions_when_the_time_begins(tmp_path):
    write_tiny_model(tmp_path / "model")
    plan = a_study(tmp_path, arms=[{"name": "A", "method": "ensemble", "model": "model"}, BLANK])
    study = opened(plan)
    until_arm(study, "A", lambda study: study.done())
    events = study.session.journal.events()
    kinds = [event.kind for event in events if event.kind is not Kind.HEARTBEAT]
    assert kinds == [Kind.OPENED, Kind.SEGMENTED, Kind.SHOWN]
    assert next(event for event in events if event.kind is Kind.SEGMENTED).payload["method"] == "ensemble"
    assert study.session.timer.durations().paused_s == 0
    study.close()


def test_an_ensemble_that_fails_skips_no_case(tmp_path, monkeypatch):
    from NENSegmentationLib.scene import study_start

    def refused(*_):
        message = "there was too little memory."
        raise EnsembleError(message)

    write_tiny_model(tmp_path / "model")
    arms = [{"name": "A", "method": "ensemble", "model": "model"}, BLANK]
    plan = a_study(tmp_path, arms=arms, hide_arm=False)
    study = opened(plan)
    monkeypatch.setattr(study_start, "EnsembleRun", refused)
    with pytest.raises(EnsembleError, match="too little memory"):
        until_arm(study, "A", lambda study: study.done())
    assert (study.phase, study.skipped, study._study.store.skipped()) == (Phase.WAITING, (), [])
    study.close()


def test_a_prepared_segmentation_in_dicom_is_opened_on_its_pet(tmp_path):
    cases = []
    for number in (1, 2):
        folder = write_dicom(tmp_path / f"cases/{number}/dicom", f"1.2.{number}")
        case = read_case(folder)
        labels = sitk.GetArrayFromImage(case.pet) * 0
        labels[1, 1, 1] = 1
        lesions = LesionMap.from_labels(case.pet, labels.astype("int32"), origin=Origin.SEED)
        write_segmentation(tmp_path / f"cases/{number}/seg.dcm", lesions, case.pet_series)
        cases.append({"name": f"case-{number}", "path": f"cases/{number}/dicom", "prepared": f"cases/{number}/seg.dcm"})
    plan = a_study(tmp_path, count=0, arms=[PREPARED, BLANK], cases=cases)
    # A PET of three slices is too small for the picture that is saved with a result.
    reader = next(one for one in ("R1", "R2") if assignments(read_plan(plan), one)[0].arm == "B")
    study = opened(plan, reader)
    load(study)
    (lesion,) = study.session.lesion_map.lesions.values()
    assert lesion.voxels == 1
    study.close()


def test_images_that_were_read_long_ago_are_there(a_dicom_case):
    preparation = PreparedInProcess(a_dicom_case)
    preparation._child._process.wait()
    time.sleep(0.2)
    assert preparation.images() is not None
