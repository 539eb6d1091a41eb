"""Label maps of cases in folders, and which prediction belongs to which truth: files matched by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import MethodError

_SUFFIXES = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd")
# What a folder of its own holds for a case: the results of a segmentation, or a digital patient.
_IN_CASE_FOLDER = ("lesions.nii.gz", "truth/reference.nii.gz")
_MOST_NAMED = 20


@dataclass(frozen=True)
class PairedCase:
    """One case: its truth, and its prediction in each set.

    Attributes
    ----------
    name : str
        File name without suffix, or name of the case's own folder.
    truth : Path
        The label map of the truth.
    predictions : mapping of str to Path
        Name of the set -> label map.
    """

    name: str
    truth: Path
    predictions: Mapping[str, Path]


def paired_cases(predictions: Mapping[str, Path], truth: Path) -> list[PairedCase]:
    """Match the label maps of sets of predictions with those of the truth.

    ``foo.nii.gz`` belongs to ``foo.nii.gz``, ``foo.nii``, ``foo.nrrd``, ``foo.seg.nrrd``, and to a folder ``foo`` with
    ``lesions.nii.gz`` (results of a segmentation) or ``truth/reference.nii.gz`` (a digital patient). Other files and
    hidden ones are passed over.

    Parameters
    ----------
    predictions : mapping of str to Path
        Name of the set -> folder.
    truth : Path
        Folder.

    Returns
    -------
    list of PairedCase
        By name.

    Raises
    ------
    MethodError
        With every fault there is: a folder that is missing or empty, a case that is there twice, that has no truth, or
        that has no prediction in one of the sets.
    """
    faults: list[str] = []
    true = _label_maps(truth, faults)
    ours = {name: _label_maps(folder, faults) for name, folder in predictions.items()}
    if not faults:
        for name, folder in predictions.items():
            faults += _unpaired(ours[name].keys(), true.keys(), folder, truth)
    if faults:
        raise MethodError(" ".join(faults))
    return [PairedCase(case, true[case], {name: ours[name][case] for name in ours}) for case in sorted(true)]


def _unpaired(ours: Iterable[str], true: Iterable[str], folder: Path, truth: Path) -> list[str]:
    faults = []
    if missing := sorted(set(true) - set(ours)):
        faults.append(f"{folder}: there is no prediction for {_named(missing)}. Add it, or take its truth away.")
    if extra := sorted(set(ours) - set(true)):
        faults.append(
            f"{truth}: there is no truth for {_named(extra)} of {folder}. Add it, or take the prediction away."
        )
    return faults


def _label_maps(folder: Path, faults: list[str]) -> dict[str, Path]:
    """Find the label map of each case in a folder, and add to ``faults`` what is wrong with it."""
    if not folder.is_dir():
        faults.append(f"{folder}: there is no such folder. Give a folder with a label map for each case.")
        return {}
    found: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        case = _case(entry)
        if case is not None:
            found.setdefault(case[0], []).append(case[1])
    if not found:
        faults.append(f"{folder}: there is no label map in it. Put .nii.gz, .nii, .nrrd or .seg.nrrd files there.")
    for name, paths in found.items():
        if len(paths) > 1:
            files = " and ".join(str(path.relative_to(folder)) for path in paths)
            faults.append(f"{folder}: the case {name} is there twice ({files}). Take one of them away.")
    return {name: paths[0] for name, paths in found.items()}


def _case(entry: Path) -> tuple[str, Path] | None:
    if entry.name.startswith("."):
        return None
    if entry.is_dir():
        return next(((entry.name, entry / file) for file in _IN_CASE_FOLDER if (entry / file).is_file()), None)
    suffix = next((suffix for suffix in _SUFFIXES if entry.name.lower().endswith(suffix)), None)
    return None if suffix is None else (entry.name[: -len(suffix)], entry)


def _named(cases: list[str]) -> str:
    shown = ", ".join(cases[:_MOST_NAMED])
    more = f" and {len(cases) - _MOST_NAMED} more" if len(cases) > _MOST_NAMED else ""
    return f"{'case' if len(cases) == 1 else 'cases'} {shown}{more}"
