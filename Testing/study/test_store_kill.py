"""Kills and many writers on the store of a study; `make soak` runs the long versions (SOAK=yes), see Docs/soak.md."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

from study.store_places import PostgresqlPlace

from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.store import Store

SOAK = os.environ.get("SOAK") == "yes"
KILLS = 200 if SOAK else 20
SECONDS = 60.0 if SOAK else 1.5

# Begins one process after the other, each of which reads until it is killed; only the first has to load everything.
READERS = """
import itertools, os, sys
from pathlib import Path
from NENSegmentationLib.study.store import Kind, Store
from NENSegmentationLib.study.timer import Timer
import NENSegmentationLib.study.store_database
def say(word):
    os.write(1, f"{word}\\n".encode())  # at once: a kill falls before it or after it
for _ in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        say("over")
        continue
    say(os.getpid())
    unsent = Path(sys.argv[2]) if sys.argv[2:] else None
    journal = Store.open(sys.argv[1], "this study", unsent=unsent).reading("R1", "C01", "ensemble")
    timer = Timer(journal)
    timer.shown(case="C01", reader="R1")
    for n in itertools.count():
        timer.activity()
        blob = bytes([n % 251]) * (n % 7 * 900)
        say(journal.record(Kind.ADDED, lesion=n, place=None, rule="fixed", blob=blob).sequence)
"""

# Begins eight processes at once.
WRITERS = """
import os, sys, time
from NENSegmentationLib.study.store import Kind, Store
import NENSegmentationLib.study.store_database
for number in range(8):
    if os.fork() == 0:
        with Store.open(sys.argv[1], "this study") as store, store.reading(f"R{number}", "C01", "ensemble") as journal:
            until = time.monotonic() + float(sys.argv[2])
            while time.monotonic() < until:
                written = journal.record(Kind.UNDONE).sequence - 1
        os.write(1, f"R{number} {written}\\n".encode())
        break
else:
    for _ in range(8):
        os.wait()
"""


def tell(line):
    if SOAK:
        sys.stdout.write(f"{line}\n")


def program(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def kept(place, unsent):
    """Return the numbers of the events of the reading that the kills left, and its row."""
    with Store.open(place.url, "this study", unsent=unsent) as store:
        assert (store.verify(), store.warnings) == ([], ())
        with store.reading("R1", "C01", "ensemble") as journal:
            added = [event.sequence for event in journal.events() if event.kind is Kind.ADDED]
        return added, store.readings()[0]


def test_kills_lose_nothing_that_was_reported_and_no_time_counts_twice(place, tmp_path):
    chance, reported, began = random.Random(1), [], time.monotonic()
    readers = program(READERS, place.url)
    for _ in range(KILLS):
        print(file=readers.stdin, flush=True)
        child = int(readers.stdout.readline())
        reported += [int(readers.stdout.readline()) for _ in range(chance.randrange(1, 40))]
        time.sleep(chance.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        reported += map(int, iter(readers.stdout.readline, "over\n"))
    assert readers.communicate() == ("", "")
    added, row = kept(place, tmp_path)
    assert set(reported) <= set(added)
    assert len(added) - len(reported) <= KILLS
    assert 0 < row.active_s <= time.monotonic() - began
    tell(f"{place.name}: {KILLS} kills: {len(reported)} events reported, {len(added)} in the store")


def test_kills_of_a_reader_whose_server_was_killed_before_lose_nothing_that_was_reported(server, tmp_path):
    place, chance, reported, kills = PostgresqlPlace(server), random.Random(1), [], KILLS // 4
    readers = program(READERS, place.url, tmp_path)
    for _ in range(kills):
        print(file=readers.stdin, flush=True)
        child = int(readers.stdout.readline())
        reported += [int(readers.stdout.readline()) for _ in range(chance.randrange(1, 10))]
        server.stop()
        reported += [int(readers.stdout.readline()) for _ in range(chance.randrange(1, 40))]
        time.sleep(chance.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        reported += map(int, iter(readers.stdout.readline, "over\n"))
        server.start()
    assert readers.communicate() == ("", "")
    added, _ = kept(place, tmp_path)
    assert set(reported) <= set(added)
    assert len(added) - len(reported) <= 2 * kills
    assert list(tmp_path.iterdir()) == []
    tell(f"{place.name}: {kills} kills of server and reader: {len(reported)} events reported, {len(added)} there")


def test_eight_processes_write_at_once_and_every_row_is_there(place):
    said, errors = program(WRITERS, place.url, SECONDS).communicate()
    assert errors == ""
    with Store.open(place.url, "this study") as store:
        assert store.verify() == []
        rows = {row.reader: row.undos for row in store.readings()}
    assert [f"{reader} {undos}" for reader, undos in sorted(rows.items())] == sorted(said.splitlines())
    tell(
        f"{place.name}: 8 writers for {SECONDS:.0f} s: {sum(rows.values())} events, {min(rows.values())} of the slowest"
    )
