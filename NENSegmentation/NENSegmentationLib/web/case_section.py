"""The section Case: which images, how the PET became SUV, and what to know of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from ..dicom.case import Case
from ..dicom.conversion import SuvConversion
from ..phantom.request import Request
from . import tasks
from .intake_choices import Choices
from .reading import BrowserReading
from .room import Room

_STORED = {"BQML": "Bq/mL", "GML": "g/mL", "CNTS": "counts"}
_STEP_S = 0.2


class CaseSection:
    """Opens a case with a bar of the progress, and says in which units its PET is.

    Parameters
    ----------
    room : Room
        Of the page.
    sample : Path
        Folder of the digital patient, whether it is made already or not.
    """

    def __init__(self, room: Room, sample: Path) -> None:
        self._room, self._sample = room, sample
        self._progress = (0, 0)
        room.state.update({"opening": False, "making": False, "progress": -1})
        room.on("sample", self.open_sample, in_study=False)
        room.reading.changed.connect(self._show)
        self._show()

    async def open(self, path: Path, ct: Path | None = None, choices: Choices | None = None) -> None:
        """Open a case, and show how far that is.

        Raises
        ------
        NENSegmentationError
            As `BrowserReading.open`.
        """
        self._progress = (0, 0)
        with self._room.state as state:
            state.opening, state.message, state.progress = True, "", -1
        watching = tasks.begin(self._watch(), "the progress of a case")
        try:
            await self._room.reading.open(path, ct=ct, choices=choices, progress=self._note)
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            with self._room.state as state:
                state.opening = False

    async def open_sample(self) -> None:
        """Open the digital patient, which is made the first time.

        Raises
        ------
        NENSegmentationError
            As `write_patient` and `BrowserReading.open`.
        """
        from ..phantom.patient import write_patient

        before = self._room.reading.session
        if not self._sample.is_dir():
            with self._room.state as state:
                state.making, state.message = True, ""
            try:
                # The patient of `make demo`.
                await asyncio.to_thread(write_patient, self._sample, Request(seed=11, lesions=16))
            finally:
                with self._room.state as state:
                    state.making = False
        # Whoever brought a case meanwhile keeps it.
        if self._room.reading.session is before:
            await self.open(self._sample)

    def _note(self, done: int, total: int) -> None:
        self._progress = (done, total)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_STEP_S)
            done, total = self._progress
            with self._room.state as state:
                state.progress = round(100 * done / total) if total else -1

    def _show(self) -> None:
        reading = self._room.reading
        if reading.case is not None:
            self._room.show_tab("segment" if reading.lesion_map is None else "review")
        self._room.state.update(
            {
                "is_open": reading.session is not None,
                "case_code": reading.code,
                "case_state": _state(reading),
                "suv_words": _words(reading),
                "suv_details": _details(reading.case.conversion) if reading.case is not None else [],
            }
        )


def _words(reading: BrowserReading) -> list[str]:
    if reading.case is None:
        return []
    of_organs = [] if reading.organ_map is None else [f"Physiological uptake is suggested from {reading.organ_map}."]
    return [*suv_words(reading.case), *of_organs]


def suv_words(case: Case) -> list[str]:
    """Return in words in which units the PET of a case is, and how it became SUV."""
    conversion = case.conversion
    if conversion is None:
        return ["The PET was given in SUVbw (g/mL).", _ct_words(case)]
    stored = _STORED.get(conversion.units, conversion.units)
    lines = [f"PET in SUVbw (g/mL), made of its DICOM files: {conversion.factor:.6g} \u00d7 {stored}."]
    if conversion.weight_kg is not None and conversion.dose_bq is not None:
        lines.append(
            f"{conversion.weight_kg:g} kg, {conversion.dose_bq / 1e6:.4g} MBq {conversion.nuclide}".strip() + "."
        )
    if conversion.injection is not None and conversion.dt_s is not None:
        lines.append(f"Decay over {timedelta(seconds=round(conversion.dt_s))} (h:min:s) from injection to scan.")
    return [*lines, _ct_words(case)]


def _ct_words(case: Case) -> str:
    return "Without a CT." if case.ct is None else "With its CT."


def _details(conversion: SuvConversion | None) -> list[str]:
    """Return the conversion in full, for a physicist to check."""
    if conversion is None:
        return []
    used = [f"{one.name} {one.tag}: {one.value}" for one in conversion.attributes]
    return [conversion.formula, *used]


def _state(reading: BrowserReading) -> str:
    session = reading.session
    if session is None:
        return "No case is open."
    if reading.is_blinded:
        return ""
    if not reading.was_read:
        return "A new case."
    if session.lesion_map is None:
        return "Opened before; no lesions yet."
    return f"Read before: {len(session.lesion_map.lesions)} lesions, as they were left."
