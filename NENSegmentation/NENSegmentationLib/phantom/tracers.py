"""The tracers: how much of each a tissue takes up. The figures and their sources are in ``tracers.toml``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PhantomError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("tracers.toml")
ASSUMED = "assumed"


@dataclass(frozen=True)
class Row:
    """Uptake of one kind of tissue, SUVbw (g/mL).

    Parameters
    ----------
    mean, sd : float
        Over patients.
    low, high : float
        The range that no patient leaves.
    texture : float
        Relative standard deviation within the tissue of one patient, before the scanner's noise.
    source : str
        Where the mean was looked up, or ``"assumed"``.
    note : str
        What was done to the figure that was looked up.
    """

    mean: float
    sd: float
    low: float
    high: float
    texture: float
    source: str
    note: str = ""


@dataclass(frozen=True)
class Code:
    """A coded concept: value, designator of the coding scheme, meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Tracer:
    """A radiopharmaceutical.

    Parameters
    ----------
    name : str
        As ``--tracer`` takes it.
    radiopharmaceutical : str
        For Radiopharmaceutical (0018,0031).
    half_life_s : float
        Of the nuclide, in seconds.
    positron_fraction : float
        Part of the decays that emit a positron.
    nuclide_code, drug_code : Code
        Of DICOM's context groups 4020 and 4021, or a private code where those have none.
    dose_mbq : tuple of 2 floats
        Lowest and highest injected activity.
    delay_s : tuple of 2 floats
        Shortest and longest time from injection to scan.
    rows : mapping of str to Row
        The table, by `Tissue.uptake`.
    sex : str
        ``"M"`` or ``"F"`` where only one sex is given the tracer.
    """

    name: str
    radiopharmaceutical: str
    half_life_s: float
    positron_fraction: float
    nuclide_code: Code
    drug_code: Code
    dose_mbq: tuple[float, float]
    delay_s: tuple[float, float]
    rows: Mapping[str, Row]
    sex: str = ""


def read_tracers(path: Path) -> dict[str, Tracer]:
    """Read a table of tracers.

    Parameters
    ----------
    path : Path
        A TOML file with ``[sources]`` and, for each tracer, ``[tracer.NAME]`` and ``[tracer.NAME.uptake]``.

    Returns
    -------
    dict of str to Tracer

    Raises
    ------
    PhantomError
        If the file cannot be read, or a figure is missing or impossible.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} cannot be read: {error}."
        raise PhantomError(message) from error
    except tomllib.TOMLDecodeError as error:
        message = f"{path.name} is no valid TOML: {error}. Correct that line."
        raise PhantomError(message) from error
    tracers, sources = table.get("tracer"), table.get("sources", {})
    if not isinstance(tracers, dict) or not tracers:
        message = f"{path.name} holds no tracer. Add a table [tracer.NAME]."
        raise PhantomError(message)
    return {name: _tracer(f"{path.name}: tracer {name}", name, given, sources) for name, given in tracers.items()}


def _tracer(where: str, name: str, given: Any, sources: Mapping[str, str]) -> Tracer:  # noqa: ANN401 - what a file holds
    try:
        uptake = given["uptake"]
        return Tracer(
            name,
            str(given["radiopharmaceutical"]),
            _positive(where, "half_life_s", given["half_life_s"]),
            _positive(where, "positron_fraction", given["positron_fraction"]),
            Code(*given["nuclide_code"]),
            Code(*given["drug_code"]),
            _pair(where, "dose_mbq", given["dose_mbq"]),
            _pair(where, "delay_s", given["delay_s"]),
            {key: _row(f"{where}, {key}", row, sources) for key, row in uptake.items()},
            _sex(where, given.get("sex", "")),
        )
    except KeyError as error:
        message = f"{where} lacks {error.args[0]}. Add it."
        raise PhantomError(message) from error
    except (TypeError, AttributeError) as error:
        message = f"{where} is not of the form of the other tracers ({error}). Correct it."
        raise PhantomError(message) from error


def _row(where: str, given: Mapping[str, Any], sources: Mapping[str, str]) -> Row:
    unknown = set(given) - {"mean", "sd", "range", "texture", "source", "assumed", "note"}
    if unknown:
        message = f"{where} has the unknown entry {sorted(unknown)[0]}. Remove it."
        raise PhantomError(message)
    mean, sd, texture = (_number(where, key, given[key]) for key in ("mean", "sd", "texture"))
    low, high = _pair(where, "range", given["range"])
    if not low <= mean <= high:
        message = f"{where}: the mean {mean:g} lies outside its range {low:g} to {high:g}. Correct one of them."
        raise PhantomError(message)
    return Row(mean, sd, low, high, texture, _source(where, given, sources), str(given.get("note", "")))


def _source(where: str, given: Mapping[str, Any], sources: Mapping[str, str]) -> str:
    source = given.get("source")
    if (given.get("assumed") is True) == (source is not None):
        message = f"{where} needs either a source or assumed = true. Give one of the two."
        raise PhantomError(message)
    if source is None:
        return ASSUMED
    if source not in sources:
        message = f"{where} names the source {source!r}, which [sources] lacks. Add it there."
        raise PhantomError(message)
    return sources[source]


def _sex(where: str, given: str) -> str:
    if given not in ("", "F", "M"):
        message = f'{where}: sex is {given!r}. Give "F" or "M", or leave it out.'
        raise PhantomError(message)
    return given


def _pair(where: str, key: str, given: Any) -> tuple[float, float]:  # noqa: ANN401
    if not isinstance(given, list) or len(given) != 2:
        message = f"{where}: {key} is {given!r}. Give two numbers, the lower one first."
        raise PhantomError(message)
    low, high = (_number(where, key, each) for each in given)
    if low > high:
        message = f"{where}: {key} runs from {low:g} down to {high:g}. Give the lower number first."
        raise PhantomError(message)
    return low, high


def _positive(where: str, key: str, given: Any) -> float:  # noqa: ANN401
    value = _number(where, key, given)
    if value == 0:
        message = f"{where}: {key} is 0. Give a positive number."
        raise PhantomError(message)
    return value


def _number(where: str, key: str, given: Any) -> float:  # noqa: ANN401
    # NaN is the one number that is not equal to itself; `inf` is no uptake either.
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < float("inf"):
        message = f"{where}: {key} is {given!r}. Give a number of 0 or more."
        raise PhantomError(message)
    return float(given)


TRACERS: Mapping[str, Tracer] = read_tracers(TABLE)
"""What ``--tracer`` accepts."""


def tracer_named(name: str) -> Tracer:
    """Return a tracer.

    Raises
    ------
    PhantomError
        If there is none of that name.
    """
    if name not in TRACERS:
        message = f"There is no tracer {name!r}. Choose one of: {', '.join(TRACERS)}."
        raise PhantomError(message)
    return TRACERS[name]
