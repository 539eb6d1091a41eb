"""The attributes of a digital patient's DICOM files, written as the scanners of different vendors write their own."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage

from ..dicom.private import GE_PET, PHILIPS_PET
from .dicom_study import Study
from .grid import Grid
from .uptake import Code

_BED_MM = 150.0
_CT_BEFORE_PET = timedelta(minutes=4)
_SYNTHETIC = "Synthetic image of a digital phantom, not of a person. Research use, not a medical device."


def pet_header(study: Study, grid: Grid, *, corrected: bool = True) -> Dataset:
    """Return what all slices of the PET share (PET Image Storage).

    Parameters
    ----------
    study : Study
        Patient, tracer and times.
    grid : Grid
        The PET's.
    corrected : bool
        Whether the image is corrected for attenuation and scatter.
    """
    vendor = study.vendor
    header = _header(study, grid, "PT", study.start + vendor.reconstructed_after)
    header.SOPClassUID = PositronEmissionTomographyImageStorage
    header.ImageType = ["ORIGINAL", "PRIMARY"]
    header.SeriesNumber = 2 if corrected else 3
    header.SeriesDescription = f"PET {'AC' if corrected else 'NAC'} {study.tracer.radiopharmaceutical} (synthetic)"
    header.CorrectedImage = [code for code in vendor.corrections if corrected or code not in ("ATTN", "SCAT")]
    header.SeriesType = [vendor.series_type, "IMAGE"]
    header.Units = vendor.units
    header.PixelRepresentation = int(vendor.signed)
    header.CountsSource = "EMISSION"
    header.CollimatorType = "NONE"
    header.ConvolutionKernel = "XYZ Gauss2.00"
    header.RandomsCorrectionMethod = "DLYD"
    if corrected:
        header.AttenuationCorrectionMethod = "measured,CT"
        header.ScatterCorrectionMethod = "Model-based"
    else:
        header.SeriesInstanceUID = study.uid("PT", "uncorrected")
    header.ReconstructionMethod = "synthetic"
    header.DecayCorrection = study.request.decay_correction.upper()
    header.DoseCalibrationFactor = "1"
    header.NumberOfSlices = grid.shape[0]
    header.ActualFrameDuration = int(study.bed_s * 1000)
    header.RescaleIntercept = "0"
    header.EnergyWindowRangeSequence = [_item(EnergyWindowLowerLimit="435", EnergyWindowUpperLimit="650")]
    header.RadiopharmaceuticalInformationSequence = [_radiopharmaceutical(study)]
    header.PatientOrientationCodeSequence = [_lying()]
    header.PatientGantryRelationshipCodeSequence = [_coded(Code("102540008", "SCT", "headfirst"))]
    _add_private(header, study)
    return header


def pet_slice(study: Study, grid: Grid, k: int, slope: str, stored: NDArray[np.uint16]) -> dict[str, object]:
    """Return what differs from slice to slice of the PET, by keyword.

    Parameters
    ----------
    study : Study
        Patient, tracer and times.
    grid : Grid
        The PET's.
    k : int
        The slice.
    slope : str
        Its rescale slope.
    stored : ndarray, shape (j, i)
        Its stored values.
    """
    # Whole-body scans run from the thighs to the head, so that the bladder comes first.
    waited = int(k * grid.spacing[0] / _BED_MM) * study.bed_s
    acquired = study.start + timedelta(seconds=waited)
    middle = waited + study.bed_s / 2
    decayed = study.delay_s - study.decayed_s + middle
    return {
        "AcquisitionDate": _date(acquired),
        "AcquisitionTime": _time(acquired),
        "RescaleSlope": slope,
        "FrameReferenceTime": f"{middle * 1000:.1f}",
        "DecayFactor": f"{math.pow(2.0, decayed / study.tracer.half_life_s):.8f}",
        "ImageIndex": grid.shape[0] - k,
        "LargestImagePixelValue": int(stored.max()),
        "SmallestImagePixelValue": int(stored.min()),
    }


def ct_header(study: Study, grid: Grid, intercept: int) -> Dataset:
    """Return what all slices of the CT share (CT Image Storage).

    Parameters
    ----------
    study : Study
        Patient and times.
    grid : Grid
        The CT's.
    intercept : int
        Hounsfield units of a stored 0.
    """
    acquired = study.start - _CT_BEFORE_PET
    header = _header(study, grid, "CT", acquired)
    header.SOPClassUID = CTImageStorage
    header.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    header.SeriesNumber = 1
    header.SeriesDescription = "CT low dose (synthetic)"
    header.AcquisitionDate = _date(acquired)
    header.AcquisitionTime = _time(acquired)
    header.PatientPosition = "HFS"
    header.KVP = "120"
    header.XRayTubeCurrent = 60
    header.ExposureTime = 500
    header.ConvolutionKernel = "smooth"
    header.BitsStored, header.HighBit = 12, 11
    header.RescaleIntercept = str(intercept)
    header.RescaleSlope = "1"
    header.RescaleType = "HU"
    header.WindowCenter, header.WindowWidth = "40", "400"
    return header


def _header(study: Study, grid: Grid, modality: str, started: datetime) -> Dataset:
    build = study.build
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 100"
    header.Modality = modality
    header.Manufacturer = study.vendor.manufacturer
    header.ManufacturerModelName = "digital patient"
    header.SoftwareVersions = "1"
    header.PatientName = "NENSegmentation^Digital Patient"
    header.PatientID = f"PHANTOM-{study.request.seed}"
    header.PatientSex = build.sex
    header.PatientBirthDate = f"{study.injection.year - build.age}0101"
    header.PatientAge = f"{build.age:03d}Y"
    header.PatientWeight = f"{build.weight_kg:.1f}"
    header.PatientSize = f"{build.height_m:.2f}"
    header.StudyInstanceUID = study.uid("study")
    header.SeriesInstanceUID = study.uid(modality)
    header.FrameOfReferenceUID = study.uid("frame of reference")
    header.PositionReferenceIndicator = ""
    header.StudyID = str(study.request.seed)
    header.AccessionNumber = ""
    header.ReferringPhysicianName = ""
    header.StudyDescription = "PET/CT whole body (synthetic)"
    began = study.start - _CT_BEFORE_PET
    header.StudyDate, header.StudyTime = _date(began), _time(began)
    header.SeriesDate = header.ContentDate = _date(started)
    header.SeriesTime = header.ContentTime = _time(started)
    header.BodyPartExamined = "WHOLEBODY"
    header.ImageComments = _SYNTHETIC
    header.AcquisitionNumber = 1
    _, rows, columns = grid.shape
    header.Rows, header.Columns = rows, columns
    header.PixelSpacing = [f"{grid.spacing[1]:.10g}", f"{grid.spacing[2]:.10g}"]
    header.SliceThickness = f"{grid.spacing[0]:.10g}"
    header.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    header.SamplesPerPixel = 1
    header.PhotometricInterpretation = "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 16, 15
    header.PixelRepresentation = 0
    return header


def _radiopharmaceutical(study: Study) -> Dataset:
    tracer = study.tracer
    item = _item(
        Radiopharmaceutical=tracer.radiopharmaceutical,
        RadiopharmaceuticalStartTime=_time(study.injection),
        RadionuclideTotalDose=f"{study.dose_bq:.0f}",
        RadionuclideHalfLife=f"{tracer.half_life_s:.10g}",
        RadionuclidePositronFraction=f"{tracer.positron_fraction:.10g}",
        RadionuclideCodeSequence=[_coded(tracer.nuclide_code)],
        RadiopharmaceuticalCodeSequence=[_coded(tracer.drug_code)],
    )
    if not study.request.undated_injection:
        item.RadiopharmaceuticalStartDateTime = _date(study.injection) + _time(study.injection)
    return item


def _add_private(header: Dataset, study: Study) -> None:
    vendor = study.vendor
    if vendor.scan_start:
        block = header.private_block(0x0009, GE_PET, create=True)
        block.add_new(0x0D, "DT", _date(study.start) + _time(study.start))
    if vendor.bq_per_count is not None:
        block = header.private_block(0x7053, PHILIPS_PET, create=True)
        if vendor.suv_per_count:
            block.add_new(0x00, "DS", study.suv_of_a_count)
        block.add_new(0x09, "DS", f"{vendor.bq_per_count:g}")


def _lying() -> Dataset:
    item = _coded(Code("102538003", "SCT", "recumbent"))
    item.PatientOrientationModifierCodeSequence = [_coded(Code("40199007", "SCT", "supine"))]
    return item


def _coded(code: Code) -> Dataset:
    return _item(CodeValue=code.value, CodingSchemeDesignator=code.scheme, CodeMeaning=code.meaning)


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _time(moment: datetime) -> str:
    return f"{moment:%H%M%S.%f}"


def _date(moment: datetime) -> str:
    return f"{moment:%Y%m%d}"
