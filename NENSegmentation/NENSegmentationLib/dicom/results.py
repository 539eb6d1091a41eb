"""The results of a case as files: segmentation, table, summary, picture and, for DICOM, RTSTRUCT and SEG."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.image_files import write_image
from ..core.lesions import LesionMap
from ..core.mip import write_mip
from ..core.output import new_folder
from ..core.reference_region import ReferenceRegion
from ..core.segments import write_segments
from ..core.tables import lesions_csv, summary
from .derived import missing_reference
from .rtstruct import write_rtstruct
from .series import Series


def write_results(
    folder: Path,
    lesion_map: LesionMap,
    *,
    method: str,
    region: ReferenceRegion | None = None,
    series: Series | None = None,
    ensemble: Mapping[str, Any] | None = None,
    warnings: Iterable[str] = (),
    further: Callable[[Path, Mapping[str, Any]], object] | None = None,
) -> dict[str, Any]:
    """Write all results of a case to a new folder, which appears when it is complete.

    Parameters
    ----------
    folder : Path
        To be made: lesions.seg.nrrd, lesions.nii.gz, lesions.csv, summary.json and mip.png; besides, for a PET that
        came as DICOM and holds a lesion, rtstruct.dcm and lesions.seg.dcm.
    lesion_map : LesionMap
        The lesions.
    method : str
        How they were found: threshold, ensemble, or given.
    region : ReferenceRegion, optional
        What the threshold was taken from.
    series : Series, optional
        The PET series, where the PET came as DICOM.
    ensemble : mapping, optional
        Which model found them, and how it was computed.
    warnings : iterable of str
        What a reader has to know wherever the SUV is shown.
    further : callable, optional
        Writes more files: called with the folder before it appears, and with the content of summary.json.

    Returns
    -------
    dict
        The content of summary.json.

    Raises
    ------
    OutputError
        If the folder holds something already or cannot be written.
    DicomError
        As the writers of RTSTRUCT and SEG.
    """
    missing = None if series is None else missing_reference(series)
    with_objects = series is not None and missing is None and bool(lesion_map.lesions)
    if missing is not None:
        warnings = [
            *warnings,
            f"{missing} is missing, so there is no RTSTRUCT and no DICOM SEG: neither can refer to the PET.",
        ]
    elif series is not None and not lesion_map.lesions:
        warnings = [*warnings, "There is no lesion, so there is no RTSTRUCT and no DICOM SEG: neither can be empty."]
    described = summary(lesion_map, method=method, region=region, ensemble=ensemble, warnings=warnings)
    with new_folder(folder) as partial:
        write_image(partial / "lesions.nii.gz", lesion_map.image)
        write_segments(partial / "lesions.seg.nrrd", lesion_map)
        (partial / "lesions.csv").write_text(lesions_csv(lesion_map.lesions.values()), "utf-8")
        (partial / "summary.json").write_text(json.dumps(described, indent=2) + "\n", "utf-8")
        write_mip(partial / "mip.png", lesion_map, region, described["warnings"])
        if series is not None and with_objects:
            write_rtstruct(partial / "rtstruct.dcm", lesion_map, series)
            # Only here: highdicom takes long to import, and nobody who opens a case waits for it.
            from .segmentation import write_segmentation

            write_segmentation(partial / "lesions.seg.dcm", lesion_map, series)
        if further is not None:
            further(partial, described)
    return described
