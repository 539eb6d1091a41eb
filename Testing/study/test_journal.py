from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from NENSegmentationLib import __version__
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.events import Kind, sealed
from NENSegmentationLib.study.journal import Journal, read_events, verify


def write(path, count: int = 5) -> None:
    with Journal.open(path, "this case") as journal:
        for lesion in range(count):
            journal.record(Kind.DELETED, lesion=lesion, place=[1.5, -2.0, 3.25])


def change(path, *statements: str) -> None:
    """Do behind the journal's back what the tables forbid."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for trigger in ("events_are_not_altered", "events_are_not_deleted"):
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.execute(statement)


def test_a_new_journal_begins_with_its_case(journal):
    (event,) = journal.events()
    assert (event.sequence, event.kind) == (1, Kind.OPENED)
    assert event.payload == {"case_key": "this case", "software": __version__}
    assert event.previous == "0" * 64


def test_an_event_has_its_time_on_both_clocks(journal, hand):
    hand.wait(2.5)
    event = journal.record(Kind.UNDONE)
    assert event.wall == "2026-01-01T12:00:02.500000+00:00"
    assert event.elapsed_ns == 1_002_500_000_000


def test_each_event_carries_the_hash_of_the_one_before(journal):
    first = journal.record(Kind.UNDONE)
    assert journal.record(Kind.REDONE).previous == first.hash


def test_reopening_brings_back_every_event_as_it_was(path):
    with Journal.open(path, "this case") as journal:
        journal.record(Kind.ADDED, lesion=7, place=[0.1, 2.0, 3.0], rule="fixed", blob=b"\x00mask\xff")
        before = journal.events()
    with Journal.open(path, "this case") as journal:
        assert journal.events()[: len(before)] == before
        assert [event.kind for event in journal.events(len(before))] == [Kind.CLOSED, Kind.OPENED]
        assert journal.warnings == ()


def test_each_opening_is_a_run_of_its_own(path):
    write(path)
    write(path)
    assert len({event.run for event in read_events(path)}) == 2


def test_events_after_a_number_are_the_later_ones(journal):
    journal.record(Kind.UNDONE)
    journal.record(Kind.REDONE)
    assert [event.sequence for event in journal.events(2)] == [3]


def test_numbers_of_numpy_become_plain_ones(journal):
    event = journal.record(Kind.DELETED, lesion=np.int32(3), place=np.array([1.5, 2.0, np.float32(0.25)]))
    assert event.payload == {"lesion": 3, "place": [1.5, 2.0, 0.25]}


def test_a_journal_closed_in_order_is_one_file(path):
    write(path)
    assert [file.name for file in path.parent.iterdir()] == ["case.journal"]


def test_closing_twice_does_nothing(path):
    journal = Journal.open(path, "this case")
    journal.close()
    journal.close()
    assert [event.kind for event in read_events(path)] == [Kind.OPENED, Kind.CLOSED]


def test_the_tables_refuse_to_alter_or_delete(path):
    write(path)
    with closing(sqlite3.connect(path)) as connection:
        for statement in ("UPDATE events SET kind = 'done'", "DELETE FROM events"):
            with pytest.raises(sqlite3.DatabaseError, match="events are only added"):
                connection.execute(statement)


def test_a_payload_without_what_replaying_needs_is_refused(journal):
    with pytest.raises(TypeError, match=r"^the event 'deleted' lacks lesion, place\.$"):
        journal.record(Kind.DELETED)


def test_an_added_lesion_without_its_mask_is_refused(journal):
    with pytest.raises(TypeError, match=r"^the event 'added' lacks its array\.$"):
        journal.record(Kind.ADDED, lesion=1, place=None, rule="fixed")


def test_a_value_that_json_does_not_know_is_refused(journal):
    with pytest.raises(TypeError, match="PosixPath has no place in JSON"):
        journal.record(Kind.UNDONE, where=journal.path)


def test_a_number_that_is_not_finite_is_refused(journal):
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.record(Kind.DELETED, lesion=1, place=[float("nan"), 0, 0])


def test_a_closed_journal_refuses_in_words(path):
    journal = Journal.open(path, "this case")
    journal.close()
    with pytest.raises(JournalError, match=r"^case.journal: the journal is closed. Open the case again\.$"):
        journal.record(Kind.UNDONE)


def test_the_journal_of_another_case_is_refused_and_left_as_it_is(path):
    write(path)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"^case.journal: this is the journal of another case. Open that case"):
        Journal.open(path, "another case")
    assert path.read_bytes() == before


def test_a_journal_of_a_newer_version_is_refused(path):
    write(path)
    change(path, "PRAGMA user_version = 2")
    with pytest.raises(JournalError, match=r"a newer version of NENSegmentation \(journal version 2, this one knows 1"):
        Journal.open(path, "this case")


def test_an_event_that_this_version_does_not_know_is_refused(path):
    write(path)
    last = read_events(path)[-1]
    row = sealed(last.sequence + 1, last.run, "sung", "{}", None, last.wall, last.elapsed_ns, last.hash)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    with pytest.raises(JournalError, match=r"does not know an event of the journal .* Update NENSegmentation\.$"):
        read_events(path)


def test_another_sqlite_file_is_refused(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE patients (name)")
    with pytest.raises(JournalError, match=r"^case.journal: this is no journal of NENSegmentation\."):
        Journal.open(path, "this case")


def test_a_text_file_is_refused(path):
    path.write_text("dear diary " * 100)
    with pytest.raises(JournalError, match=r"is no journal, or is damaged from its beginning. Move it away"):
        Journal.open(path, "this case")


def test_a_folder_that_does_not_exist_is_refused(path):
    with pytest.raises(JournalError, match="Put the case in a folder that exists and where you may write"):
        Journal.open(path.parent / "none" / "case.journal", "this case")


def test_reading_a_journal_that_does_not_exist_makes_none(path):
    with pytest.raises(JournalError, match=r"case.journal: the journal of this case cannot be opened"):
        read_events(path)
    assert not path.exists()


@pytest.mark.parametrize("use", [lambda path: Journal.open(path, "this case"), read_events, verify])
@pytest.mark.usefixtures("journal")
def test_a_journal_that_is_open_is_refused_in_the_same_process(path, use):
    with pytest.raises(JournalError, match=r"is open in another window or program. Close it there first\.$"):
        use(path)


def test_a_journal_that_is_open_is_refused_in_another_process(journal, path):
    code = (
        "import sys, pathlib\n"
        "from NENSegmentationLib.study.journal import Journal, JournalError\n"
        "try: Journal.open(pathlib.Path(sys.argv[1]), 'this case')\n"
        "except JournalError as error: print(error)\n"
    )
    other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert other.stdout == (
        "case.journal: the journal of this case is open in another window or program. Close it there first.\n"
    )
    assert journal.record(Kind.UNDONE).sequence == 2


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("database or disk is full", "could not be written because the disk is full. Free some space, then go on."),
        ("attempt to write a readonly database", "may not be written to. Put the case where you may write."),
        ("disk I/O error", "could not be read or written by the disk. Free some space, or check the disk"),
        ("database disk image is malformed", "is damaged. Close the case and open it again: what is whole is kept."),
        ("something new", r"cannot be used \(something new\). Move it away to begin a new one."),
    ],
)
def test_what_sqlite_says_becomes_a_sentence(journal, monkeypatch, said, sentence):
    def fail(*_):
        raise sqlite3.OperationalError(said)

    with monkeypatch.context() as patched:
        patched.setattr("NENSegmentationLib.study.database.insert", fail)
        with pytest.raises(JournalError, match=f"^case.journal: the journal of this case {sentence}"):
            journal.record(Kind.UNDONE)
    assert [event.kind for event in journal.events()] == [Kind.OPENED]


def test_a_disk_that_is_full_is_a_sentence_and_the_journal_stays_usable(path):
    code = """
import pathlib, resource, sys
from NENSegmentationLib.study.journal import Journal, JournalError, Kind
journal = Journal.open(pathlib.Path(sys.argv[1]), "this case")
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
recorded = 0
try:
    while True:
        journal.record(Kind.UNDONE)
        recorded += 1
except JournalError as error:
    sys.stderr.write(str(error))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
journal.record(Kind.REDONE)
journal.close()
print(recorded)
"""
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert ran.stderr.startswith("case.journal: the journal of this case could not be ")
    kinds = [event.kind for event in read_events(path)]
    assert kinds == [Kind.OPENED, *[Kind.UNDONE] * int(ran.stdout), Kind.REDONE, Kind.CLOSED]


def test_a_whole_chain_has_no_fault(journal, path):
    journal.record(Kind.UNDONE)
    assert journal.verify() == ()
    journal.close()
    assert verify(path) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET payload = replace(payload, '1.5', '9.5') WHERE sequence = 3",
        "UPDATE events SET elapsed_ns = elapsed_ns - 1 WHERE sequence = 3",
        "UPDATE events SET wall = '2020-01-01T00:00:00.000000+00:00' WHERE sequence = 3",
        "UPDATE events SET kind = 'accepted' WHERE sequence = 3",
        "UPDATE events SET blob = x'00' WHERE sequence = 3",
        "UPDATE events SET elapsed_ns = 'soon' WHERE sequence = 3",
    ],
)
def test_an_altered_event_is_found(path, statement):
    write(path)
    change(path, statement)
    assert verify(path) == ("case.journal: event 3 of the journal was altered or taken out after it was written.",)


def test_every_altered_event_is_found(path):
    write(path)
    change(path, "UPDATE events SET kind = 'undone' WHERE sequence IN (2, 5)")
    assert [sentence.split(" of ")[0] for sentence in verify(path)] == [
        "case.journal: event 2",
        "case.journal: event 5",
    ]


def test_an_event_that_was_taken_out_is_found(path):
    write(path)
    change(path, "DELETE FROM events WHERE sequence = 3")
    assert verify(path) == ("case.journal: event 3 of the journal was altered or taken out after it was written.",)


def test_an_altered_journal_is_refused_and_left_as_it_is(path):
    write(path)
    change(path, "UPDATE events SET kind = 'accepted' WHERE sequence = 3")
    before = path.read_bytes()
    with pytest.raises(
        JournalError, match=r"event 3 of the journal was altered or .* Give the unaltered file, or move"
    ):
        Journal.open(path, "this case")
    with pytest.raises(
        JournalError, match=r"event 3 of the journal was altered or .* Open the case to mend it, or give"
    ):
        read_events(path)
    assert path.read_bytes() == before
