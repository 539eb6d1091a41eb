"""A store on a server of PostgreSQL: what only a server can suffer, and a reading that outlasts it."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest
from study.postgresql_server import GUARDED, PASSWORD
from study.store_places import PostgresqlPlace

from NENSegmentationLib.study import backlog, store_postgresql
from NENSegmentationLib.study.errors import JournalError, ServerGoneError
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.store import Store
from NENSegmentationLib.study.timer import Timer


@pytest.fixture
def place(server):
    return PostgresqlPlace(server)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a reading goes on."""
    monkeypatch.setattr(backlog, "LOOK_EVERY_S", 0.05)
    return tmp_path / "unsent"


@contextmanager
def away(server, mode="immediate"):
    """Let the server be gone for a while."""
    server.stop(mode)
    try:
        yield
    finally:
        server.start()


def opened(place, folder=None):
    return Store.open(place.url, "this study", unsent=folder)


def wait_until_sent(journal):
    until = time.monotonic() + 20
    while journal.unsent:
        assert time.monotonic() < until
        time.sleep(0.05)
        journal.record(Kind.HEARTBEAT)


def undone(place):
    with opened(place) as store:
        assert store.verify() == []
        return [row.undos for row in store.readings()]


def refused(url, **options):
    with pytest.raises(JournalError) as error:
        Store.open(url, "this study", **options)
    assert PASSWORD not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_reading_goes_on_while_the_server_is_away_and_all_of_it_arrives(place, folder, server, mode):
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        journal.record(Kind.UNDONE)
        with away(server, mode):
            for n in range(5):
                journal.record(Kind.ADDED, lesion=n, place=None, rule="fixed", blob=bytes([n]) * 1000)
            assert journal.unsent == 5
            assert len(list(folder.iterdir())) >= 1
        wait_until_sent(journal)
        assert list(folder.iterdir()) == []
        journal.record(Kind.UNDONE)
    with opened(place) as store:
        assert store.verify() == []
        assert [(row.adds, row.undos) for row in store.readings()] == [(5, 2)]


def test_the_time_of_a_reading_runs_on_while_the_server_is_away(place, folder, server, hand):
    with (
        Store.open(place.url, "this study", hand.clock(), unsent=folder) as store,
        store.reading("R1", "C01", "blank") as journal,
    ):
        timer = Timer(journal)
        timer.shown(case="C01", reader="R1")
        hand.wait(10)
        with away(server):
            timer.activity()
            hand.wait(20)
            timer.done(lesions=1, volume_ml=2.0)
        wait_until_sent(journal)
    with opened(place) as store:
        (row,) = store.readings()
    assert (row.done, row.active_s, row.volume_ml) == (True, 30, 2.0)


def test_a_reading_that_was_closed_without_its_server_is_sent_before_the_next(place, folder, server):
    with opened(place, folder) as store:
        with away(server), pytest.raises(ServerGoneError, match="its server does not answer"):
            store.reading("R1", "C01", "blank")
        with store.reading("R1", "C01", "blank") as journal:
            server.stop()
            journal.record(Kind.UNDONE)
        server.start()
        assert len(list(folder.iterdir())) == 1
        assert [row.undos for row in store.readings()] == [1]
        # The same reader, at once: the session that ended without the server holds nobody up.
        store.reading("R1", "C02", "blank").close()
    assert undone(place) == [1, 0]
    assert list(folder.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from NENSegmentationLib.study.store import Kind, Store
store = Store.open(sys.argv[1], "this study", unsent=Path(sys.argv[2]))
journal = store.reading("R1", "C01", "blank")
print("open", flush=True)
sys.stdin.readline()
for n in range(7):
    journal.record(Kind.UNDONE)
    print(journal.unsent, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_program_kept_while_the_server_was_away_is_sent_when_the_study_is_opened(place, folder, server):
    program = subprocess.Popen(
        [sys.executable, "-c", KILLED, place.url, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout.readline() == "open\n"
    with away(server):
        said, _ = program.communicate("go on\n")
        assert said.split() == list("1234567")
        assert "cannot be reached" in refused(place.url, unsent=folder)
    with opened(place, folder) as store:
        assert store.warnings == ()
        with store.reading("R1", "C01", "blank") as journal:
            assert [event.kind for event in journal.events()].count(Kind.UNDONE) == 7
    assert undone(place) == [7]


def test_what_cannot_be_added_because_the_reading_went_on_elsewhere_is_kept_and_said(place, folder, server, hand):
    journal = (store := opened(place, folder)).reading("R1", "C01", "blank")
    server.stop()
    journal.record(Kind.UNDONE)
    journal.close()
    store.close()
    server.start()
    place.wait(1000, hand)
    with opened(place) as elsewhere, elsewhere.reading("R1", "C01", "blank") as other:
        other.record(Kind.UNDONE)
    with opened(place, folder) as store:
        assert len(store.warnings) == 1
        assert (
            "2 events were kept here while the server was away, and the reading went on in another" in store.warnings[0]
        )
        with store.reading("R1", "C01", "blank") as journal:
            assert journal.warnings == store.warnings
    assert len(list(folder.iterdir())) == 1
    assert undone(place) == [1]


def test_an_event_of_which_the_server_lost_only_its_answer_is_there_once(place, folder, monkeypatch):
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        add = store._database.add

        def written_but_not_answered(*row):
            add(*row)
            message = "gone"
            raise ServerGoneError(message)

        with monkeypatch.context() as patched:
            patched.setattr(store._database, "add", written_but_not_answered)
            journal.record(Kind.UNDONE)
        wait_until_sent(journal)
    assert undone(place) == [1]


def test_a_file_that_was_sent_and_left_there_by_a_kill_is_taken_away_even_if_the_reading_went_on(place, folder, server):
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        server.stop()
        journal.record(Kind.UNDONE)
    server.start()
    (file,) = folder.iterdir()
    copy = file.read_bytes()
    with opened(place, folder) as store:
        store.reading("R1", "C01", "blank").close()
    file.write_bytes(copy)
    with opened(place, folder) as store:
        assert store.warnings == ()
    assert list(folder.iterdir()) == []
    assert undone(place) == [1]


def test_a_file_that_was_altered_meanwhile_is_not_sent_and_said(place, folder, server):
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        server.stop()
        journal.record(Kind.UNDONE)
    server.start()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b"undone", b"redone"))
    with opened(place, folder) as store:
        assert store.warnings == (
            f"{file.name}: the events in this file are damaged or were altered. Give an unaltered copy.",
        )
    assert file.exists()


def test_a_file_that_was_being_made_when_the_program_was_killed_is_taken_away(place, folder):
    with opened(place, folder) as store:
        folder.mkdir()
        (folder / f"{store._database.genesis[:8]}-1-R1-C01-01234567.unsent").touch()
        (folder / "notes.unsent").touch()
        assert store.readings() == []
        assert store.warnings == ()
    assert [file.name for file in folder.iterdir()] == ["notes.unsent"]


def test_without_a_folder_a_reading_waits_for_its_server_and_goes_on_then(place, server):
    with opened(place) as store, store.reading("R1", "C01", "blank") as journal:
        with away(server), pytest.raises(ServerGoneError, match="Check the network, or wait until it is back"):
            journal.record(Kind.UNDONE)
        journal.record(Kind.REDONE)
    assert undone(place) == [0]


def test_a_folder_that_cannot_be_made_leaves_the_reading_where_it_was(place, folder, server):
    folder.write_text("a file is in its place")
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        with away(server), pytest.raises(JournalError):
            journal.record(Kind.UNDONE)
        journal.record(Kind.REDONE)
    assert undone(place) == [0]


def test_a_full_disk_of_the_readers_machine_is_said_and_the_reading_goes_on_when_there_is_room(place, folder, server):
    with opened(place, folder) as store, store.reading("R1", "C01", "blank") as journal:
        with away(server):
            journal.record(Kind.UNDONE)
            local = journal._unsent._connection
            (pages,) = local.execute("PRAGMA page_count").fetchone()
            local.execute(f"PRAGMA max_page_count = {pages}")
            with pytest.raises(
                JournalError, match=r"\.unsent: .* could not be written because the disk is full\. Free"
            ):
                journal.record(Kind.ADDED, lesion=1, place=None, rule="fixed", blob=bytes(100_000))
            local.execute("PRAGMA max_page_count = 1000000")
            journal.record(Kind.REDONE)
        wait_until_sent(journal)
    with opened(place) as store:
        assert [(row.adds, row.undos) for row in store.readings()] == [(0, 1)]
        assert store.verify() == []


def test_a_server_that_is_away_at_the_start_is_said_in_one_sentence(place, server):
    with away(server):
        assert refused(place.url) == (
            f"{place.name}: the store of this study cannot be reached: its server does not answer. Check the network, "
            "or wait until it is back."
        )


def test_a_host_that_nobody_knows_is_said_without_its_password():
    said = refused(f"postgresql://reader:{PASSWORD}@nowhere.invalid/study")
    assert said.startswith("nowhere.invalid/study: the store of this study cannot be reached")


@pytest.mark.parametrize(
    ("user", "database", "expected"),
    [
        (GUARDED, "postgres", "asks for a password. Put it into the file .pgpass, or into the variable PGPASSWORD."),
        (f"{GUARDED}:{PASSWORD}0", "postgres", "refused this user or password. Correct them"),
        ("nobody", "postgres", "is not on this server: there is no such database or user. Correct the address."),
        ("study", "nothing", "is not on this server: there is no such database or user. Correct the address."),
    ],
)
def test_a_server_that_lets_nobody_in_says_why(server, user, database, expected):
    assert expected in refused(server.url("public", user, database))


def test_a_password_in_the_address_or_the_environment_opens_the_store_and_is_nowhere_shown(place, server, monkeypatch):
    server.execute(place.schema, f"GRANT ALL ON SCHEMA {place.schema} TO {GUARDED}")
    with Store.open(server.url(place.schema, f"{GUARDED}:{PASSWORD}"), "this study") as store:
        assert PASSWORD not in store._database.name + repr(store._database._dialect.engine)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    Store.open(server.url(place.schema, GUARDED), "this study").close()


def test_a_reader_needs_no_right_but_to_add(place, server):
    opened(place).close()
    server.execute(
        place.schema,
        f"GRANT USAGE ON SCHEMA {place.schema} TO {GUARDED}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {place.schema} TO {GUARDED}",
        f"GRANT INSERT ON readings, events, leases TO {GUARDED}",
        f"GRANT UPDATE, DELETE ON leases TO {GUARDED}",
    )
    url = server.url(place.schema, f"{GUARDED}:{PASSWORD}")
    with Store.open(url, "this study") as store, store.reading("R1", "C01", "blank") as journal:
        journal.record(Kind.UNDONE)
    assert undone(place) == [1]
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in ("UPDATE events SET wall = ''", "TRUNCATE events", "DROP TRIGGER events_update ON events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_reader_without_the_right_to_add_is_told_so(place, server):
    opened(place).close()
    server.execute(
        place.schema,
        f"GRANT USAGE ON SCHEMA {place.schema} TO {GUARDED}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {place.schema} TO {GUARDED}",
    )
    url = server.url(place.schema, f"{GUARDED}:{PASSWORD}")
    with (
        Store.open(url, "this study") as store,
        pytest.raises(JournalError, match=r"may not be written to by this user\. Ask whoever runs the study"),
    ):
        store.reading("R1", "C01", "blank")


def test_the_owner_cannot_empty_a_table_either(place):
    opened(place).close()
    for table in ("events", "readings", "nensegmentation_store"):
        assert "rows are only added" in place.refusal(f"TRUNCATE {table} CASCADE")


def test_a_database_of_something_else_is_refused(place, server):
    server.execute(place.schema, "CREATE TABLE patients (name TEXT)")
    assert "is a database of something else. Give the one of this study, or an empty one." in refused(place.url)


def test_each_schema_of_a_database_may_hold_a_study(server):
    for number in range(2):
        with Store.open(server.url(server.new_schema()), f"study {number}") as store:
            store.reading("R1", "C01", "blank").close()
            assert len(store.readings()) == 1


def test_a_store_that_is_not_there_is_not_made_unless_it_is_wanted(place):
    assert "is not there yet. It begins with the first reading" in refused(place.url, make=False)
    assert place.meddle("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") == [(0,)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("53100", "could not be written because the disk of the server is full. Ask whoever runs the server."),
        ("25006", "may only be read on this server. Give the server that is written to."),
        ("XX001", "is damaged. Ask whoever runs the server for a whole copy."),
        ("22000", "cannot be used (as told). Ask whoever runs the server."),
    ],
)
def test_what_goes_wrong_on_the_server_is_said_and_the_event_did_not_happen(place, state, expected):
    with opened(place) as store, store.reading("R1", "C01", "blank") as journal:
        place.server.execute(
            place.schema,
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '{state}', DETAIL = 'a row'; END $$",
            "CREATE TRIGGER fail BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fail()",
        )
        with pytest.raises(JournalError) as error:
            journal.record(Kind.UNDONE)
        assert expected in str(error.value)
        place.server.execute(place.schema, "DROP TRIGGER fail ON events")
        journal.record(Kind.REDONE)
    assert undone(place) == [0]


def test_a_store_that_another_session_holds_is_said(place, monkeypatch):
    monkeypatch.setattr(store_postgresql, "BUSY_S", 0.05)
    with opened(place) as store, psycopg.connect(place.url) as other:
        other.execute("LOCK TABLE readings IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(JournalError, match="is held by another session that does not let go of it"):
            store.reading("R1", "C01", "blank")


def test_machines_agree_on_who_reads_by_the_clock_of_the_server(place, hand):
    hand.wait(10**9)
    with (
        Store.open(place.url, "this study", hand.clock()) as fast,
        opened(place) as right,
        fast.reading("R1", "C01", "blank"),
        pytest.raises(JournalError, match="R1 is reading in another window or on another machine"),
    ):
        right.reading("R1", "C02", "blank")


def test_without_the_driver_it_is_said_what_is_missing():
    code = """
import sys
sys.modules["psycopg"] = None
from NENSegmentationLib.study.errors import JournalError
from NENSegmentationLib.study.store import Store
try:
    Store.open("postgresql://reader@server/study", "this study")
except JournalError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout.startswith("a store on PostgreSQL needs the Python package psycopg[binary]. Install it")
