"""What parents and children that speak lines of JSON have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from NENSegmentationLib.core.child_process import surroundings

LIBRARY = str(Path(__file__).parents[2] / "NENSegmentation")


def test_a_child_finds_this_package_before_what_was_asked_for(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert surroundings()["PYTHONPATH"].split(os.pathsep) == [LIBRARY, "elsewhere"]


def test_variables_that_are_given_take_the_place_of_those_of_this_process(monkeypatch):
    monkeypatch.setenv("NENSEG_TEST", "before")
    assert surroundings({"NENSEG_TEST": "after"})["NENSEG_TEST"] == "after"


def test_nothing_that_is_printed_comes_between_the_events():
    program = (
        "from NENSegmentationLib.core.child_process import events_out; emit = events_out(); print(1); emit({'a': 2})"
    )
    done = subprocess.run([sys.executable, "-c", program], env=surroundings(), capture_output=True, check=True)
    assert (json.loads(done.stdout), done.stderr) == ({"a": 2}, b"1\n")
