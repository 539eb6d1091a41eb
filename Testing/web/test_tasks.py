"""Work beside the loop that an error ends: never in silence, and never with the name of a patient in the log."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from trame_server import Server

from NENSegmentationLib import web
from NENSegmentationLib.core.errors import NENSegmentationError
from NENSegmentationLib.web import tasks
from NENSegmentationLib.web.page import ReaderPage
from NENSegmentationLib.web.sessions import Conditions, Sessions

FAULT = "The server made an error, which is in its log. Everything done until then is saved; reload the page."
SECRET = "/data/Secret^Name/1.dcm"


async def breaks():
    raise ZeroDivisionError(SECRET)


@pytest.fixture
def lines(caplog):
    """What this package logs, a line each."""
    return lambda: [record.getMessage() for record in caplog.records if record.name == tasks.__name__]


def test_an_error_is_one_line_with_its_place_and_without_its_words(lines):
    async def work():
        with pytest.raises(ZeroDivisionError):
            await tasks.begin(breaks(), "a test")

    asyncio.run(work())
    (line,) = lines()
    assert re.fullmatch(r"a test: an error, ZeroDivisionError at test_tasks\.py:\d+", line)


def test_the_page_is_told_once(lines):
    told = []

    async def work():
        await asyncio.wait([tasks.begin(breaks(), "a test", lambda: told.append(1))])
        await asyncio.sleep(0)

    asyncio.run(work())
    assert (told, len(lines())) == ([1], 1)


def test_a_sentence_for_the_user_is_left_to_whoever_waits(lines):
    async def refuses():
        raise NENSegmentationError(SECRET)

    async def work():
        await asyncio.wait([tasks.begin(refuses(), "a test")])

    asyncio.run(work())
    assert lines() == []


def test_work_that_is_kept_goes_on_after_an_error(lines, monkeypatch):
    monkeypatch.setattr(tasks, "_FIRST_PAUSE_S", 0.0)
    told, done = [], []

    async def looks():
        if not told:
            await breaks()
        done.append(1)

    async def work():
        await tasks.keep(looks, "a test", lambda: told.append(1))

    asyncio.run(work())
    assert (told, done, len(lines())) == ([1], [1], 1)


def test_work_that_fails_each_time_does_not_fill_the_log(lines):
    async def work():
        task = tasks.keep(breaks, "a test")
        await asyncio.sleep(0.2)
        task.cancel()

    asyncio.run(work())
    assert len(lines()) == 1


def test_what_breaks_in_the_loop_and_nobody_waits_for_is_one_line_without_its_words(lines):
    def break_off():
        raise ZeroDivisionError(SECRET)

    async def work():
        tasks.watch_loop()
        asyncio.get_running_loop().call_soon(break_off)
        await asyncio.sleep(0)

    asyncio.run(work())
    (line,) = lines()
    assert re.fullmatch(r"the loop: an error, ZeroDivisionError at test_tasks\.py:\d+ < .+", line)
    assert "Secret" not in line


@pytest.fixture
def on_page(tmp_path):
    """Do something with a page that nobody serves."""

    def run(work):
        async def alone():
            request = {"case": None, "study": None, "reader": None, "is_shared": True}
            page = ReaderPage(Server("faults", client_type="vue3"), {**request, "journals": str(tmp_path / "journals")})
            try:
                await work(page)
                return page._room.state.message
            finally:
                page.close()

        return asyncio.run(alone())

    return run


@pytest.mark.parametrize(("part", "name"), [("_time", "show"), ("_study", "run")])
def test_a_part_of_the_page_that_breaks_is_said_in_the_page_and_in_the_log(on_page, lines, monkeypatch, part, name):
    monkeypatch.setattr("NENSegmentationLib.web.time_section._TICK_S", 0.0)

    async def work(page):
        monkeypatch.setattr(getattr(page, part), name, lambda: 1 / 0)
        page._start()
        await asyncio.sleep(0.1)

    assert on_page(work) == FAULT
    assert len(lines()) == 1


def test_a_view_that_cannot_be_drawn_is_said_and_drawn_again(on_page, lines, monkeypatch):
    monkeypatch.setattr(tasks, "_FIRST_PAUSE_S", 0.0)
    drawn = []

    async def work(page):
        stream = page._views._streams[0]

        def draw():
            drawn.append(1)
            if len(drawn) == 1:
                raise ZeroDivisionError(SECRET)

        monkeypatch.setattr(stream, "_draw", draw)
        page._start()
        for _ in range(2):
            stream.request()
            await asyncio.sleep(0.05)

    assert on_page(work) == FAULT
    assert (len(drawn), len(lines())) == (2, 1)
    assert SECRET not in lines()[0]


def test_an_action_of_the_reader_that_breaks_is_said_and_logged_without_a_name(on_page, lines):
    async def work(page):
        page._room.on("broken", lambda: 1 / 0)
        page._room.server.controller.trigger_fn("broken")()

    assert on_page(work) == FAULT
    (line,) = lines()
    assert line.startswith("the action broken of the page: an error, ZeroDivisionError at test_tasks.py:")


def test_the_look_for_idle_sessions_goes_on_after_an_error(tmp_path, lines, monkeypatch):
    monkeypatch.setattr(tasks, "_FIRST_PAUSE_S", 0.0)
    looks = []

    async def work():
        sessions = Sessions(Conditions({}, tmp_path, "nothing", idle_s=0.01))

        async def look():
            looks.append(1)
            await breaks()

        monkeypatch.setattr(sessions, "end_idle", look)
        task = tasks.keep(sessions.watch, "a test")
        while len(looks) < 2:
            await asyncio.sleep(0.01)
        task.cancel()

    asyncio.run(asyncio.wait_for(work(), 10))
    assert len(lines()) == len(looks)


def test_nothing_else_in_the_interface_begins_work_of_which_nobody_hears():
    begun = {
        path.name
        for path in Path(web.__file__).parent.glob("*.py")
        if re.search(r"create_task|ensure_future", path.read_text("utf-8"))
    }
    # The proxy and the child wait for theirs themselves.
    assert begun == {"tasks.py", "serving_proxy.py", "sessions_child.py"}
