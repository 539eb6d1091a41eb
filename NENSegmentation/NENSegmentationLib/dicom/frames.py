"""Frames of time: a static series has one, a dynamic one several at each position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydicom import Dataset

from .attributes import file_name, number, text
from .errors import DicomError, Remedy
from .geometry import SAME_POSITION_MM, places
from .series import Series

Time = tuple[str, str, float]


def one_frame(series: Series, frame: int | None = None) -> Series:
    """Return one frame of time of a series.

    Several slices at one position with different times make a dynamic series. NumberOfTimeSlices (0054,0101) does not
    tell: whole-body series of GE count their bed positions in it.

    Parameters
    ----------
    series : Series
        In the order of its positions.
    frame : int, optional
        Which frame, from 1, in the order of time; needed if there are several.

    Returns
    -------
    Series
        ``series`` itself if it has one frame.

    Raises
    ------
    DicomError
        If the series is dynamic and no frame is chosen, there is no such frame, or the slices at one position cannot
        be told apart by their time.
    """
    stacks = _by_position(series.headers)
    count = len(stacks[0])
    _require_frames(series, stacks, count)
    if count == 1 and frame in (None, 1):
        return series
    if frame is None:
        message = (
            f"PET series {series.label}: this is a dynamic series of {count} frames of time. Choose one from 1 to "
            f"{count}, or give a static series."
        )
        raise DicomError(message, Remedy.FRAME)
    if not 1 <= frame <= count:
        message = (
            f"PET series {series.label}: there is no frame {frame}; the frames are 1 to {count}. Choose one of them."
        )
        raise DicomError(message)
    return replace(series, headers=tuple(sorted(stack, key=_time)[frame - 1] for stack in stacks))


def _require_frames(series: Series, stacks: Sequence[Sequence[Dataset]], count: int) -> None:
    for stack in stacks:
        times = [_time(header) for header in stack]
        if len(set(times)) < len(times):
            names = " and ".join(file_name(header) for header in stack[:2])
            message = (
                f"PET series {series.label}: {names} are duplicates at one position and time. Give a folder with one "
                "image per position."
            )
            raise DicomError(message)
        if len(stack) != count:
            message = (
                f"PET series {series.label}: some positions have {count} images, others {len(stack)}, so it is mixed "
                "or incomplete. Give a folder with one image per position."
            )
            raise DicomError(message)


def _by_position(headers: Sequence[Dataset]) -> list[list[Dataset]]:
    at = places(headers)
    stacks = [[headers[0]]]
    for n in range(1, len(headers)):
        if at[n] - at[n - 1] < SAME_POSITION_MM:
            stacks[-1].append(headers[n])
        else:
            stacks.append([headers[n]])
    return stacks


def _time(header: Dataset) -> Time:
    acquired = text(header, "AcquisitionDate"), text(header, "AcquisitionTime")
    return (*acquired, number(header, "FrameReferenceTime") or 0.0)
