"""What somebody does who should not be there, or a page that wants something of the reader."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import socket
import zipfile
from pathlib import Path

import aiohttp
import pytest
from web.a_server import Server, children_of
from web.a_tab import a_tab, multipart

from NENSegmentationLib.web.serving_access import Access
from NENSegmentationLib.web.serving_pages import page

A_DICOM_FILE = b"good" + bytes(124) + b"DICM"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked") / "data"


@pytest.fixture(scope="module")
def server(data: Path):
    with Server(data, names=["reader.hospital.example"], upload_gb=0.0001) as server:
        yield server


@pytest.fixture(scope="module")
def cookie(server: Server) -> str:
    cookie = server.cookie()
    assert server.ask("/", headers={"Cookie": cookie}).status == 200
    return cookie


def left(data: Path) -> list[str]:
    return [path.name for path in (data / "uploads").rglob("*") if path.is_file() and path.name != "lock"]


@pytest.fixture
def nothing_is_left(data: Path):
    before = left(data)
    yield
    assert left(data) == before


def send(server: Server, headers: dict[str, str], body: bytes):
    answer = server.ask("/upload", method="POST", headers=headers, body=body)
    return answer.status, json.loads(answer.body)["message"]


async def socket_status(server: Server, path: str, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
        try:
            async with client.ws_connect(f"{server.base}{path}", headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as error:
            return error.status


# Without a token, or with a wrong one.

PATHS = ["/", "/index.html", "/vue.global.js", "/reader/connection.js", "/again", "/elsewhere", "/nothing", "/ws/1"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_there_is_one_sentence_and_nothing_else(server, path):
    answer = server.ask(path)
    assert answer.status == 403
    assert "This page needs the address with the token" in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/upload", "/paraview/", "/"])
def test_without_a_token_nothing_can_be_sent(server, path):
    assert server.ask(path, method="POST", headers={"Origin": server.base}, body=b"x").status == 403


def test_without_a_token_no_session_begins(data):
    with Server(data.parent / "untouched", case="/nowhere/case") as server:
        before = children_of(server.process.pid)
        server.ask("/")
        assert len(children_of(server.process.pid)) <= max(len(before), 1)
    with Server(data.parent / "untouched", names=["shared.example"]) as server:
        server.ask("/")
        assert children_of(server.process.pid) == []


@pytest.mark.parametrize("change", ["shorter", "longer", "other case", "empty", "odd", "long", "start"])
def test_a_wrong_token_is_refused(server, change):
    token = server.token
    wrong = {
        "shorter": token[:-1],
        "longer": token + "A",
        "other case": token.swapcase(),
        "empty": "",
        "odd": "%ff%00%C3%A9",
        "long": "A" * 5000,
        "start": token[:16],
    }[change]
    answer = server.ask(f"/?token={wrong}")
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_a_token_counts_in_the_address_of_the_page_only(server):
    assert server.ask(f"/index.html?token={server.token}").status == 403
    assert server.ask("/", headers={"Authorization": f"Bearer {server.token}"}).status == 403


@pytest.mark.parametrize(
    "made_up", ["everybody.{signature}", "browser-1.{signature}", "{seat}.", "{seat}", ".", "{seat}.é"]
)
def test_a_cookie_that_was_made_up_is_refused(server, cookie, made_up):
    name, _, value = cookie.partition("=")
    seat, _, signature = value.partition(".")
    forged = made_up.format(seat=seat, signature=signature)
    answer = server.ask("/", headers={"Cookie": f"{name}={forged}".encode().decode("latin-1")})
    assert answer.status == 403


def test_a_cookie_of_an_earlier_start_is_refused(server, data):
    with Server(data.parent / "earlier", names=["shared.example"]) as earlier:
        value = earlier.cookie().partition("=")[2]
    assert server.ask("/", headers={"Cookie": f"nenseg_{server.port}={value}"}).status == 403


def test_the_token_of_one_reader_does_not_open_the_seat_of_another():
    access = Access(None, readers=["R1", "R2"])
    seat = access.seat_of_token(access.tokens()["R1"])
    assert access.reader(seat) == "R1"
    assert access.reader(access.seat_of_cookie(access.cookie(seat))) == "R1"


def test_the_cookie_of_one_reader_does_not_open_the_seat_of_another_after_a_restart():
    token = "the-secret-of-the-server"
    before, after = Access(token, readers=["Alice", "Bob"]), Access(token, readers=["Bob", "Alice"])
    cookie = before.cookie(before.seat_of_token(before.tokens()["Alice"]))
    assert after.seat_of_cookie(cookie) is None
    assert Access(token, readers=["Alice", "Bob"]).seat_of_cookie(cookie) == "reader1"


@pytest.mark.parametrize("one_seat", [True, False])
def test_a_cookie_without_a_study_opens_no_study(one_seat):
    token = "the-secret-of-the-server"
    before = Access(token, one_seat=one_seat)
    cookie = before.cookie(before.seat_of_token(token))
    assert before.seat_of_cookie(cookie) is not None
    assert Access(token, readers=["R1"], one_seat=one_seat).seat_of_cookie(cookie) is None
    assert Access(token, one_seat=not one_seat).seat_of_cookie(cookie) is None


def test_the_secret_itself_is_no_token_of_a_study():
    access = Access("the-secret-of-the-server", readers=["R1"])
    assert access.seat_of_token("the-secret-of-the-server") is None


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(server):
    given = server.ask(f"/?token={server.token}").headers["set-cookie"]
    assert given.partition("; ")[2] == "HttpOnly; Path=/; SameSite=Lax"
    behind = server.ask(f"/?token={server.token}", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]
    assert "; Secure" in behind


def test_no_process_shows_a_secret_in_its_command_line_or_surroundings(server, cookie):
    pids = [server.process.pid, *children_of(server.process.pid)]
    assert len(pids) > 1
    told = b"".join(Path(f"/proc/{pid}/{what}").read_bytes() for pid in pids for what in ("cmdline", "environ"))
    assert [secret for secret in (server.token, cookie.partition("=")[2]) if secret.encode() in told] == []


# Pages of others in the same browser.


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example:{port}",
        "http://localhost:{port}",
        "file://127.0.0.1:{port}",
        "http://[",
    ],
)
def test_a_page_of_another_origin_gets_no_web_socket_and_can_send_nothing(server, cookie, origin):
    headers = {"Cookie": cookie}
    if origin is not None:
        headers["Origin"] = origin.format(port=server.port)
    assert asyncio.run(socket_status(server, "/ws/1", headers)) == 403
    for path in ("/paraview/", "/upload"):
        assert server.ask(path, method="POST", headers=headers, body=b"").status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil:{port}", "", "["]
)
def test_a_name_that_somebody_points_at_this_machine_is_refused(server, cookie, host):
    for path in ("/", "/health"):
        answer = server.ask(path, headers={"Host": host.format(port=server.port), "Cookie": cookie})
        assert answer.status in (400, 403)
        assert b"vue" not in answer.body


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "Reader.Hospital.example"])
def test_the_names_of_the_server_are_known(server, host):
    assert server.ask("/health", headers={"Host": host.format(port=server.port)}).status == 200


def test_an_address_that_names_another_server_for_the_session_is_cleaned(server, cookie):
    answer = server.ask("/?sessionURL=ws://evil.example/ws&secret=x", headers={"Cookie": cookie})
    assert (answer.status, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize("path", ["/", "/health", "/vue.global.js", "/nothing", "/elsewhere"])
@pytest.mark.parametrize("inside", [True, False])
def test_every_answer_tells_the_browser_what_is_forbidden(server, cookie, path, inside):
    headers = server.ask(path, headers={"Cookie": cookie} if inside else {}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["object-src"] == "'none'"
    assert "unsafe-inline" not in rules["script-src"]
    assert "aiohttp" not in headers["server"].lower()


def test_a_sentence_is_text_and_no_markup():
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in page("<script>alert(1)</script>").text


# Paths outside of the served folders.


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../../../etc/passwd",
        "/..%2f..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e/%252e%252e/etc/passwd",
        "/assets/../../../etc/passwd",
        "/assets/..\\..\\..\\etc\\passwd",
        "//etc/passwd",
        "/etc/passwd",
        "/file:///etc/passwd",
        "http://127.0.0.1:1/etc/passwd",
        "@127.0.0.1:1/etc/passwd",
        "/@127.0.0.1:1/etc/passwd",
        "127.0.0.1:1",
        "*",
        "/reader/..%2fserving.py",
        "/reader/../errors.py",
        "/reader/view.js%00",
        "/%00",
        "/.git/config",
        "/lock",
        "/journals/count.journal",
    ],
)
def test_no_path_leads_out_of_the_served_folders(server, cookie, path):
    answer = server.ask(path, headers={"Cookie": cookie})
    assert answer.status in (400, 403, 404), answer.text[:200]
    assert b"root:" not in answer.body
    assert b"import " not in answer.body
    assert b"Traceback" not in answer.body


# The process of a session itself.


def test_a_process_answers_the_server_only(server, cookie):
    async def ask():
        async with a_tab(server, cookie) as tab:
            port = (await tab.trigger("port"))["result"]
        base = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as client:
            statuses = []
            for path in ("/index.html", "/vue.global.js", "/ws"):
                async with client.get(f"{base}{path}", headers={"Cookie": cookie}) as answer:
                    statuses.append(answer.status)
            try:
                await client.ws_connect(f"{base}/ws", headers={"Origin": base})
            except aiohttp.WSServerHandshakeError as error:
                statuses.append(error.status)
            return statuses

    assert asyncio.run(ask()) == [403, 403, 403, 403]


def test_the_well_known_secret_of_the_library_opens_nothing(server, cookie):
    async def ask():
        async with (
            a_tab(server, cookie) as tab,
            aiohttp.ClientSession(headers=server.inside(cookie)) as client,
            client.ws_connect(tab.address) as raw,
        ):
            tab.socket = raw
            return await tab.call("wslink.hello", {"secret": "wslink-secret"})

    assert asyncio.run(ask())["error"]["message"] == "Authentication failed"


def test_a_message_larger_than_any_ends_the_connection_and_not_the_session(server, cookie):
    async def send_much():
        async with a_tab(server, cookie) as tab:
            with contextlib.suppress(ConnectionError):
                await tab.socket.send_bytes(bytes(16 << 20))
            code, _ = await tab.closed()
        async with a_tab(server, cookie) as tab:
            return code, (await tab.state())["shown"]

    code, shown = asyncio.run(send_much())
    assert code != 1000
    assert shown == "nothing"


# Uploads.


@pytest.mark.parametrize("name", ["../../evil.dcm", "C:\\evil.dcm", "a/../../../evil.dcm"])
@pytest.mark.usefixtures("nothing_is_left")
def test_an_upload_that_leads_out_of_its_folder_is_refused(server, cookie, name):
    headers, body = multipart({name: A_DICOM_FILE})
    status, sentence = send(server, server.inside(cookie, **headers), body)
    assert status == 422
    assert "leads out of the upload, so nothing was taken" in sentence


def test_an_upload_with_an_absolute_name_stays_in_its_folder(server, cookie, data):
    headers, body = multipart({"/etc/cron.d/evil.dcm": A_DICOM_FILE})
    assert send(server, server.inside(cookie, **headers), body) == (200, "")
    assert left(data) == ["evil.dcm"]
    assert not Path("/etc/cron.d/evil.dcm").exists()


@pytest.mark.usefixtures("nothing_is_left")
def test_a_zip_bomb_is_refused(server, cookie):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.dcm", bytes(1 << 20))
    headers, body = multipart({"bomb.zip": packed.getvalue()})
    status, sentence = send(server, server.inside(cookie, **headers), body)
    assert (status, sentence.partition(":")[0]) == (422, "Bomb.zip")
    assert "unpacks to more than 209.7 kB" in sentence


def test_an_upload_that_says_it_is_too_large_is_refused_before_it_is_sent(server, cookie):
    headers, _ = multipart({})
    text = "".join(f"{name}: {value}\r\n" for name, value in server.inside(cookie, **headers).items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(
            f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{text}Content-Length: {10**9}\r\n\r\n".encode()
        )
        answer = line.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 422")


@pytest.mark.usefixtures("nothing_is_left")
def test_an_upload_that_does_not_say_how_large_it_is_is_stopped(server, cookie):
    headers, body = multipart({"1.dcm": A_DICOM_FILE + bytes(300_000)})
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:200_000], body[200_000:])) + b"0\r\n\r\n"
    inside = server.inside(cookie, **headers, **{"Transfer-Encoding": "chunked"})
    text = "".join(f"{name}: {value}\r\n" for name, value in inside.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{text}\r\n".encode() + chunked)
        answer = line.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 422")
    assert b"larger than 104.9 kB" in answer


def test_an_upload_that_breaks_off_leaves_nothing(server, cookie, data):
    headers, body = multipart({"1.dcm": A_DICOM_FILE})
    text = "".join(f"{name}: {value}\r\n" for name, value in server.inside(cookie, **headers).items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        head = f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{text}Content-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body[:-40])
    status, sentence = send(server, server.inside(cookie, **headers), body)
    for _ in range(100):
        if "under way already" not in sentence:
            break
        status, sentence = send(server, server.inside(cookie, **headers), body)
    assert (status, sentence, left(data)) == (200, "", ["1.dcm"])


@pytest.mark.parametrize(
    ("content_type", "body", "sentence"),
    [
        ("text/plain", b"x", "This is no upload of files."),
        ("multipart/form-data", b"x", "The upload is damaged"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", "The upload holds something that is no file"),
        ("multipart/form-data; boundary=b", b"no boundary", "The upload"),
        ("multipart/form-data; boundary=b", b"--b--\r\n", "The upload holds no file"),
        ("multipart/form-data; boundary=" + "b" * 200, b"x", "The upload"),
    ],
)
def test_what_is_no_upload_is_said(server, cookie, content_type, body, sentence):
    status, said = send(server, server.inside(cookie, **{"Content-Type": content_type}), body)
    assert status == 422
    assert said.startswith(sentence)


def test_an_upload_that_is_no_dicom_is_said(server, cookie):
    headers, body = multipart({"letter.pdf": b"%PDF"})
    status, said = send(server, server.inside(cookie, **headers), body)
    assert (status, said.partition(",")[0]) == (422, "The upload holds 1 files")
