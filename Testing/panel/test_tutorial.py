"""The tutorial's keys are those of the panel."""

from __future__ import annotations

import re
from pathlib import Path

TUTORIAL = Path(__file__).resolve().parents[2] / "Docs" / "tutorial.md"


def keys_of_the_tutorial():
    table = TUTORIAL.read_text("utf-8").partition("### Keys")[2].partition("\n###")[0]
    return re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)


def keys_of(panel):
    owners = (panel._panel._keys, panel._panel._timeKeys)
    keys = [shortcut.key.toString() for owner in owners for shortcut in owner._shortcuts]
    return [*keys, panel._panel._clicks._escape.key.toString()]


def test_the_tutorial_has_every_key_of_the_panel_and_no_other(a_panel):
    assert sorted(keys_of_the_tutorial()) == sorted(keys_of(a_panel))


def test_the_panel_shows_every_key_that_it_has(a_panel):
    shown = {*re.split(r"[\s,:.]+", a_panel.ui.keysLabel.text), "?"}
    assert set(keys_of(a_panel)) - shown == set()
