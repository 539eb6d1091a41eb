"""Which PET and which CT series of a folder belong to the case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .attributes import named, number, required_number, required_numbers, text
from .errors import DicomError, Remedy
from .geometry import places, position, slice_normal
from .series import Scan, Series, is_enhanced
from .suv import corrections

_FULL_COVERAGE = 0.9
_PARALLEL = 0.99


def choose_pet(scan: Scan, uid: str | None = None) -> Series:
    """Return the attenuation-corrected PET series of a folder.

    Parameters
    ----------
    scan : Scan
        What the folder holds.
    uid : str, optional
        SeriesInstanceUID of the one to take.

    Returns
    -------
    Series

    Raises
    ------
    DicomError
        If there is no PET series, none that is corrected for attenuation, several of them, or PET of several studies,
        and none is named; if the named one is not there; or if there is only enhanced multi-frame PET.
    """
    found = [series for series in scan.series if series.modality == "PT"]
    if not found:
        raise _no_pet(scan)
    if uid is not None:
        return _plain(_named_series(scan, found, uid))
    plain = [series for series in found if not is_enhanced(series)] or [_plain(found[0])]
    if len({series.study for series in plain}) > 1:
        message = (
            f"{scan.folder.name}: there are PET series of several studies: {_listed(scan, plain)}. Give the folder of "
            "one study, or name a series."
        )
        raise DicomError(message, Remedy.SERIES)
    corrected = [series for series in plain if "ATTN" in corrections(series.headers[0])]
    if not corrected:
        message = (
            f"{scan.folder.name}: no PET series is corrected for attenuation, {named('CorrectedImage')} holds no ATTN: "
            f"{_listed(scan, plain)}. Give the attenuation-corrected series."
        )
        raise DicomError(message)
    if len(corrected) > 1:
        message = (
            f"{scan.folder.name}: there are {len(corrected)} attenuation-corrected PET series: "
            f"{_listed(scan, corrected)}. Name one of them."
        )
        raise DicomError(message, Remedy.SERIES)
    return corrected[0]


def choose_ct(scan: Scan, pet: Series) -> tuple[Series | None, tuple[str, ...]]:
    """Return the CT series that covers most of a PET.

    CT of another patient is passed over.

    CT that shares the frame of reference of the PET goes first, then CT of the same study. Of several, that one is
    taken which covers most PET slices; then the one with most slices there; then the one with the widest field.

    Parameters
    ----------
    scan : Scan
        What the folder holds.
    pet : Series
        The PET series.

    Returns
    -------
    Series or None
        None if there is no CT, or none that overlaps the PET.
    tuple of str
        Which one was taken and why, where there was a choice or a doubt.

    Raises
    ------
    DicomError
        If a slice of a CT series lacks its place.
    """
    candidates = [
        series
        for series in scan.series
        if series.modality == "CT" and len(series.headers) > 1 and not _of_another_patient(series, pet)
    ]
    registered = [s for s in candidates if s.frame_of_reference and s.frame_of_reference == pet.frame_of_reference]
    related = registered or [s for s in candidates if s.study == pet.study]
    ranked = sorted(((_overlap(series, pet), series) for series in related), key=lambda pair: pair[0], reverse=True)
    overlapping = [series for overlap, series in ranked if overlap[0] > 0]
    if not overlapping:
        return None, _unused(scan, candidates)
    chosen = overlapping[0]
    warnings = _coverage_warning(chosen, pet)
    if not registered:
        warnings.append(
            f"The CT {chosen.label} and the PET have different frames of reference "
            f"({named('FrameOfReferenceUID')}), so they may not be aligned. Check them on each other."
        )
    if len(overlapping) > 1:
        warnings.append(
            f"Of {len(overlapping)} CT series the one that covers most of the PET was taken: {chosen.label}."
        )
    return chosen, tuple(warnings)


def completeness_warning(series: Series) -> tuple[str, ...]:
    """Return a warning if a PET series says that it has more slices than are there."""
    stated = number(series.headers[0], "NumberOfSlices")
    if stated is None or stated <= len(series.headers):
        return ()
    return (
        f"The PET series has {len(series.headers)} slices, but {named('NumberOfSlices')} is {stated:g}: its ends may "
        "be missing.",
    )


def _named_series(scan: Scan, found: Sequence[Series], uid: str) -> Series:
    for series in found:
        if series.uid == uid:
            return series
    message = f"There is no PET series {uid}; there are {_listed(scan, found)}. Name one of them."
    raise DicomError(message)


def _plain(series: Series) -> Series:
    if is_enhanced(series):
        message = (
            f"PET series {series.label}: enhanced multi-frame PET is not read. Export it as single-frame PET images."
        )
        raise DicomError(message)
    return series


def _no_pet(scan: Scan) -> DicomError:
    present = sorted({series.modality for series in scan.series} | set(scan.others))
    held = f"DICOM of {', '.join(present)}" if present else f"{scan.files} files and no DICOM image"
    return DicomError(
        f"{scan.folder.name}: there is no PET series in the folder; it holds {held}. Give the folder of a PET/CT."
    )


def _coverage_warning(ct: Series, pet: Series) -> list[str]:
    covered, slices = _overlap(ct, pet)[0], len(pet.headers)
    if covered >= _FULL_COVERAGE * slices:
        return []
    return [f"The CT {ct.label} covers only {covered} of the {slices} slices of the PET."]


def _unused(scan: Scan, candidates: Sequence[Series]) -> tuple[str, ...]:
    if not candidates:
        return ()
    return (
        f"No CT was used: none of {_listed(scan, candidates)} overlaps the PET in its study or frame of reference.",
    )


def _listed(scan: Scan, found: Sequence[Series]) -> str:
    return "; ".join(f"{series.label} in the folder {_folder(scan, series)}, UID {series.uid}" for series in found)


def _folder(scan: Scan, series: Series) -> str:
    folder = Path(str(series.headers[0].filename)).parent
    return scan.folder.name if folder == scan.folder else str(folder.relative_to(scan.folder))


def _overlap(ct: Series, pet: Series) -> tuple[int, int, float]:
    """Return the PET slices that a CT covers, its own slices there, and the width of its field in mm."""
    normal = slice_normal(pet.headers[0])
    if abs(float(np.dot(slice_normal(ct.headers[0]), normal))) < _PARALLEL:
        # A reformat, such as coronal slices, is not the CT that the PET was corrected with.
        return 0, 0, 0.0
    pet_at = places(pet.headers)
    ct_at = np.array([float(np.dot(position(header), normal)) for header in ct.headers])
    covered = int(np.count_nonzero((pet_at >= ct_at.min()) & (pet_at <= ct_at.max())))
    inside = int(np.count_nonzero((ct_at >= pet_at.min()) & (ct_at <= pet_at.max())))
    first = ct.headers[0]
    return covered, inside, required_number(first, "Columns") * required_numbers(first, "PixelSpacing", 2)[1]


def _of_another_patient(ct: Series, pet: Series) -> bool:
    ids = {text(series.headers[0], "PatientID") for series in (ct, pet)} - {""}
    return len(ids) > 1
