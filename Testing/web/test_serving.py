"""The server as its readers know it: addresses, sessions that come back, uploads, and the end of it all."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import time
from pathlib import Path

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


@pytest.fixture
def server(data: Path):
    """One case for everybody."""
    with Server(data, case="/nowhere/case-7") as server:
        yield server


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory):
    """A server that nobody harms."""
    with Server(tmp_path_factory.mktemp("steady") / "data") as server:
        yield server


HOSPITAL = {"names": ["reader.hospital.example"]}
"""Everybody brings their own."""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory):
    with Server(tmp_path_factory.mktemp("hospital") / "data", most_sessions=50, **HOSPITAL) as server:
        yield server


@pytest.fixture
def a_study(tmp_path: Path) -> Path:
    """A plan with the readers R1 and R2."""
    (tmp_path / "study").mkdir()
    return write_study(tmp_path / "study", readers=["R1", "R2"], images=False)


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
        with Server(tmp_path / str(number)) as server:
            assert server.said["addresses"][0]["address"].startswith(f"http://127.0.0.1:{server.port}/?token=")
            tokens.add(server.token)
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 43


def test_the_address_leads_to_the_page_and_leaves_the_token_behind(steady):
    cookie = steady.cookie()
    page = steady.ask("/", headers={"Cookie": cookie})
    assert page.status == 200
    assert b"vue.global.js" in page.body
    assert steady.token.encode() not in page.body
    assert steady.token not in cookie


def test_the_page_is_named_after_the_program_only(steady):
    assert "<title>NENSegmentation</title>" in steady.ask("/", headers={"Cookie": steady.cookie()}).text


def test_a_token_of_ones_own_is_taken(data):
    with Server(data, token="a-token-of-thirty-characters--") as server:
        assert server.ask("/", headers={"Cookie": server.cookie("a-token-of-thirty-characters--")}).status == 200


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


def test_health_needs_no_token_and_says_nothing_else(steady):
    answer = steady.ask("/health")
    assert json.loads(answer.body) == {"status": "ok", "version": "0.1.0"}


def test_data_are_for_this_user_only(steady):
    data = Path(steady.request["data"])
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (data, *data.iterdir())} == {
        "data": "0o700",
        "journals": "0o700",
        "uploads": "0o700",
    }


# Sessions.


def test_a_session_shows_the_case_and_keeps_what_is_done(server, data):
    async def read():
        async with a_tab(server, server.cookie()) as tab:
            assert (await tab.state())["shown"] == "case-7"
            await tab.trigger("click")

    asyncio.run(read())
    assert (data / "journals" / "count.journal").read_text() == "1"


def test_what_a_session_writes_for_a_while_lies_in_its_private_folder(server, data):
    server.ask("/", headers={"Cookie": server.cookie()})
    (pid,) = children_of(server.process.pid)
    surroundings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    (folder,) = [Path(os.fsdecode(one[7:])) for one in surroundings if one.startswith(b"TMPDIR=")]
    assert folder.is_relative_to(data / "uploads")
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_two_browsers_have_sessions_apart_from_each_other(data):
    with Server(data, **HOSPITAL) as server:

        async def read():
            async with (
                a_tab(server, server.cookie()) as one,
                a_tab(server, server.cookie()) as other,
            ):
                await one.trigger("click")
                return (await one.state())["clicks"], (await other.state())["clicks"]

        assert asyncio.run(read()) == (1, 0)
        assert len(children_of(server.process.pid)) == 2


def test_on_ones_own_machine_all_browsers_have_the_same_session(data):
    with Server(data) as server:
        assert server.cookie() == server.cookie()


def test_a_browser_that_opens_the_address_again_keeps_its_session(hospital):
    cookie = hospital.cookie()
    again = hospital.ask(f"/?token={hospital.token}", headers={"Cookie": cookie})
    assert again.headers["set-cookie"].partition(";")[0] == cookie


def test_more_sessions_than_there_may_be_are_refused(data):
    with Server(data, most_sessions=1, **HOSPITAL) as server:
        assert server.ask("/", headers={"Cookie": server.cookie()}).status == 200
        refused = server.ask("/", headers={"Cookie": server.cookie()})
        assert refused.status == 503
        assert "1 cases are open on this server, which is all that it may have." in refused.text


def test_an_upload_for_which_no_session_can_begin_is_refused_in_a_sentence(data):
    with Server(data, most_sessions=1, **HOSPITAL) as server:
        assert server.ask("/", headers={"Cookie": server.cookie()}).status == 200
        status, sentence = upload(server, server.cookie(), {"1.dcm": b"good" + bytes(124) + b"DICM"})
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
    async def read():
        cookie = server.cookie()
        async with a_tab(server, cookie) as first:
            await first.trigger("click")
            async with a_tab(server, cookie) as second:
                return await first.closed(), (await second.state())["clicks"]

    (code, sentence), clicks = asyncio.run(read())
    assert (code, clicks) == (4001, 1)
    assert sentence.startswith("the case is open in another tab or browser now")


def test_the_first_tab_cannot_come_back_by_itself(server):
    async def read():
        cookie = server.cookie()
        async with a_tab(server, cookie) as first, a_tab(server, cookie) as second:
            await first.closed()
            import aiohttp

            async with (
                aiohttp.ClientSession(headers=server.inside(cookie)) as client,
                client.ws_connect(first.address) as again,
            ):
                await again.receive()
                return again.close_code, (await second.state())["shown"]

    assert asyncio.run(read()) == (4001, "case-7")


def test_a_web_socket_that_broke_comes_back_to_the_same_session(server):
    async def read():
        cookie = server.cookie()
        async with a_tab(server, cookie) as tab:
            await tab.trigger("click")
            tab.socket._response.connection.transport.abort()
        pids = children_of(server.process.pid)
        async with a_tab(server, cookie) as tab:
            return (await tab.state())["clicks"], pids == children_of(server.process.pid)

    assert asyncio.run(read()) == (1, True)


def test_a_process_that_dies_is_told_in_one_sentence_and_the_case_comes_back(server):
    async def read():
        cookie = server.cookie()
        async with a_tab(server, cookie) as tab:
            await tab.trigger("click")
            os.kill(children_of(server.process.pid)[0], signal.SIGKILL)
            code, sentence = await tab.closed()
        page = server.ask("/", headers={"Cookie": cookie})
        again = server.ask("/again", headers={"Cookie": cookie})
        async with a_tab(server, cookie) as tab:
            return code, sentence, page, again, (await tab.state())["clicks"]

    code, sentence, page, again, clicks = asyncio.run(read())
    assert (code, sentence) == (
        4002,
        "the process that showed this case ended by itself. Everything done until then is saved.",
    )
    assert page.status == 503
    assert "The process that showed this case ended by itself." in page.text
    assert 'href="/again"' in page.text
    assert (again.status, again.headers["location"], clicks) == (303, "/", 1)


def test_a_server_that_was_killed_and_started_again_has_the_case_as_it_was(data):
    token = "the-token-of-this-server"

    async def click(server):
        async with a_tab(server, server.cookie(token)) as tab:
            await tab.trigger("click")
            return (await tab.state())["clicks"]

    server = Server(data, case="/nowhere/case-7", token=token)
    assert asyncio.run(click(server)) == 1
    children = children_of(server.process.pid)
    server.kill()
    assert not any(is_alive(pid) for pid in _after(children))
    with Server(data, case="/nowhere/case-7", token=token) as again:
        assert asyncio.run(click(again)) == 2


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


def test_each_reader_of_a_study_has_an_address_and_a_session_of_their_own(data, a_study):
    with Server(data, study=str(a_study)) as server:
        cookies = {reader: server.cookie(server.token_of(reader)) for reader in ("R1", "R2")}

        async def read():
            async with a_tab(server, cookies["R1"]) as one, a_tab(server, cookies["R2"]) as other:
                return (await one.state())["reader"], (await other.state())["reader"]

        assert asyncio.run(read()) == ("R1", "R2")


def test_the_addresses_of_readers_stay_when_the_token_does(data, a_study):
    tokens = []
    for _ in range(2):
        with Server(data, study=str(a_study), token="the-token-of-this-server") as server:
            tokens.append((server.token_of("R1"), server.token_of("R2")))
    assert tokens[0] == tokens[1]
    assert tokens[0][0] != tokens[0][1]


def test_nothing_can_be_uploaded_in_a_study(data, a_study):
    with Server(data, study=str(a_study)) as server:
        cookie = server.cookie(server.token_of("R1"))
        headers, body = multipart({"1.dcm": b"good"})
        assert server.ask("/upload", method="POST", headers=server.inside(cookie, **headers), body=body).status == 405
        assert b"drop.js" not in server.ask("/", headers={"Cookie": cookie}).body


# Uploads.


def test_what_is_uploaded_is_opened_and_gone_at_the_end(data):
    with Server(data) as server:
        cookie = server.cookie()
        assert upload(server, cookie, {"patient/PET/1.dcm": b"good" + bytes(124) + b"DICM"}) == (200, "")
        assert uploads(data) == ["1.dcm"]
    assert list((data / "uploads").iterdir()) == []


def test_what_cannot_be_opened_is_said_and_gone_at_once(hospital):
    cookie = hospital.cookie()
    status, sentence = upload(hospital, cookie, {"1.dcm": b"evil" + bytes(124) + b"DICM"})
    assert status == 422
    assert sentence.endswith("this is no good. Upload another.")
    assert kept(hospital, cookie) == []


def test_a_disk_that_fails_is_said_and_the_session_goes_on(hospital):
    cookie = hospital.cookie()
    assert upload(hospital, cookie, {"1.dcm": b"disk" + bytes(124) + b"DICM"}) == (
        422,
        "The images cannot be read (Input/output error). Check the disk of the server.",
    )
    assert upload(hospital, cookie, {"1.dcm": b"good" + bytes(124) + b"DICM"}) == (200, "")


def test_another_upload_takes_the_place_of_the_one_before(hospital):
    cookie = hospital.cookie()
    for name in ("one.dcm", "two.dcm"):
        assert upload(hospital, cookie, {name: b"good" + bytes(124) + b"DICM"}) == (200, "")
    assert kept(hospital, cookie) == ["two.dcm"]


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
def a_case_without_a_day(hospital) -> str:
    """The cookie of one who has uploaded it."""
    cookie = hospital.cookie()
    status, sentence = upload(hospital, cookie, {"1.dcm": b"when" + bytes(124) + b"DICM"})
    assert (status, sentence.partition(": ")[2]) == (422, "the day of the injection is not said. Name it.")
    return cookie


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
    with Server(data):
        assert uploads(data) == []


def test_a_server_leaves_the_uploads_of_another_that_runs(hospital):
    cookie, data = hospital.cookie(), Path(hospital.request["data"])
    upload(hospital, cookie, {"1.dcm": b"good" + bytes(124) + b"DICM"})
    with Server(data):
        assert uploads(data, cookie) == ["1.dcm"]


def test_the_log_names_no_patient_no_file_and_no_token(data):
    with Server(data, case="/nowhere/Secret^Name") as server:
        cookie = server.cookie()
        upload(server, cookie, {"Secret^Name/1.dcm": b"good" + bytes(124) + b"DICM"})
        upload(server, cookie, {"Secret^Name/1.dcm": b"evil" + bytes(124) + b"DICM"})
        token = server.token
    log = server.log.read_text()
    assert "a session began; 1 of 8" in log
    assert [word for word in ("Secret", "1.dcm", token) if word in log] == []
