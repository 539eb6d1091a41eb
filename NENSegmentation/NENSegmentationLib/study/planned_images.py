"""The images of a planned case, read as its plan says."""

from __future__ import annotations

from ..dicom.case import Case, read_case
from .plan import PlannedCase


def read_planned(planned: PlannedCase, *, with_ct: bool = True) -> Case:
    """Read the PET of a case of a study, and its CT.

    Parameters
    ----------
    planned : PlannedCase
    with_ct : bool
        Whether a CT is wanted.

    Returns
    -------
    Case

    Raises
    ------
    DicomError, MethodError, OSError
        As `dicom.case.read_case`.
    """
    return read_case(
        planned.path,
        ct=planned.ct,
        with_ct=with_ct,
        series=planned.series,
        frame=planned.frame,
        injection_date=planned.injection_date,
    )
