"""What is left of a journal after kills, cuts and lost files."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from study.hand_clock import HandClock

from NENSegmentationLib.study.durations import Durations
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.journal import Journal, read_events, verify
from NENSegmentationLib.study.timer import Timer

WRITER = """
import itertools, pathlib, sys
from NENSegmentationLib.study.journal import Journal, Kind
journal = Journal.open(pathlib.Path(sys.argv[1]), "this case")
for n in itertools.count():
    blob = bytes([n % 251]) * (n % 7 * 900)
    print(journal.record(Kind.ADDED, lesion=n, place=None, rule="fixed", blob=blob).sequence, flush=True)
"""

BREAKER = """
import os, pathlib, signal, sys
from NENSegmentationLib.study.journal import Journal, Kind
journal = Journal.open(pathlib.Path(sys.argv[1]), "this case")
for n in range(int(sys.argv[2])):
    journal.record(Kind.ADDED, lesion=n, place=None, rule="fixed", blob=bytes([n % 251]) * (n % 5 * 3000))
os.kill(os.getpid(), signal.SIGKILL)
"""


OPENER = """
import itertools, pathlib, sys
from NENSegmentationLib.study.journal import Journal, Kind
for n in itertools.count():
    with Journal.open(pathlib.Path(sys.argv[1]), "this case") as journal:
        print(journal.record(Kind.UNDONE).sequence, flush=True)
"""


def killed_after(path, count: int) -> None:
    ran = subprocess.run([sys.executable, "-c", BREAKER, str(path), str(count)])
    assert ran.returncode == -signal.SIGKILL


def log_of(path):
    return path.with_name(f"{path.name}-wal")


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A journal of 21 events: the first is in the file, the others still in its log."""
    path = tmp_path_factory.mktemp("killed") / "case.journal"
    killed_after(path, 20)
    return path


@pytest.fixture(scope="module")
def whole(killed, tmp_path_factory):
    """The same, closed in order: 23 events in one file."""
    path = tmp_path_factory.mktemp("whole") / "case.journal"
    shutil.copy(killed, path)
    shutil.copy(log_of(killed), log_of(path))
    Journal.open(path, "this case").close()
    return path


@pytest.fixture
def copy(killed, path):
    shutil.copy(killed, path)
    shutil.copy(log_of(killed), log_of(path))
    return path


@pytest.mark.parametrize("seed", range(6))
def test_whatever_was_reported_as_recorded_is_there_after_a_kill(path, seed):
    reported = 0
    for _ in range(2):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        for _ in range(random.Random(seed).randrange(1, 120)):
            reported = int(writer.stdout.readline())
        writer.kill()
        reported = max([reported, *map(int, writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
    with Journal.open(path, "this case") as journal:
        assert reported <= len(journal.events()) - 1 <= reported + 2
        assert journal.verify() == ()
    assert verify(path) == ()


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_while_opening_or_closing_loses_nothing_either(path, seed):
    chance = random.Random(seed)
    opener = subprocess.Popen([sys.executable, "-c", OPENER, str(path)], stdout=subprocess.PIPE, text=True)
    for _ in range(chance.randrange(1, 20)):
        reported = int(opener.stdout.readline())
    time.sleep(chance.random() * 0.02)
    opener.kill()
    reported = max([reported, *map(int, opener.stdout.read().split())])
    opener.wait()
    opener.stdout.close()
    with Journal.open(path, "this case") as journal:
        assert len(journal.events()) > reported
        assert journal.verify() == ()


def test_a_kill_between_two_events_leaves_nothing_to_warn_of(copy):
    with Journal.open(copy, "this case") as journal:
        assert journal.warnings == ()
        assert len(journal.events()) == 22


def test_what_is_left_in_the_log_from_before_it_was_last_emptied_is_not_taken_for_damage(path):
    killed_after(path, 250)
    assert log_of(path).stat().st_size > 2_000_000
    with Journal.open(path, "this case") as journal:
        assert journal.warnings == ()
        assert len(journal.events()) == 252


def test_of_two_that_open_a_damaged_journal_one_gets_it(whole, path):
    path.write_bytes(whole.read_bytes()[:-4096])
    with Journal.open(path, "this case"), pytest.raises(JournalError, match="is open in another window or program"):
        Journal.open(path, "this case")


def test_a_journal_that_may_not_be_touched_is_refused_in_words(path, monkeypatch):
    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "exists", forbidden)
    with pytest.raises(
        JournalError, match=r"^case.journal: .* may not be read or written\. Put the case where you may"
    ):
        Journal.open(path, "this case")


def test_verifying_a_killed_journal_leaves_it_as_it_is(copy):
    before = copy.read_bytes(), log_of(copy).read_bytes()
    assert verify(copy) == ()
    assert len(read_events(copy)) == 21
    assert (copy.read_bytes(), log_of(copy).read_bytes()) == before


def test_refusing_a_killed_journal_leaves_it_as_it_is(copy):
    before = copy.read_bytes(), log_of(copy).read_bytes()
    with pytest.raises(JournalError, match="another case"):
        Journal.open(copy, "another case")
    assert (copy.read_bytes(), log_of(copy).read_bytes()) == before


def test_a_kill_loses_at_most_a_heartbeat_and_never_counts_the_time_until_the_reopening(path):
    code = """
import os, pathlib, signal, sys
from study.hand_clock import HandClock
from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.timer import Timer
hand = HandClock()
timer = Timer(Journal.open(pathlib.Path(sys.argv[1]), "this case", hand.clock()), heartbeat_s=10)
timer.shown(case="A", reader="R1")
hand.wait_ticking(timer, 38)
os.kill(os.getpid(), signal.SIGKILL)
"""
    testing = str(Path(__file__).resolve().parent.parent)
    subprocess.run([sys.executable, "-c", code, str(path)], env=os.environ | {"PYTHONPATH": testing})
    hand = HandClock()
    hand.wait(5000)
    with Journal.open(path, "this case", hand.clock()) as journal:
        timer = Timer(journal)
        hand.wait(70)
        assert timer.durations() == Durations(active_s=30, idle_s=0, paused_s=0)
        timer.shown(case="A", reader="R1")
        hand.wait(4)
        timer.done()
    assert timer.durations() == Durations(active_s=34, idle_s=0, paused_s=0)


@pytest.mark.parametrize("size", [1, 50, 99, 100, 2000, 4095])
def test_a_file_without_a_whole_first_page_is_refused_and_left_as_it_is(whole, path, size):
    path.write_bytes(whole.read_bytes()[:size])
    with pytest.raises(JournalError, match=r"Move it away to begin a new one\.$"):
        Journal.open(path, "this case")
    assert path.read_bytes() == whole.read_bytes()[:size]


@pytest.mark.parametrize("cut", [1, 4096, 5000, 8000, 10000, 20000, 30000, 50000, 70000, 90000])
def test_a_file_cut_off_in_the_middle_keeps_its_first_events(whole, path, cut):
    content = whole.read_bytes()
    path.write_bytes(content[:-cut])
    expected = read_events(whole)
    with Journal.open(path, "this case") as journal:
        kept = len(journal.events()) - 2
        assert journal.events()[:kept] == expected[:kept]
        (warning,) = journal.warnings
        assert warning.startswith(
            f"case.journal: the journal breaks off or is damaged after its first {kept} events. "
            "They are whole and count; the rest was set aside as case.journal.damaged-20"
        )
        assert journal.events()[-1].payload == {"kept": kept}
        assert journal.verify() == ()
    (aside,) = path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == content[:-cut]
    with Journal.open(path, "this case") as journal:
        assert journal.warnings == ()


@pytest.mark.parametrize("cut", [*range(1, 200, 13), *range(200, 4000, 311)])
def test_a_small_file_that_lost_the_page_of_its_first_event_is_refused_as_damaged(path, cut):
    Journal.open(path, "this case").close()
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(
        JournalError, match=r"the journal is damaged from its beginning\. Move it away to begin a new one"
    ):
        Journal.open(path, "this case")


def test_a_file_cut_at_every_place_is_never_taken_for_an_altered_one(whole, path):
    content = whole.read_bytes()
    for cut in range(1, len(content) - 4096, 997):
        path.write_bytes(content[:-cut])
        assert "the journal is damaged after its first" in verify(path)[0]


def test_nearly_all_of_a_file_that_lost_its_last_page_is_kept(whole, path):
    path.write_bytes(whole.read_bytes()[:-4096])
    with Journal.open(path, "this case") as journal:
        assert journal.events()[-1].payload["kept"] >= 18


@pytest.mark.parametrize("cut", [1, 5000, 20000, 60000])
def test_a_log_cut_off_in_the_middle_of_an_event_keeps_the_events_before(killed, copy, cut):
    content = log_of(killed).read_bytes()
    log_of(copy).write_bytes(content[:-cut])
    expected = read_events(killed)
    with Journal.open(copy, "this case") as journal:
        kept = len(journal.events()) - 2
        assert 0 < kept < 21
        assert journal.events()[:kept] == expected[:kept]
        assert f"after its first {kept} events. They are whole and count; the rest was set aside" in journal.warnings[0]
    (aside,) = copy.parent.glob("*.damaged-*-wal")
    assert aside.read_bytes() == content[:-cut]


@pytest.mark.parametrize("place", [3, 20, 32 + 50, 32 + 4120 * 3 + 100, 32 + 4120 * 3 + 9])
def test_a_wrong_byte_in_the_log_is_not_passed_over_in_silence(copy, place):
    content = bytearray(log_of(copy).read_bytes())
    content[place] ^= 0x55
    log_of(copy).write_bytes(content)
    with Journal.open(copy, "this case") as journal:
        assert len(journal.warnings) == 1
        assert journal.events()[-1].kind is Kind.SALVAGED
        assert journal.verify() == ()


def test_a_log_that_was_lost_is_said(copy):
    log_of(copy).unlink()
    with Journal.open(copy, "this case") as journal:
        (warning,) = journal.warnings
    assert warning.startswith("case.journal: the journal was not closed, and case.journal-wal, which may hold its last")
    assert warning.endswith("The 1 events that are here count; if it was copied, copy that file too.")


def test_a_file_that_is_empty_is_begun_anew_and_said(path):
    path.touch()
    with Journal.open(path, "this case") as journal:
        assert journal.warnings == (
            "case.journal: the journal was empty, so nothing of an earlier one is left. A new one begins.",
        )


def test_a_last_event_that_is_not_as_it_was_written_is_set_aside(copy):
    Journal.open(copy, "this case").close()
    content = copy.read_bytes()
    assert content.count(b'"lesion":19') == 1
    last = read_events(copy)[-3:]
    assert [event.kind for event in last] == [Kind.ADDED, Kind.OPENED, Kind.CLOSED]
    copy.write_bytes(content.replace(last[-1].hash.encode(), b"0" * 64))
    assert verify(copy) == ("case.journal: the journal is damaged after its first 22 events.",)
    with Journal.open(copy, "this case") as journal:
        assert "is damaged after its first 22 events" in journal.warnings[0]


def test_a_file_damaged_from_its_beginning_is_refused(whole, path):
    content = whole.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    with pytest.raises(JournalError, match=r"the journal is damaged from its beginning. Move it away to begin a new"):
        Journal.open(path, "this case")


def test_a_kill_before_the_salvaged_file_is_in_its_place_is_made_good(copy, whole):
    shutil.copy(whole, copy.with_name("case.journal.salvaged"))
    with Journal.open(copy, "this case") as journal:
        assert len(journal.events()) == 24
        assert journal.warnings == ()
    assert [file.name for file in copy.parent.iterdir()] == ["case.journal"]


def test_a_damaged_file_that_cannot_be_set_aside_is_refused_and_left_as_it_is(whole, path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    path.write_bytes(whole.read_bytes()[:-4096])
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(JournalError, match="is damaged at its end, and there is no room to set the rest aside"):
        Journal.open(path, "this case")
    assert path.read_bytes() == whole.read_bytes()[:-4096]
