"""Slicer is killed in the middle of reading, at any moment: the case comes back with the same lesions and times."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from NENSegmentationLib.study.events import Kind

READER = Path(__file__).with_name("a_killed_reader.py")
PAINTER = Path(__file__).with_name("a_killed_painter.py")


def killed(script: Path, told: Path, after: int, chance: random.Random, *arguments: str) -> dict:
    """Let a reader work in a process of its own, kill it after some actions; return the last that its panel showed."""
    with told.open("w") as output:
        reader = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )
        while told.read_text().count("\n") < after and reader.poll() is None:
            with_luck(reader, chance)
        reader.kill()
        reader.wait()
    assert reader.returncode == -9
    *_, last = [line for line in told.read_text().split("\n")[:-1] if line.startswith("{")]
    return json.loads(last)


def killed_while_reading(folder: Path, seed: int) -> dict:
    """Kill a reader who corrects at random."""
    chance = random.Random(seed)
    return killed(READER, folder / f"told {seed}", chance.randrange(5, 40), chance, str(folder), str(seed))


def with_luck(reader: subprocess.Popen, chance: random.Random) -> None:
    """Wait some milliseconds, so that the kill comes at any place of an action."""
    try:
        reader.wait(0.01 + chance.random() * 0.03)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture
def read_again(a_ready_panel):
    """Open the case of the killed reader in a panel; returns what it shows."""
    from panel.a_killed_reader import shown

    def read():
        a_ready_panel.ui.openCaseButton.click()
        again = shown(a_ready_panel), a_ready_panel.logic.reading.session.journal.events()
        a_ready_panel.ui.closeCaseButton.click()
        return again

    return read


def test_a_case_whose_reader_was_killed_comes_back_with_its_lesions_and_times(tmp_path, a_patient, read_again):
    from NENSegmentationLib.scene.replay import labels_hash, replay
    from NENSegmentationLib.scene.volumes import suv_from_node

    pet = suv_from_node(a_patient[0])
    for seed in range(3):
        last = killed_while_reading(tmp_path, seed)
        again, events = read_again()
        whole = replay(pet, events).lesion_map
        until = replay(pet, [event for event in events if event.sequence <= last["event"]]).lesion_map
        # What was shown is there; of the action that was under way, all or nothing.
        assert labels_hash(until) == last["labels"]
        assert again["labels"] == labels_hash(whole)
        assert [names.removesuffix(" \u2713") for names in again["rows"]] == sorted(
            lesion.name for lesion in whole.lesions.values()
        )
        for before, now in zip(last["seconds"], again["seconds"], strict=True):
            assert before - 0.5 <= now <= before + 1.5


def test_a_kill_in_the_segment_editor_loses_nothing_that_is_some_seconds_old(tmp_path, read_again):
    last = killed(PAINTER, tmp_path / "told", 12, random.Random(1), str(tmp_path))
    again, events = read_again()
    assert sum(event.kind is Kind.EDITED_ELSEWHERE for event in events) >= 3
    assert again["event"] >= last["event"]
    assert again["rows"] == last["rows"]


def test_what_is_done_in_the_segment_editor_is_written_down_within_three_seconds(a_segmented_case):
    assert a_segmented_case._panel._segmentEditor._noted.interval <= 3000
