"""The store of a study: readings, what it refuses, and what it finds altered."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from study.ordinary_user import folder_for_all, refused_to_an_ordinary_user

from NENSegmentationLib.study import lease, store_schema, store_sqlite
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.skipping import Skipped, SkipReason
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.timer import Timer


@pytest.fixture
def store(place, hand):
    with Store.open(place.url, "this study", hand.clock()) as store:
        yield store


@pytest.fixture
def file(tmp_path):
    """Where a store in a file is to be, for what only a file can suffer."""
    return tmp_path / "study.db"


def fill(url):
    """Make a store of two readings: C01 with events 1 to 6, C02 with events 1 to 3."""
    with Store.open(url, "this study") as store:
        with store.reading("R1", "C01", "blank") as journal:
            for n in range(4):
                journal.record(Kind.DELETED, lesion=n, place=None)
        with store.reading("R1", "C02", "blank") as journal:
            journal.record(Kind.UNDONE)


@pytest.fixture
def filled(place):
    """A store of two readings, closed."""
    fill(place.url)
    return place


@pytest.fixture
def filled_file(file):
    """The same in a file."""
    fill(file)
    return file


def faults(place):
    with Store.open(place.url, "this study") as store:
        return store.verify()


def test_a_reading_gives_a_row_with_its_times_counts_and_outcome(store, hand):
    with store.reading("R1", "C07", "ensemble", position=3, block=2, training=True) as journal:
        timer = Timer(journal, idle_after_s=60)
        timer.shown(case="C07", reader="R1")
        hand.wait(20)
        timer.activity()
        journal.record(Kind.DELETED, lesion=3, place=None)
        journal.record(Kind.MARKED_PHYSIOLOGICAL, lesion=4)
        journal.record(Kind.UNDONE)
        journal.record(Kind.RENAMED, lesion=5, name="Liver")
        hand.wait(100)
        timer.activity()
        timer.pause()
        hand.wait(7)
        timer.resume()
        timer.done(lesions=12, volume_ml=33.5)
        journal.record(Kind.RATED, rating=4, comment="fair")
    (row,) = store.readings()
    assert (row.reader, row.position, row.case, row.arm, row.block, row.training) == (
        "R1",
        3,
        "C07",
        "ensemble",
        2,
        True,
    )
    assert (row.active_s, row.idle_s, row.paused_s, row.done) == (80, 40, 7, True)
    assert (row.deletes, row.adds, row.undos, row.other_actions) == (2, 0, 1, 1)
    assert (row.rating, row.comment, row.lesions, row.volume_ml) == (4, "fair", 12, 33.5)
    assert row.voxel_dice is None


def test_a_reading_goes_on_where_it_was_left_and_the_time_between_does_not_count(place, hand):
    for _ in range(2):
        with Store.open(place.url, "this study", hand.clock()) as store, store.reading("R1", "C01", "blank") as journal:
            timer = Timer(journal)
            timer.shown(case="C01", reader="R1")
            hand.wait(10)
        hand.wait(5000)
    with Store.open(place.url, "this study") as store:
        assert [(row.active_s, row.idle_s) for row in store.readings()] == [(20, 0)]


def test_without_a_position_a_reading_is_the_next_of_its_reader(store):
    for reader, case in (("R1", "C01"), ("R2", "C01"), ("R1", "C02")):
        store.reading(reader, case, "blank").close()
    assert [(row.reader, row.position) for row in store.readings()] == [("R1", 1), ("R2", 1), ("R1", 2)]


def test_two_readers_read_at_once(store):
    with store.reading("R1", "C01", "blank") as one, store.reading("R2", "C01", "blank") as other:
        one.record(Kind.UNDONE)
        other.record(Kind.UNDONE)
    assert store.verify() == []


def test_a_case_that_does_not_load_is_recorded_without_the_name_of_a_file(store):
    with store.reading("R1", "C01", "blank") as journal:
        journal.skip(SkipReason.IMAGES)
    assert store.skipped() == [Skipped("R1", "C01", "blank", "its PET or CT cannot be read")]


def test_a_case_that_was_skipped_and_shown_later_is_not_skipped(store):
    with store.reading("R1", "C01", "blank") as journal:
        journal.skip(SkipReason.IMAGES)
        Timer(journal).shown(case="C01", reader="R1")
    assert store.skipped() == []


def test_a_case_was_last_seen_at_its_last_event_on_the_screen(store, hand):
    with store.reading("R1", "C01", "blank", block=2) as journal:
        (begun,) = store.states("R1")
        timer = Timer(journal)
        timer.shown(case="C01", reader="R1")
        hand.wait(60)
        timer.done()
        done = hand.wall
        hand.wait(3600)
    store.reading("R2", "C01", "blank").close()
    assert (begun.case, begun.arm, begun.block, begun.done, begun.last_seen) == ("C01", "blank", 2, False, None)
    assert store.states("R1") == [replace(begun, done=True, last_seen=done)]
    assert [one.reader for one in store.states()] == ["R1", "R2"]


def test_a_second_session_of_a_reader_is_refused(store, place):
    with (
        store.reading("R1", "C01", "blank"),
        pytest.raises(
            JournalError,
            match=rf"^{place.name}: R1 is reading in another window or .* Close the case there first, or wait 120 s if",
        ),
    ):
        store.reading("R1", "C02", "blank")


def test_a_session_elsewhere_that_is_silent_is_taken_over_and_refused_its_next_event(store, place, hand, monkeypatch):
    journal = store.reading("R1", "C01", "blank")
    monkeypatch.setattr(lease.platform, "node", lambda: "another machine")
    place.wait(lease.LEASE_S - 1, hand)
    with pytest.raises(JournalError, match="is reading in another window"):
        store.reading("R1", "C01", "blank")
    place.wait(1, hand)
    with store.reading("R1", "C01", "blank") as taken_over:
        assert [event.kind for event in taken_over.events()] == [Kind.OPENED, Kind.OPENED]
        with pytest.raises(
            JournalError, match=r"R1 went on in another session\. Close the case here; it goes on there"
        ):
            journal.record(Kind.UNDONE)
    assert store.verify() == []


def test_a_session_whose_process_died_is_taken_over_at_once(place):
    code = """
import os, signal, sys
from NENSegmentationLib.study.store import Store
Store.open(sys.argv[1], "this study").reading("R1", "C01", "blank")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code, str(place.url)])
    with Store.open(place.url, "this study") as store:
        store.reading("R1", "C01", "blank").close()


def test_a_reading_on_other_images_is_refused(store):
    store.reading("R1", "C01", "blank", case_key="these images").close()
    with pytest.raises(JournalError, match="R1, case C01: the images are not those it was begun with"):
        store.reading("R1", "C01", "blank", case_key="others")
    store.reading("R1", "C01", "blank", case_key="these images").close()


def test_a_journal_that_is_closed_says_so(store):
    journal = store.reading("R1", "C01", "blank")
    journal.close()
    with pytest.raises(JournalError, match=r"^R1-C01.journal: the journal is closed\. Open the case again"):
        journal.record(Kind.UNDONE)


def test_a_store_as_it_was_written_has_no_faults(filled):
    assert faults(filled) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET wall = ''",
        "UPDATE readings SET arm = ''",
        "DELETE FROM events",
        "DELETE FROM readings",
        "DELETE FROM nensegmentation_store",
    ],
)
def test_the_database_itself_refuses_changes(filled, statement):
    assert "rows are only added" in filled.refusal(statement)


C01_3 = ["R1, case C01, arm blank: event 3 was altered or taken out after it was written."]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE events SET payload = '{}' WHERE reading = 1 AND sequence = 3", C01_3),
        ("UPDATE events SET blob = 'text' WHERE reading = 1 AND sequence = 3", C01_3),
        ("UPDATE events SET elapsed_ns = 0 WHERE reading = 1 AND sequence = 3", C01_3),
        ("DELETE FROM events WHERE reading = 1 AND sequence = 3", C01_3),
        (
            "INSERT INTO events SELECT 2, 4, run, kind, payload, blob, wall, elapsed_ns, previous, hash "
            "FROM events WHERE reading = 1 AND sequence = 4",
            ["R1, case C02, arm blank: event 4 was altered or taken out after it was written."],
        ),
        (
            "UPDATE readings SET arm = 'ensemble' WHERE number = 1",
            ["reading 1 (R1, case C01, arm ensemble) was altered after it was begun."],
        ),
        (
            "DELETE FROM readings WHERE number = 1",
            [
                "reading 1 (before that of R1, case C02, arm blank) was altered or taken out.",
                "there are events of a reading that was taken out.",
            ],
        ),
    ],
)
def test_what_was_altered_is_found_and_named(filled, statement, expected):
    filled.meddle(statement)
    assert faults(filled) == [f"{filled.name}: {one}" for one in expected]


def test_an_altered_reading_does_not_go_on(filled):
    filled.meddle("DELETE FROM events WHERE reading = 1 AND sequence = 3")
    with Store.open(filled.url, "this study") as store:
        with pytest.raises(JournalError, match=r"event 3 was altered or taken out .* Give the unaltered store"):
            store.reading("R1", "C01", "blank")
        store.reading("R1", "C02", "blank").close()


def test_the_store_of_another_study_is_refused(filled):
    with pytest.raises(JournalError, match=r"belongs to another study, or the plan was changed .* or another store"):
        Store.open(filled.url, "another study")


def test_a_store_of_a_newer_version_is_refused(filled):
    filled.meddle("UPDATE nensegmentation_store SET version = 9")
    with pytest.raises(JournalError, match=r"newer version of NENSegmentation \(store version 9, this one knows 1\)"):
        Store.open(filled.url, "this study")


def test_a_store_of_an_older_version_is_brought_up_to_date_and_stays_whole(filled, monkeypatch):
    def add_a_column(connection):
        connection.execute(text("ALTER TABLE leases ADD COLUMN note TEXT"))

    monkeypatch.setattr(store_schema, "MIGRATIONS", (add_a_column,))
    monkeypatch.setattr(store_schema, "VERSION", 2)
    monkeypatch.setattr("NENSegmentationLib.study.store_database.VERSION", 2)
    for _ in range(2):
        assert faults(filled) == []
    assert filled.meddle("SELECT version FROM nensegmentation_store") == [(2,)]
    assert filled.meddle("SELECT note FROM leases") == []


def test_the_journal_of_a_case_is_no_store_and_is_left_as_it_is(tmp_path):
    path = tmp_path / "case.journal"
    Journal.open(path, "this case").close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="is another kind of file"):
        Store.open(path, "this study")
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(file):
    file.write_text("no database at all, " * 100)
    with pytest.raises(JournalError, match="is no store, or is damaged from its beginning"):
        Store.open(file, "this study")


def test_a_damaged_store_is_refused(filled_file):
    content = filled_file.read_bytes()
    filled_file.write_bytes(content[:8192] + b"\x55" * (len(content) - 8192))
    with pytest.raises(JournalError, match=r"the store of this study is damaged\. Give a whole copy of it"):
        Store.open(filled_file, "this study")


def test_a_folder_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(JournalError, match=r"cannot be opened or made there\. Put the study in a folder that exists"):
        Store.open(tmp_path / "nowhere" / "study.db", "this study")


def test_a_store_that_another_program_holds_is_said(filled_file, monkeypatch):
    monkeypatch.setattr(store_sqlite, "BUSY_S", 0.05)
    other = sqlite3.connect(filled_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        Store.open(filled_file, "this study") as store,
        pytest.raises(JournalError, match="is held by another program that does not let go of it"),
    ):
        store.reading("R1", "C01", "blank")
    other.close()


@pytest.mark.parametrize(("of_file", "of_folder"), [(0o444, 0o777), (0o666, 0o555)])
def test_a_store_that_may_not_be_written_is_said(of_file, of_folder):
    with folder_for_all() as folder:
        fill(folder / "study.db")
        (folder / "study.db").chmod(of_file)
        folder.chmod(of_folder)
        assert refused_to_an_ordinary_user(lambda: fill(folder / "study.db"), JournalError) == (
            "study.db: the store of this study may not be written to. Put the study where you may write."
        )


def test_a_folder_in_which_no_store_may_be_made_is_said():
    with folder_for_all() as folder:
        assert refused_to_an_ordinary_user(lambda: fill(folder / "study.db"), JournalError) == (
            "study.db: the store of this study cannot be opened or made there. Put the study in a folder that exists "
            "and where you may write."
        )


def test_a_full_disk_is_said_and_the_reading_goes_on_when_there_is_room(file):
    with Store.open(file, "this study") as store, store.reading("R1", "C01", "blank") as journal:
        with store._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(JournalError, match="could not be written because the disk is full"):
            journal.record(Kind.ADDED, lesion=1, place=None, rule="fixed", blob=bytes(100_000))
        with store._database.reading() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        journal.record(Kind.UNDONE)
    with Store.open(file, "this study") as store:
        assert [(row.adds, row.undos) for row in store.readings()] == [(0, 1)]
        assert store.verify() == []


@pytest.mark.parametrize(
    "url", ["mysql://reader:secret@server/study", "sqlite://", "postgresql://reader:secret@server"]
)
def test_the_url_of_something_else_is_refused_without_its_password(url):
    with pytest.raises(
        JournalError, match=r"and this URL names neither\. Give a file, such as study\.db, or"
    ) as refused:
        Store.open(url, "this study")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["://", "postgresql://reader:secret@server:port/study"])
def test_text_that_is_no_url_is_refused_without_what_is_in_it(url):
    with pytest.raises(JournalError, match=r"^the URL of the store cannot be read\. Give a file, such as") as refused:
        Store.open(url, "this study")
    assert "secret" not in str(refused.value)


def test_a_study_has_begun_with_its_first_reading(place):
    assert not Store.is_begun(place.url, "this study")
    with Store.open(place.url, "this study") as store:
        assert not Store.is_begun(place.url, "this study")
        store.reading("R1", "C01", "blank").close()
        assert Store.is_begun(place.url, "this study")


def test_to_ask_whether_a_study_has_begun_makes_no_file(file):
    assert not Store.is_begun(file, "this study")
    assert not file.exists()


def test_the_url_of_a_file_is_that_file(filled_file):
    with Store.open(f"sqlite:///{filled_file}", "this study") as store:
        assert len(store.readings()) == 2


def test_without_sqlalchemy_the_store_says_what_is_missing(file):
    code = """
import sys
sys.modules["sqlalchemy"] = None
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.store import Store
try:
    Store.open(sys.argv[1], "this study")
except JournalError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, env=os.environ)
    assert ran.stdout.startswith("a reader study needs the Python package SQLAlchemy. Install it")


def test_nothing_of_where_the_study_lies_is_in_its_store(filled_file):
    assert str(Path(filled_file).parent).encode() not in filled_file.read_bytes()
