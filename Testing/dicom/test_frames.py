"""Static and dynamic series."""

from __future__ import annotations

import pytest

from NENSegmentationLib.dicom.errors import DicomError, Remedy
from NENSegmentationLib.dicom.frames import one_frame


@pytest.fixture
def a_dynamic_series(a_series, pet_header):
    """Two frames of three slices, the later one first."""
    times = ("101000", "100000")
    return a_series(pet_header(k, AcquisitionTime=time) for time in times for k in range(3))


def test_static_series_is_its_own_frame(a_series, pet_header):
    series = a_series(pet_header(k) for k in range(3))
    assert one_frame(series) is series
    assert one_frame(series, 1) is series


def test_bed_positions_are_no_frames(a_series, pet_header):
    series = a_series(
        pet_header(k, NumberOfTimeSlices=1 + k // 2, AcquisitionTime=f"10{k // 2:02}00", FrameReferenceTime=1000 * k)
        for k in range(6)
    )
    assert one_frame(series) is series


def test_dynamic_series_is_refused(a_dynamic_series):
    message = r'PET series "PET AC" \(6 images\): this is a dynamic series of 2 frames of time\. Choose one from 1 to 2'
    with pytest.raises(DicomError, match=message) as refusal:
        one_frame(a_dynamic_series)
    assert refusal.value.remedy is Remedy.FRAME


@pytest.mark.parametrize(("frame", "time"), [(1, "100000"), (2, "101000")])
def test_chosen_frame_by_acquisition_time(a_dynamic_series, frame, time):
    chosen = one_frame(a_dynamic_series, frame)
    assert [header.AcquisitionTime for header in chosen.headers] == [time] * 3
    assert [header.ImagePositionPatient[2] for header in chosen.headers] == [-10, -6, -2]
    assert chosen.uid == a_dynamic_series.uid


def test_chosen_frame_by_frame_reference_time(a_series, pet_header):
    series = a_series(pet_header(k, FrameReferenceTime=time) for time in (9000, 30000, 60000) for k in range(3))
    assert [header.FrameReferenceTime for header in one_frame(series, 2).headers] == [30000] * 3


@pytest.mark.parametrize("frame", [0, 3])
def test_frame_that_is_not_there_is_refused(a_dynamic_series, frame):
    with pytest.raises(DicomError, match=rf"there is no frame {frame}; the frames are 1 to 2"):
        one_frame(a_dynamic_series, frame)


def test_second_frame_of_a_static_series_is_refused(a_series, pet_header):
    with pytest.raises(DicomError, match="there is no frame 2; the frames are 1 to 1"):
        one_frame(a_series(pet_header(k) for k in range(3)), 2)


def test_same_position_and_time_is_a_duplicate(a_series, pet_header):
    series = a_series([pet_header(0), pet_header(1), pet_header(1), pet_header(2)])
    with pytest.raises(DicomError, match=r"slice1\.dcm and slice2\.dcm are duplicates at one position and time"):
        one_frame(series)


def test_same_series_twice_is_a_duplicate(a_series, pet_header):
    series = a_series(pet_header(k) for _ in range(2) for k in range(3))
    with pytest.raises(DicomError, match="are duplicates at one position and time"):
        one_frame(series)


def test_frames_of_different_length_are_refused(a_series, pet_header):
    slices = [pet_header(k) for k in range(3)]
    later = [pet_header(k, AcquisitionTime="101000") for k in range(2)]
    with pytest.raises(DicomError, match="some positions have 2 images, others 1, so it is mixed or incomplete"):
        one_frame(a_series(slices + later))
