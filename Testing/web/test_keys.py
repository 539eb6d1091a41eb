"""The keys of the page are those of the panel, so that a reader has to learn them once."""

from __future__ import annotations

import re
from pathlib import Path

from NENSegmentationLib import web

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(web.__file__).with_name("assets") / "keys.js"
NAMES = {"space": " ", "esc": "escape", "ctrl+return": "ctrl+enter"}


def keys_of_the_panel() -> set[str]:
    table = (ROOT / "Docs" / "tutorial.md").read_text("utf-8").partition("### Keys")[2].partition("\n###")[0]
    keys = {key.lower() for key in re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)}
    return {NAMES.get(key, key) for key in keys}


def keys_of_the_page() -> set[str]:
    letters, with_control = re.findall(r"const (?:KEYS|WITH_CTRL) = ([\[{].*?[\]}]);", SCRIPT.read_text("utf-8"))
    return set(re.findall(r'"(.+?)"', letters)) | set(re.findall(r'"(.+?)"', with_control))


def test_every_key_of_the_panel_is_one_of_the_page():
    assert len(keys_of_the_panel()) > 20
    assert keys_of_the_panel() - keys_of_the_page() == set()


def test_what_the_page_has_besides_shows_and_hides_the_lesions():
    assert keys_of_the_page() - keys_of_the_panel() == {"v"}
