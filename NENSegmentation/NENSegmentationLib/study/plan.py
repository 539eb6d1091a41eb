"""The plan of a reader study: which cases, arms and readers there are, and by what design."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from ..core.reference_region import Organ, Point


class Method(str, Enum):
    """What a reader is given to start from."""

    THRESHOLD = "threshold"
    ENSEMBLE = "ensemble"
    PREPARED = "prepared"
    BLANK = "blank"


class Design(str, Enum):
    """How cases are given to arms."""

    CROSSOVER = "crossover"
    """Each reader reads each case in each arm, with a wash-out between."""
    SPLIT = "split"
    """Each reader reads each case once, in one of the arms."""


@dataclass(frozen=True)
class PlannedRegion:
    """A reference region that the plan places: a sphere in normal tissue.

    Attributes
    ----------
    organ : Organ
        Whose tissue it is.
    centre_ras : tuple of float
        RAS mm.
    diameter_mm : float
    """

    organ: Organ
    centre_ras: Point
    diameter_mm: float


@dataclass(frozen=True, kw_only=True)
class PlannedCase:
    """A case of the study.

    Attributes
    ----------
    name : str
        Code name.
    path : Path
        DICOM folder, or image in SUV, as `dicom.case.read_case` takes it.
    truth : Path or None
        Label map of the true lesions, on the grid of the PET.
    prepared : Path or None
        Segmentation to start from in an arm of that method.
    training : bool
        Whether the case is for practice.
    ct : Path or None
        The CT, where it is not in the DICOM folder.
    series : str or None
        SeriesInstanceUID, where the folder has several PET series.
    frame : int or None
        Frame of time, from 1, of a dynamic series.
    injection_date : date or None
        Where the header has none.
    region : PlannedRegion or None
        Where an arm of the method threshold takes its threshold from; None to have a region in the liver proposed.
    """

    name: str
    path: Path
    truth: Path | None = None
    prepared: Path | None = None
    training: bool = False
    ct: Path | None = None
    series: str | None = None
    frame: int | None = None
    injection_date: date | None = None
    region: PlannedRegion | None = None


@dataclass(frozen=True, kw_only=True)
class PlannedArm:
    """An arm of the study.

    Attributes
    ----------
    name : str
        Code name.
    method : Method
        What the reader is given.
    model : Path or None
        Model folder of an ensemble.
    """

    name: str
    method: Method
    model: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A reader study.

    Attributes
    ----------
    title : str
        For the reader and the report.
    cases : tuple of PlannedCase
    arms : tuple of PlannedArm
    readers : tuple of str
        Code names.
    design : Design
    washout_days : int
        Days between two periods of a crossover.
    blocks : int
        Parts that the cases of a period are divided into.
    hide_arm, show_time : bool
        Whether the reader is not told the arm, and sees the time.
    idle_s : float
        Time without input (s) after which a reader counts as away.
    seed : int
        Of all random draws.
    path : Path
        The file.
    identity : str
        SHA-256 of its content: another file is another study.
    named_store : Path or str or None
        File or URL of the store, where the plan names one.
    """

    title: str
    cases: tuple[PlannedCase, ...]
    arms: tuple[PlannedArm, ...]
    readers: tuple[str, ...]
    design: Design
    washout_days: int
    blocks: int
    hide_arm: bool
    show_time: bool
    idle_s: float
    seed: int
    path: Path
    identity: str
    named_store: Path | str | None = None

    @property
    def store(self) -> Path | str:
        """The store of the study: what the plan names, or a file beside it."""
        return self.path.with_suffix(".db") if self.named_store is None else self.named_store

    @property
    def unsent(self) -> Path:
        """The folder in which a reading goes on while the server of the store is away."""
        return self.path.with_name(f"{self.path.stem}-unsent")

    @property
    def results(self) -> Path:
        """The folder of what readers leave where no other is named; see `result_folder`."""
        return self.path.with_name(f"{self.path.stem}-results")

    def prediction(self, arm: str, case: str) -> Path:
        """Return the folder of what the ensemble of an arm has found in a case before the study began, if it has."""
        return self.path.with_name(f"{self.path.stem}-predictions") / arm / case

    @property
    def periods(self) -> int:
        """How many times each reader reads each case."""
        return len(self.arms) if self.design is Design.CROSSOVER else 1

    def period_of(self, block: int) -> int:
        """Return the period, from 1, that a block (from 1) is in; before each new period lies the wash-out."""
        return (block - 1) // self.blocks + 1
