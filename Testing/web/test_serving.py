"""The server as its readers know it: addresses, sessions that come back, uploads, and the end of it all."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import time
from pathlib import Path

import aiohttp
import pytest
from study.study_folder import write_study
from web.a_server import Server, children_of, is_alive
from web.a_tab import a_tab, multipart

from NENSegmentationLib.web.serving import Serving
from NENSegmentationLib.web.serving_access import Access
from NENSegmentationLib.web.serving_checks import SEAT


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


TOKEN = "a-token-of-thirty-characters--"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    """One case for everybody, under a token that was given."""
    with Server(tmp_path_factory.mktemp("one") / "data", case="/nowhere/case-7", token=TOKEN) as server:
        yield server


HOSPITAL = {"names": ["reader.hospital.example"]}
"""Everybody brings their own; no session begins before somebody comes."""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory):
    with Server(tmp_path_factory.mktemp("hospital") / "data", most_sessions=50, **HOSPITAL) as server:
        yield server


@pytest.fixture(scope="module")
def inside(hospital: Server) -> str:
    """The cookie of one who uploads again and again; each upload takes the place of the one before."""
    return hospital.cookie()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory):
    """A server that may have one session, and has it."""
    with Server(tmp_path_factory.mktemp("full") / "data", most_sessions=1, **HOSPITAL) as server:
        assert server.ask("/", headers={"Cookie": server.cookie()}).status == 200
        yield server


@pytest.fixture(scope="module")
def a_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with the readers R1 and R2."""
    return write_study(tmp_path_factory.mktemp("study"), readers=["R1", "R2"], images=False)


@pytest.fixture(scope="module")
def study_server(tmp_path_factory: pytest.TempPathFactory, a_study: Path):
    with Server(tmp_path_factory.mktemp("readers") / "data", study=str(a_study), token=TOKEN) as server:
        yield server


def uploads(data: Path, cookie: str = "=.") -> list[str]:
    """What lies in the folders of uploads, of all or of one who has this cookie."""
    seat = cookie.partition("=")[2].partition(".")[0]
    found = (path for path in (data / "uploads").rglob("*") if path.is_file() and seat in str(path))
    return sorted(path.name for path in found if path.name != "lock")


def kept(server: Server, cookie: str) -> list[str]:
    """What is kept of the uploads of one."""
    return uploads(Path(server.request["data"]), cookie)


def upload(server: Server, cookie: str, files: dict[str, bytes]):
    headers, body = multipart(files)
    answer = server.ask("/upload", method="POST", headers=server.inside(cookie, **headers), body=body)
    return answer.status, json.loads(answer.body)["message"]


# Addresses.


def test_the_address_has_a_new_random_token_each_time(tmp_path):
    tokens = set()
    for number in range(2):
        with Server(tmp_path / str(number), **HOSPITAL) as server:
            assert server.said["addresses"][0]["address"].startswith(f"http://127.0.0.1:{server.port}/?token=")
            tokens.add(server.token)
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 43


def test_the_address_leads_to_the_page_and_leaves_the_token_behind(hospital, inside):
    page = hospital.ask("/", headers={"Cookie": inside})
    assert page.status == 200
    assert b"vue.global.js" in page.body
    assert hospital.token.encode() not in page.body
    assert hospital.token not in inside


def test_the_page_is_named_after_the_program_only(hospital, inside):
    assert "<title>NENSegmentation</title>" in hospital.ask("/", headers={"Cookie": inside}).text


def test_a_token_of_ones_own_is_taken(server):
    assert server.ask("/", headers={"Cookie": server.cookie(TOKEN)}).status == 200


def test_a_token_that_can_be_guessed_is_refused(data):
    with Server(data, token="short") as server:
        assert server.said == {
            "event": "error",
            "message": "the token has 5 characters and can be guessed. Give at least 16.",
        }


def test_a_port_that_is_taken_is_said(server, tmp_path):
    with Server(tmp_path / "other", port=server.port) as other:
        assert other.said["event"] == "error"
        assert other.said["message"].startswith(f"the server cannot listen at 127.0.0.1, port {server.port} (")


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    with Server(tmp_path / "file" / "data", log=tmp_path / "server.log") as server:
        assert server.said["message"].endswith("Name another: --data.")


def test_health_needs_no_token_and_says_nothing_else(hospital):
    answer = hospital.ask("/health")
    assert json.loads(answer.body) == {"status": "ok", "version": "0.1.0"}


def test_data_are_for_this_user_only(server):
    data = Path(server.request["data"])
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (data, *data.iterdir())} == {
        "data": "0o700",
        "journals": "0o700",
        "uploads": "0o700",
    }


# Sessions.


def come(server: Server, work):
    """Open the page of a server in a tab, and do something there."""

    async def opened():
        async with a_tab(server, server.cookie(TOKEN)) as tab:
            return await work(tab)

    return asyncio.run(opened())


async def clicked(tab) -> int:
    """Click, and return how often that was done in all."""
    await tab.trigger("click")
    return (await tab.state())["clicks"]


def test_a_session_shows_the_case_and_keeps_what_is_done(server):
    async def read(tab):
        return (await tab.state())["shown"], await clicked(tab)

    shown, clicks = come(server, read)
    assert shown == "case-7"
    assert (Path(server.request["data"]) / "journals" / "count.journal").read_text() == str(clicks)


def test_what_a_session_writes_for_a_while_lies_in_its_private_folder(server):
    server.ask("/", headers={"Cookie": server.cookie(TOKEN)})
    (pid,) = children_of(server.process.pid)
    surroundings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    (folder,) = [Path(os.fsdecode(one[7:])) for one in surroundings if one.startswith(b"TMPDIR=")]
    assert folder.is_relative_to(Path(server.request["data"]) / "uploads")
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_two_browsers_have_sessions_apart_from_each_other(hospital, inside):
    before = set(children_of(hospital.process.pid))

    async def read():
        async with a_tab(hospital, inside) as one, a_tab(hospital, hospital.cookie()) as other:
            earlier = (await one.state())["clicks"], (await other.state())["clicks"]
            await one.trigger("click")
            later = (await one.state())["clicks"], (await other.state())["clicks"]
            return [now - then for now, then in zip(later, earlier, strict=True)]

    assert asyncio.run(read()) == [1, 0]
    assert len(set(children_of(hospital.process.pid)) - before) in (1, 2)


def test_on_ones_own_machine_all_browsers_have_the_same_session(server):
    assert server.cookie(TOKEN) == server.cookie(TOKEN)


def test_a_browser_that_opens_the_address_again_keeps_its_session(hospital, inside):
    again = hospital.ask(f"/?token={hospital.token}", headers={"Cookie": inside})
    assert again.headers["set-cookie"].partition(";")[0] == inside


def test_more_sessions_than_there_may_be_are_refused(full):
    refused = full.ask("/", headers={"Cookie": full.cookie()})
    assert refused.status == 503
    assert "1 cases are open on this server, which is all that it may have." in refused.text


def test_an_upload_for_which_no_session_can_begin_is_refused_in_a_sentence(full):
    status, sentence = upload(full, full.cookie(), {"1.dcm": b"good" + bytes(124) + b"DICM"})
    assert status == 422
    assert sentence.startswith("1 cases are open on this server, which is all that it may have.")


def test_an_upload_for_which_the_disk_has_no_room_is_refused_in_a_sentence():
    class FullSessions:
        async def running(self, _seat, _reader):
            raise OSError(errno.ENOSPC, "No space left on device", "/data/uploads")

    async def ask():
        serving = Serving(Access(None), FullSessions(), None, str)
        return await serving._taken_in({SEAT: "browser-1"}, None)

    answer = asyncio.run(ask())
    assert answer.status == 422
    assert json.loads(answer.body)["message"] == (
        "The server could not take the upload in (No space left on device). Ask who runs it to look at its disk, and "
        "upload again."
    )


def test_the_second_tab_takes_over_and_the_first_is_told(server):
    async def read(first):
        clicks = await clicked(first)
        async with a_tab(server, server.cookie(TOKEN)) as second:
            return await first.closed(), (await second.state())["clicks"] - clicks

    (code, sentence), lost = come(server, read)
    assert (code, lost) == (4001, 0)
    assert sentence.startswith("the case is open in another tab or browser now")


def test_the_first_tab_cannot_come_back_by_itself(server):
    async def read(first):
        cookie = server.cookie(TOKEN)
        async with a_tab(server, cookie) as second:
            await first.closed()
            async with (
                aiohttp.ClientSession(headers=server.inside(cookie)) as client,
                client.ws_connect(first.address) as again,
            ):
                await again.receive()
                return again.close_code, (await second.state())["shown"]

    assert come(server, read) == (4001, "case-7")


def test_a_web_socket_that_broke_comes_back_to_the_same_session(server):
    async def break_off(tab):
        clicks = await clicked(tab)
        tab.socket._response.connection.transport.abort()
        return clicks

    async def look(tab):
        return (await tab.state())["clicks"]

    clicks, pids = come(server, break_off), children_of(server.process.pid)
    assert (come(server, look), children_of(server.process.pid)) == (clicks, pids)


def test_a_process_that_dies_is_told_in_one_sentence_and_the_case_comes_back(server):
    async def kill(tab):
        clicks = await clicked(tab)
        os.kill(children_of(server.process.pid)[0], signal.SIGKILL)
        return clicks, *await tab.closed()

    async def look(tab):
        return (await tab.state())["clicks"]

    clicks, code, sentence = come(server, kill)
    assert (code, sentence) == (
        4002,
        "the process that showed this case ended by itself. Everything done until then is saved.",
    )
    page = server.ask("/", headers={"Cookie": server.cookie(TOKEN)})
    assert page.status == 503
    assert "The process that showed this case ended by itself." in page.text
    assert 'href="/again"' in page.text
    again = server.ask("/again", headers={"Cookie": server.cookie(TOKEN)})
    assert (again.status, again.headers["location"]) == (303, "/")
    assert come(server, look) == clicks


def test_a_server_that_was_killed_and_started_again_has_the_case_as_it_was(data):
    server = Server(data, case="/nowhere/case-7", token=TOKEN)
    assert come(server, clicked) == 1
    children = children_of(server.process.pid)
    server.kill()
    assert not any(is_alive(pid) for pid in _after(children))
    with Server(data, case="/nowhere/case-7", token=TOKEN) as again:
        assert come(again, clicked) == 2


def test_a_session_that_nobody_uses_is_saved_and_ended_and_can_be_opened_again(data):
    with Server(data, case="/nowhere/case-7", idle_minutes=1 / 60) as server:
        cookie = server.cookie()

        async def wait():
            async with a_tab(server, cookie) as tab:
                await tab.trigger("click")
                return children_of(server.process.pid), *await tab.closed()

        children, code, sentence = asyncio.run(wait())
        assert (code, sentence) == (4003, "the case was not used for a while, so it was saved and closed.")
        page = server.ask("/", headers={"Cookie": cookie})
        assert "The case was not used for a while" in page.text
        assert _after(children) == []
        assert (data / "journals" / "count.closed").exists()


def test_an_upload_that_nobody_uses_is_gone_and_the_page_says_so(data):
    with Server(data, idle_minutes=1 / 60) as server:
        cookie = server.cookie()
        upload(server, cookie, {"1.dcm": b"good" + bytes(124) + b"DICM"})

        async def wait():
            async with a_tab(server, cookie) as tab:
                return await tab.closed()

        assert asyncio.run(wait())[0] == 4003
        assert "Upload them again: it goes on where it was left." in server.ask("/", headers={"Cookie": cookie}).text
        # The next session begins when the one before has saved everything.
        assert server.ask("/again", headers={"Cookie": cookie}).status == 303
        assert server.ask("/", headers={"Cookie": cookie}).status == 200
        assert uploads(data) == []


@pytest.mark.parametrize("how", ["standard input", signal.SIGTERM, signal.SIGINT])
def test_a_server_that_ends_saves_and_ends_its_sessions(data, how):
    server = Server(data, case="/nowhere/case-7")
    server.ask("/", headers={"Cookie": server.cookie()})
    children = children_of(server.process.pid)
    if how != "standard input":
        os.kill(server.process.pid, how)
        server.process.wait(30)
    assert server.stop() == 0
    assert (data / "journals" / "count.closed").exists()
    assert [pid for pid in children if is_alive(pid)] == []
    assert list((data / "uploads").iterdir()) == []


def _after(pids: list[int]) -> list[int]:
    """Those that are still there in a moment."""
    for _ in range(100):
        if not any(is_alive(pid) for pid in pids):
            return []
        time.sleep(0.1)
    return pids


# Studies.


def test_each_reader_of_a_study_has_an_address_and_a_session_of_their_own(study_server):
    cookies = {reader: study_server.cookie(study_server.token_of(reader)) for reader in ("R1", "R2")}

    async def read():
        async with a_tab(study_server, cookies["R1"]) as one, a_tab(study_server, cookies["R2"]) as other:
            return (await one.state())["reader"], (await other.state())["reader"]

    assert asyncio.run(read()) == ("R1", "R2")


def test_the_addresses_of_readers_stay_when_the_token_does(study_server, data, a_study):
    tokens = [study_server.token_of(reader) for reader in ("R1", "R2")]
    with Server(data, study=str(a_study), token=TOKEN) as server:
        assert [server.token_of(reader) for reader in ("R1", "R2")] == tokens
    assert tokens[0] != tokens[1]


def test_nothing_can_be_uploaded_in_a_study(study_server):
    cookie = study_server.cookie(study_server.token_of("R1"))
    headers, body = multipart({"1.dcm": b"good"})
    inside = study_server.inside(cookie, **headers)
    assert study_server.ask("/upload", method="POST", headers=inside, body=body).status == 405
    assert b"drop.js" not in study_server.ask("/", headers={"Cookie": cookie}).body


# Uploads.


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory):
    """A server that ended, and what lay in its uploads before: one was good, one was not."""
    data = tmp_path_factory.mktemp("ended") / "data"
    with Server(data, case="/nowhere/Secret^Name") as server:
        cookie = server.cookie()
        assert upload(server, cookie, {"Secret^Name/1.dcm": b"good" + bytes(124) + b"DICM"}) == (200, "")
        assert upload(server, cookie, {"Secret^Name/2.dcm": b"evil" + bytes(124) + b"DICM"})[0] == 422
        before = uploads(data)
    return server, before


def test_what_is_uploaded_is_kept_while_the_server_runs_and_gone_at_the_end(ended):
    server, before = ended
    assert before == ["1.dcm"]
    assert list((Path(server.request["data"]) / "uploads").iterdir()) == []


def test_the_log_names_no_patient_no_file_and_no_token(ended):
    server, _ = ended
    log = server.log.read_text()
    assert "a session began; 1 of 8" in log
    assert [word for word in ("Secret", "1.dcm", "2.dcm", server.token) if word in log] == []


def test_what_cannot_be_opened_is_said_and_gone_at_once(hospital, inside):
    before = kept(hospital, inside)
    status, sentence = upload(hospital, inside, {"evil.dcm": b"evil" + bytes(124) + b"DICM"})
    assert status == 422
    assert sentence.endswith("this is no good. Upload another.")
    assert kept(hospital, inside) == before


def test_a_disk_that_fails_is_said_and_the_session_goes_on(hospital, inside):
    assert upload(hospital, inside, {"1.dcm": b"disk" + bytes(124) + b"DICM"}) == (
        422,
        "The images cannot be read (Input/output error). Check the disk of the server.",
    )
    assert upload(hospital, inside, {"1.dcm": b"good" + bytes(124) + b"DICM"}) == (200, "")


def test_another_upload_takes_the_place_of_the_one_before(hospital, inside):
    for name in ("one.dcm", "two.dcm"):
        assert upload(hospital, inside, {name: b"good" + bytes(124) + b"DICM"}) == (200, "")
    assert kept(hospital, inside) == ["two.dcm"]


def test_an_upload_comes_back_when_its_process_died(data):
    with Server(data) as server:
        cookie = server.cookie()
        upload(server, cookie, {"1.dcm": b"good" + bytes(124) + b"DICM"})
        os.kill(children_of(server.process.pid)[0], signal.SIGKILL)

        async def read():
            while server.ask("/", headers={"Cookie": cookie}).status != 503:
                await asyncio.sleep(0.05)
            server.ask("/again", headers={"Cookie": cookie})
            async with a_tab(server, cookie) as tab:
                return (await tab.state())["shown"]

        assert asyncio.run(asyncio.wait_for(read(), 30)) != "nothing"


def choose(server: Server, cookie: str, choice: object):
    answer = server.ask("/choose", method="POST", headers=server.inside(cookie), body=json.dumps(choice).encode())
    return answer.status, json.loads(answer.body)["message"]


@pytest.fixture
def a_case_without_a_day(hospital, inside) -> str:
    """The cookie of one who has uploaded it."""
    status, sentence = upload(hospital, inside, {"1.dcm": b"when" + bytes(124) + b"DICM"})
    assert (status, sentence.partition(": ")[2]) == (422, "the day of the injection is not said. Name it.")
    return inside


def test_what_an_upload_lacks_can_be_said_without_uploading_it_again(hospital, a_case_without_a_day):
    assert choose(hospital, a_case_without_a_day, {"injection_date": "2024-03-21"}) == (200, "")
    assert kept(hospital, a_case_without_a_day) == ["1.dcm"]
    assert choose(hospital, a_case_without_a_day, {}) == (
        422,
        "No upload waits for a choice. Upload the case again.",
    )


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({"injection_date": "yesterday"}, "'yesterday' is no day. Give it as 2024-03-21."),
        ({"frame": "0"}, "'0' is no number of a frame. Give one from 1."),
        ({"frame": "²"}, "'²' is no number of a frame. Give one from 1."),
        ([], "This is no choice of a series, a frame or a day. Choose on the page."),
    ],
)
def test_a_choice_that_is_none_is_said_and_the_upload_waits_on(hospital, a_case_without_a_day, choice, sentence):
    assert choose(hospital, a_case_without_a_day, choice) == (422, sentence)
    assert choose(hospital, a_case_without_a_day, {"injection_date": "2024-03-21"}) == (200, "")


def test_the_next_upload_takes_the_place_of_one_that_waits(hospital, a_case_without_a_day):
    assert upload(hospital, a_case_without_a_day, {"2.dcm": b"good" + bytes(124) + b"DICM"}) == (200, "")
    assert kept(hospital, a_case_without_a_day) == ["2.dcm"]


def test_what_a_killed_server_left_is_removed_by_the_next(data):
    server = Server(data)
    upload(server, server.cookie(), {"1.dcm": b"good" + bytes(124) + b"DICM"})
    server.kill()
    assert uploads(data) == ["1.dcm"]
    with Server(data, **HOSPITAL):
        assert uploads(data) == []


def test_a_server_leaves_the_uploads_of_another_that_runs(hospital, inside):
    data = Path(hospital.request["data"])
    upload(hospital, inside, {"1.dcm": b"good" + bytes(124) + b"DICM"})
    with Server(data, log=data.parent / "other.log", **HOSPITAL):
        assert kept(hospital, inside) == ["1.dcm"]
