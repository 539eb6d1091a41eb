"""Kills and many writers on the store of a study; `make soak` runs the long versions (SOAK=yes)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.store import Store

SOAK = os.environ.get("SOAK") == "yes"
KILLS = 200 if SOAK else 4
SECONDS = 60.0 if SOAK else 1.5

READER = """
import itertools, sys
from NENSegmentationLib.study.store import Kind, Store
from NENSegmentationLib.study.timer import Timer
journal = Store.open(sys.argv[1], "this study").reading("R1", "C01", "ensemble")
timer = Timer(journal)
timer.shown(case="C01", reader="R1")
for n in itertools.count():
    timer.activity()
    blob = bytes([n % 251]) * (n % 7 * 900)
    print(journal.record(Kind.ADDED, lesion=n, place=None, rule="fixed", blob=blob).sequence, flush=True)
"""

WRITER = """
import sys, time
from NENSegmentationLib.study.store import Kind, Store
with Store.open(sys.argv[1], "this study") as store, store.reading(sys.argv[2], "C01", "ensemble") as journal:
    until = time.monotonic() + float(sys.argv[3])
    while time.monotonic() < until:
        number = journal.record(Kind.UNDONE).sequence
    print(number)
"""


def program(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_kills_lose_nothing_that_was_reported_and_no_time_counts_twice(tmp_path):
    place, chance, reported, began = tmp_path / "study.db", random.Random(1), [], time.monotonic()
    for _ in range(KILLS):
        reader = program(READER, place)
        for _ in range(chance.randrange(1, 40)):
            reported.append(int(reader.stdout.readline()))
        time.sleep(chance.random() * 0.01)
        reader.kill()
        reported += map(int, reader.stdout.read().split())
        reader.communicate()
    with Store.open(place, "this study") as store:
        assert store.verify() == []
        with store.reading("R1", "C01", "ensemble") as journal:
            added = [event.sequence for event in journal.events() if event.kind is Kind.ADDED]
        (row,) = store.readings()
    assert set(reported) <= set(added)
    assert len(added) - len(reported) <= KILLS
    assert 0 < row.active_s <= time.monotonic() - began
    if SOAK:
        sys.stdout.write(f"{KILLS} kills: {len(reported)} events reported, {len(added)} in the store" + "\n")


def test_eight_processes_write_at_once_and_every_row_is_there(tmp_path):
    place = tmp_path / "study.db"
    writers = [program(WRITER, place, f"R{n}", SECONDS) for n in range(8)]
    said = [writer.communicate() for writer in writers]
    assert [errors for _, errors in said] == [""] * 8
    with Store.open(place, "this study") as store:
        assert store.verify() == []
        rows = {row.reader: row.undos for row in store.readings()}
    assert rows == {f"R{n}": int(written) - 1 for n, (written, _) in enumerate(said)}
    if SOAK:
        sys.stdout.write(
            f"8 writers for {SECONDS:.0f} s: {sum(rows.values())} events, {min(rows.values())} of the slowest" + "\n"
        )
