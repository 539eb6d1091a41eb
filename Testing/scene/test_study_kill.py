"""Readers of a study are killed at any moment: nothing that was shown is lost, and no time counts twice.

`make soak` (SOAK=yes) kills 200 times.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from scene.study_cases import a_study, an_image, opened

from NENSegmentationLib.scene.replay import labels_hash, replay
from NENSegmentationLib.study.durations import durations_of
from NENSegmentationLib.study.events import Kind

SOAK = os.environ.get("SOAK") == "yes"
KILLS, CASES = (200, 80) if SOAK else (20, 8)
READER = Path(__file__).with_name("a_killed_study_reader.py")


class Killed:
    """Readers who are killed, and what they said before."""

    def __init__(self, plan: Path) -> None:
        self.plan = plan
        self.chance = random.Random(1)
        self.shown: dict[tuple[str, str], list[dict]] = {}
        self.done: set[tuple[str, str]] = set()
        self._readers = subprocess.Popen(
            [sys.executable, str(READER), str(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, seed: int) -> None:
        """Let a reader work, and kill it at any moment from its start to the middle of a later case."""
        self._readers.stdin.write(f"{seed}\n")
        self._readers.stdin.flush()
        reader = self._said()["reader"]
        left = self.chance.choice((0, self.chance.randrange(40), self.chance.randrange(40)))
        while left and "ended" not in (said := self._said()):
            self.take(said)
            left -= 1
        if left:
            return
        time.sleep(self.chance.random() * 0.3)
        os.kill(reader, signal.SIGKILL)
        while "ended" not in (said := self._said()):
            self.take(said)
        assert said["ended"] == -signal.SIGKILL

    def close(self) -> None:
        self._readers.stdin.close()
        self._readers.wait()
        self._readers.stdout.close()

    def _said(self) -> dict:
        return json.loads(self._readers.stdout.readline())

    def take(self, said: dict) -> None:
        if "shown" in said:
            shown = said["shown"]
            self.shown.setdefault((shown["case"], shown["arm"]), []).append(shown)
        if "done" in said:
            self.done.add(tuple(said["done"]))


def check(events, shown: list[dict], image) -> None:
    """Hold a reading in the store against what its reader was shown."""
    last = shown[-1]
    until = [event for event in events if event.sequence <= last["event"]]
    assert labels_hash(replay(image, until).lesion_map) == last["labels"]
    rated = [event.payload["rating"] for event in until if event.kind is Kind.RATED]
    assert (rated[-1] if rated else None) == last["rating"]
    times = durations_of(until)
    # Between the last event and what was said, at most the time of saying it passed.
    assert -1e-6 <= last["seconds"] - (times.active_s + times.idle_s + times.paused_s) < 2.0


def test_kills_lose_nothing_that_was_shown_and_no_time_counts_twice(place, tmp_path):
    killed, began = Killed(a_study(tmp_path, count=CASES, store=str(place.url))), time.monotonic()
    for seed in range(KILLS):
        killed.run(seed)
    elapsed = time.monotonic() - began
    killed.close()
    study = opened(killed.plan)
    store = study._study.store
    assert store.verify() == []
    assert len(killed.shown) > 2
    assert len(killed.done) > 1
    rows = {(row.case, row.arm): row for row in store.readings()}
    assert killed.done <= {which for which, row in rows.items() if row.done}
    assert killed.shown.keys() <= rows.keys()
    for (case, arm), shown in killed.shown.items():
        check(store.events("R1", case, arm), shown, an_image(int(case[-2:])))
    assert sum(row.active_s + row.idle_s + row.paused_s for row in rows.values()) <= elapsed
    for row in rows.values():
        folder = killed.plan.parent / "study-results" / "R1" / f"{row.position:03}-{row.case}"
        assert not row.done or (folder / "lesions.nii.gz").exists()
    if SOAK:
        events = sum(len(shown) for shown in killed.shown.values())
        read = f"{len(killed.done)} of {len(rows)} readings done"
        sys.stdout.write(f"{place.name}: {KILLS} kills: {events} states shown, {read}; {elapsed:.0f} s\n")
    study.close()
