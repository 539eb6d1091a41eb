"""The attributes of a digital patient's DICOM files, written as a Siemens PET/CT writes its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage, generate_uid

from .build import Build
from .grid import Grid
from .uptake import Code, Tracer

_INJECTION = datetime(2024, 1, 15, 9, 0, 0)
_BED_MM = 150.0
_BED_S = 180.0
_CT_BEFORE_PET = timedelta(minutes=4)
_SYNTHETIC = "Synthetic image of a digital phantom, not of a person. Research use, not a medical device."


@dataclass(frozen=True)
class Study:
    """Who was scanned when, and with what.

    Parameters
    ----------
    key : str
        Everything that the patient was made from; the UIDs follow from it.
    seed : int
        For the patient's ID.
    build : Build
        The patient.
    tracer : Tracer
        What was injected.
    dose_bq : float
        How much.
    delay_s : float
        Seconds from the injection to the start of the PET.
    """

    key: str
    seed: int
    build: Build
    tracer: Tracer
    dose_bq: float
    delay_s: float

    @property
    def injection(self) -> datetime:
        """Time of the injection: a fixed date, since a digital patient was never scanned."""
        return _INJECTION

    @property
    def start(self) -> datetime:
        """Start of the PET, to which its activity is decay-corrected."""
        return self.injection + timedelta(seconds=self.delay_s)

    @property
    def suv_factor(self) -> float:
        """SUVbw (g/mL) of 1 Bq/mL: weight in grams over the dose that is left when the PET starts."""
        remaining = self.dose_bq * 2.0 ** (-self.delay_s / self.tracer.half_life_s)
        return self.build.weight_kg * 1000.0 / remaining

    def uid(self, *name: str | int) -> str:
        """Return the UID of a part of the study, always the same one."""
        return generate_uid(entropy_srcs=[self.key, *map(str, name)])


def pet_header(study: Study, grid: Grid) -> Dataset:
    """Return what all slices of the PET share (PET Image Storage).

    Parameters
    ----------
    study : Study
        Patient, tracer and times.
    grid : Grid
        The PET's.
    """
    header = _header(study, grid, "PT", study.start)
    header.SOPClassUID = PositronEmissionTomographyImageStorage
    header.ImageType = ["ORIGINAL", "PRIMARY"]
    header.SeriesNumber = 2
    header.SeriesDescription = f"PET AC {study.tracer.radiopharmaceutical} (synthetic)"
    header.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
    header.SeriesType = ["WHOLE BODY", "IMAGE"]
    header.Units = "BQML"
    header.CountsSource = "EMISSION"
    header.CollimatorType = "NONE"
    header.ConvolutionKernel = "XYZ Gauss2.00"
    header.RandomsCorrectionMethod = "DLYD"
    header.AttenuationCorrectionMethod = "measured,CT"
    header.ScatterCorrectionMethod = "Model-based"
    header.ReconstructionMethod = "synthetic"
    header.DecayCorrection = "START"
    header.DoseCalibrationFactor = "1"
    header.NumberOfSlices = grid.shape[0]
    header.ActualFrameDuration = int(_BED_S * 1000)
    header.RescaleIntercept = "0"
    header.EnergyWindowRangeSequence = [_item(EnergyWindowLowerLimit="435", EnergyWindowUpperLimit="650")]
    header.RadiopharmaceuticalInformationSequence = [_radiopharmaceutical(study)]
    header.PatientOrientationCodeSequence = [_lying()]
    header.PatientGantryRelationshipCodeSequence = [_coded(Code("102540008", "SCT", "headfirst"))]
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
    waited = int(k * grid.spacing[0] / _BED_MM) * _BED_S
    acquired = study.start + timedelta(seconds=waited)
    middle = waited + _BED_S / 2
    return {
        "AcquisitionDate": f"{acquired:%Y%m%d}",
        "AcquisitionTime": _time(acquired),
        "RescaleSlope": slope,
        "FrameReferenceTime": f"{middle * 1000:.1f}",
        "DecayFactor": f"{math.pow(2.0, middle / study.tracer.half_life_s):.8f}",
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
    header.AcquisitionDate = f"{acquired:%Y%m%d}"
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
    header.Manufacturer = "NENSegmentation"
    header.ManufacturerModelName = "digital patient"
    header.SoftwareVersions = "1"
    header.PatientName = "NENSegmentation^Digital Patient"
    header.PatientID = f"PHANTOM-{study.seed}"
    header.PatientSex = build.sex
    header.PatientBirthDate = f"{study.injection.year - build.age}0101"
    header.PatientAge = f"{build.age:03d}Y"
    header.PatientWeight = f"{build.weight_kg:.1f}"
    header.PatientSize = f"{build.height_m:.2f}"
    header.StudyInstanceUID = study.uid("study")
    header.SeriesInstanceUID = study.uid(modality)
    header.FrameOfReferenceUID = study.uid("frame of reference")
    header.PositionReferenceIndicator = ""
    header.StudyID = str(study.seed)
    header.AccessionNumber = ""
    header.ReferringPhysicianName = ""
    header.StudyDescription = "PET/CT whole body (synthetic)"
    header.StudyDate = f"{study.injection:%Y%m%d}"
    header.StudyTime = _time(study.start - _CT_BEFORE_PET)
    header.SeriesDate = header.ContentDate = f"{started:%Y%m%d}"
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
    return _item(
        Radiopharmaceutical=tracer.radiopharmaceutical,
        RadiopharmaceuticalStartTime=_time(study.injection),
        RadiopharmaceuticalStartDateTime=f"{study.injection:%Y%m%d%H%M%S}.000000",
        RadionuclideTotalDose=f"{study.dose_bq:.0f}",
        RadionuclideHalfLife=f"{tracer.half_life_s:.10g}",
        RadionuclidePositronFraction=f"{tracer.positron_fraction:.10g}",
        RadionuclideCodeSequence=[_coded(tracer.nuclide_code)],
        RadiopharmaceuticalCodeSequence=[_coded(tracer.drug_code)],
    )


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
    return f"{moment:%H%M%S}.000000"
