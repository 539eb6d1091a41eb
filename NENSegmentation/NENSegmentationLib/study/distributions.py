"""What simulated readings are drawn from: times, ratings, actions and errors, given in a TOML file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from ..core.rating import RATINGS
from .errors import StudyError
from .plan_entries import is_code_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DISTRIBUTIONS_TEMPLATE = """\
# What simulated readings are drawn from. Times are log-normal: log(time) is the log of the arm's median, plus an effect
# of the case, plus one of the reader, plus what is left; a spread is the standard deviation of such a term (0.4: about
# two thirds of the values lie within a factor of 1.5).
case_spread = 0.45       # cases are easy or hard, in all arms alike
reader_spread = 0.15     # readers are fast or slow, in all arms alike
percent_per_case = 0.0   # change of the time from one case to the next (%): below 0 readers get faster
volume_median_ml = 60.0  # total tumour volume of a case
volume_spread = 1.2
volume_error = 0.08      # spread of the volume between readers of one case
rating_agreement = 0.7   # part of the ratings that are the suggested one; the others are one beside it

[[arms]]
name = "threshold"
median_min = 17.0        # active time
time_spread = 0.3        # what case and reader do not explain
deletes = 9.0            # mean number per case
adds = 1.0
undos = 0.8
ratings = [0, 0, 0, 0, 0]  # how often 1, 2, 3, 4, 5; all 0: this arm is not rated
voxel_dice = 0.95        # mean of the result, with its spread
voxel_dice_spread = 0.03
lesion_dice = 0.95
lesion_dice_spread = 0.04
false_positive_ml = 0.5  # mean
false_negative_ml = 0.5

[[arms]]
name = "ensemble"
median_min = 5.0
time_spread = 0.3
deletes = 2.0
adds = 1.5
undos = 0.4
ratings = [7, 3, 19, 6, 6]
voxel_dice = 0.94
voxel_dice_spread = 0.04
lesion_dice = 0.94
lesion_dice_spread = 0.05
false_positive_ml = 0.6
false_negative_ml = 0.8
"""
"""The default; medians and ratings are those of Carlsen et al. 2022, all spreads and errors are assumed."""


@dataclass(frozen=True, kw_only=True)
class SimulatedArm:
    """One arm; see `DISTRIBUTIONS_TEMPLATE` for each number.

    Attributes
    ----------
    name : str
        Code name.
    ratings : tuple of float
        Weights of the ratings 1 to 5; none above 0: not rated.
    """

    name: str
    median_min: float
    time_spread: float
    deletes: float = 0.0
    adds: float = 0.0
    undos: float = 0.0
    ratings: tuple[float, ...] = (0, 0, 0, 0, 0)
    voxel_dice: float = 0.9
    voxel_dice_spread: float = 0.05
    lesion_dice: float = 0.9
    lesion_dice_spread: float = 0.05
    false_positive_ml: float = 0.0
    false_negative_ml: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Distributions:
    """What simulated readings are drawn from; see `DISTRIBUTIONS_TEMPLATE` for each number."""

    arms: tuple[SimulatedArm, ...]
    case_spread: float = 0.0
    reader_spread: float = 0.0
    percent_per_case: float = 0.0
    volume_median_ml: float = 60.0
    volume_spread: float = 1.2
    volume_error: float = 0.0
    rating_agreement: float = 1.0


_LARGEST = 1e6
_SMALLEST = 0.01
_RANGES = {
    **dict.fromkeys(("rating_agreement", "voxel_dice", "lesion_dice"), (0, 1)),
    **dict.fromkeys(("voxel_dice_spread", "lesion_dice_spread"), (0, 1)),
    **dict.fromkeys(("case_spread", "reader_spread", "time_spread", "volume_spread", "volume_error"), (0, 3)),
    **dict.fromkeys(("median_min", "volume_median_ml"), (_SMALLEST, _LARGEST)),
    "percent_per_case": (-10, 10),
}
"""Least and most of a number; of the others 0 and a million."""


def default_distributions() -> Distributions:
    """Return those of `DISTRIBUTIONS_TEMPLATE`."""
    return _distributions(tomllib.loads(DISTRIBUTIONS_TEMPLATE), "the default")


def read_distributions(path: Path) -> Distributions:
    """Read what simulated readings are drawn from.

    Parameters
    ----------
    path : Path
        A TOML file as `DISTRIBUTIONS_TEMPLATE`; of what is left out, the default of the field holds.

    Returns
    -------
    Distributions

    Raises
    ------
    StudyError
        With a sentence, in a line of its own, for every fault.
    """
    try:
        return _distributions(tomllib.loads(path.read_text("utf-8")), path.name)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path.name}: this is no valid TOML ({error}). Correct that place."
        raise StudyError(message) from error
    except OSError as error:
        message = f"{path}: the distributions cannot be read ({error.strerror}). Give a file that may be read."
        raise StudyError(message) from error


def _distributions(given: Mapping[str, Any], where: str) -> Distributions:
    faults: list[str] = []
    tables = given.get("arms")
    arms = []
    if isinstance(tables, list) and len(tables) > 1 and all(isinstance(one, dict) for one in tables):
        arms = [_checked(SimulatedArm, one, f"{where}: arm {n}", faults) for n, one in enumerate(tables, 1)]
    else:
        faults.append(f"{where}: there are fewer than two arms. Give a table [[arms]] for each.")
    names = [one.get("name") for one in arms]
    if len(set(map(str, names))) < len(names):
        faults.append(f"{where}: two arms have one name. Give each a name of its own.")
    whole = _checked(Distributions, {**given, "arms": ()}, where, faults)
    if faults:
        raise StudyError("\n".join(faults))
    return Distributions(**{**whole, "arms": tuple(SimulatedArm(**one) for one in arms)})


def _checked(
    kind: type[SimulatedArm] | type[Distributions], given: Mapping[str, Any], where: str, faults: list[str]
) -> dict[str, Any]:
    known = {field.name: field for field in fields(kind)}
    for key in sorted(given.keys() - known):
        faults.append(f"{where}: the entry {key!r} is unknown. Take it out, or correct its name: {', '.join(known)}.")
    for key, field in known.items():
        if key not in given and field.default is MISSING:
            faults.append(f"{where}: {key} is missing. Give it a value.")
    checked = {}
    for key in known.keys() & given.keys():
        wanted = _wanted(key, given[key])
        if wanted:
            faults.append(f"{where}: {key} is {given[key]!r}. Give {wanted}.")
        checked[key] = tuple(given[key]) if key == "ratings" and not wanted else given[key]
    return checked


def _wanted(key: str, value: Any) -> str:  # noqa: ANN401 - what a file holds
    """Return what a value has to be, or nothing if it is that."""
    if key == "arms":
        return ""
    if key == "name":
        fits = isinstance(value, str) and is_code_name(value)
        return "" if fits else "at most 32 letters, digits, - and _"
    if key == "ratings":
        fits = isinstance(value, list) and len(value) == len(RATINGS) and all(_is_number(one, 0) for one in value)
        return "" if fits else "five numbers from 0 to 1000000"
    least, most = _RANGES.get(key, (0, _LARGEST))
    return "" if _is_number(value, least, most) else f"a number from {least:g} to {most:.0f}"


def _is_number(value: object, least: float, most: float = _LARGEST) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
