"""The entries of a plan's file, taken one by one; what is wrong with them is collected, so that all of it is said."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from ..core.reference_region import Point

_E = TypeVar("_E", bound=Enum)
_DATABASE = "postgresql://"
# Code names become names of files and columns, and stand in pages.
_CODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def is_code_name(text: str) -> bool:
    """Tell whether a text is at most 32 letters without accents, digits, ``-`` and ``_``."""
    return _CODE_NAME.fullmatch(text) is not None


class Entries:
    """A table of the file.

    An entry that is missing or wrong is written to ``faults``, and a harmless value stands in for it: nobody sees that
    value, because a plan with a fault is refused as a whole.

    Parameters
    ----------
    given : mapping
        The table, as TOML has it.
    where : str
        What to call it in messages.
    faults : list of str
        Gets a sentence for each fault.
    folder : Path
        That relative paths start from.
    """

    def __init__(self, given: Mapping[str, Any], where: str, faults: list[str], folder: Path) -> None:
        self.where = where
        self._given, self._faults, self._folder = given, faults, folder
        self._asked: list[str] = []

    def fault(self, clause: str) -> None:
        """Write down what is wrong."""
        self._faults.append(f"{self.where}: {clause}")

    def has(self, key: str) -> bool:
        """Tell whether an entry is there."""
        return key in self._given

    def text(self, key: str) -> str:
        """Return a text that says something."""
        value = self._value(key, "a text in quotes")
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self._refuse(key, value, "a text in quotes")
            return ""
        return value.strip()

    def code_name(self, key: str, example: str) -> str:
        """Return a code name."""
        name = self.text(key)
        if name and not is_code_name(name):
            self.fault(f"{key} = {name!r} is no code name. {_code_name_words(example)}")
            return ""
        return name

    def code_names(self, key: str, example: str) -> tuple[str, ...]:
        """Return one code name or more, each another."""
        wanted = f'a list of code names, such as ["{example}"]'
        value = self._value(key, wanted)
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
            self._refuse(key, value, wanted)
            return ()
        for name in value:
            if not is_code_name(name):
                self.fault(f"{name!r} among the {key} is no code name. {_code_name_words(example)}")
        for name in twice(value):
            self.fault(f"{name} is twice among the {key}. Give each a name of its own.")
        return tuple(value)

    def whole(self, key: str, least: int, default: int | None = None) -> int:
        """Return a whole number."""
        wanted = f"a whole number of {least} or more"
        value = default if default is not None and not self._present(key) else self._value(key, wanted)
        if value is None:
            return least
        if type(value) is not int or value < least:
            self._refuse(key, value, wanted)
            return least
        return value

    def seconds(self, key: str, default: float) -> float:
        """Return a time above zero (s)."""
        value = self._given[key] if self._present(key) else default
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
            self._refuse(key, value, "a number of seconds above 0")
            return default
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """Return true or false."""
        value = default if default is not None and not self._present(key) else self._value(key, "true or false")
        if value is not None and not isinstance(value, bool):
            self._refuse(key, value, "true or false")
        return value is True

    def choice(self, key: str, kinds: type[_E]) -> _E | None:
        """Return one of the members of an enumeration of texts; None if it is none of them."""
        wanted = "one of " + ", ".join(f'"{kind.value}"' for kind in kinds)
        value = self._value(key, wanted)
        if value is None:
            return None
        for kind in kinds:
            if kind.value == value:
                return kind
        self._refuse(key, value, wanted)
        return None

    def path(self, key: str, *, needed: bool = False) -> Path | None:
        """Return a path: absolute, or inside the folder of the file."""
        if not needed and not self._present(key):
            return None
        text = self.text(key)
        if not text:
            return None
        path = Path(text)
        if path.is_absolute():
            return path
        inside = Path(os.path.normpath(self._folder / path))
        if not inside.is_relative_to(self._folder):
            self.fault(
                f"{key} = {text!r} leads out of the folder of the file, and elsewhere once that is moved. Give the "
                "whole path."
            )
            return None
        return inside

    def store(self, key: str) -> Path | str | None:
        """Return the file of a store, or the URL of a database in which no password stands; None if there is none."""
        if not self._present(key) or "://" not in str(self._given[key]):
            return self.path(key)
        url = self.text(key)
        if not url.startswith(_DATABASE):
            self.fault(f"{key} is a URL of another kind. Give a file, or {_DATABASE}USER@SERVER/DATABASE.")
        # Whoever gets the plan gets what stands in it, and it is kept for years.
        elif re.search(r"://[^@/]*:[^@/]*@|[?&]password=", url):
            self.fault(f"{key} holds a password. Take it out, and put it into the file .pgpass on each machine.")
        return url

    def uid(self, key: str) -> str | None:
        """Return a text, or None if there is none."""
        return self.text(key) or None if self._present(key) else None

    def frame(self, key: str) -> int | None:
        """Return a number from 1, or None if there is none."""
        return self.whole(key, 1) if self._present(key) else None

    def day(self, key: str) -> date | None:
        """Return a date, or None if there is none."""
        if not self._present(key):
            return None
        value = self._given[key]
        if not isinstance(value, date) or isinstance(value, datetime):
            self._refuse(key, value, "a date without quotes, such as 2024-03-21")
            return None
        return value

    def sphere(self, key: str, diameter_mm: float) -> tuple[Point, float] | None:
        """Return the centre (RAS mm) of a sphere and its diameter (mm), or None if there is none."""
        if not self._present(key):
            return None
        value = self._given[key]
        if not _are_numbers(value) or len(value) not in (3, 4) or (len(value) == 4 and value[3] <= 0):
            self._refuse(key, value, "a point in mm as [R, A, S], or a sphere as [R, A, S, DIAMETER]")
            return None
        r, a, s, diameter = (*map(float, value), diameter_mm)[:4]
        return (r, a, s), diameter

    def tables(self, key: str, word: str) -> list[Entries]:
        """Return the tables ``[[key]]``; each is called after its name, or its number."""
        value = self._value(key, f"a table [[{key}]] for each {word}")
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            self._refuse(key, value, f"a table [[{key}]] for each {word}")
            return []
        found = []
        for number, one in enumerate(value, 1):
            name = one.get("name")
            called = name if isinstance(name, str) and is_code_name(name) else f"number {number}"
            found.append(Entries(one, f"{self.where}: {word} {called}", self._faults, self._folder))
        return found

    def finish(self) -> None:
        """Write down the entries that nobody asked for."""
        for key in sorted(self._given.keys() - set(self._asked)):
            known = ", ".join(dict.fromkeys(self._asked))
            self.fault(f"the entry {key!r} is unknown. Take it out, or correct its name: {known}.")

    def _present(self, key: str) -> bool:
        self._asked.append(key)
        return key in self._given

    def _value(self, key: str, wanted: str) -> Any:  # noqa: ANN401 - what a file holds
        if self._present(key):
            return self._given[key]
        self.fault(f"{key} is missing. Give {wanted}.")
        return None

    def _refuse(self, key: str, value: object, wanted: str) -> None:
        shown = str(value).lower() if isinstance(value, bool) else repr(value)
        self.fault(f"{key} is {shown[:60]}. Give {wanted}.")


def twice(names: list[str]) -> list[str]:
    """Return the names that come again, whatever their case: some disks hold ``A`` and ``a`` for one file."""
    seen: set[str] = set()
    again = []
    for name in names:
        if name.casefold() in seen and name not in again:
            again.append(name)
        seen.add(name.casefold())
    return again


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in value
    )


def _code_name_words(example: str) -> str:
    return f"Take at most 32 letters, digits, - and _, such as {example}; never who the person is."
