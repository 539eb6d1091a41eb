"""The configuration that Docs/hospital.md gives a hospital, in a real nginx with TLS."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest
from web.a_server import Server
from web.a_tab import Tab, multipart

EXAMPLE = Path(__file__).resolve().parents[2] / "Docs" / "nginx-reader.conf"
NAME = "reader.hospital.example"
A_DICOM_FILE = b"good" + bytes(124) + b"DICM"


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def certificate(folder, tool) -> Path:
    """A certificate of the example's name, signed by itself, and its key."""
    made = [tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    names = ["-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*made, *names, *files], check=True, capture_output=True)
    return folder / "certificate.pem"


@pytest.fixture(scope="module")
def reader(folder):
    with Server(folder / "data", names=[NAME]) as server:
        yield server


@pytest.fixture(scope="module")
def port(folder, certificate, reader, tool):
    """Port of an nginx with the example, in which only places are changed."""
    port, plain = free_port(), free_port()
    text = EXAMPLE.read_text()
    for there, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        (f"/etc/ssl/certs/{NAME}.pem", str(certificate)),
        (f"/etc/ssl/private/{NAME}.key", str(folder / "key.pem")),
        ("/var/log/nginx", str(folder)),
        ("http://127.0.0.1:8080", reader.base),
    ):
        assert there in text
        text = text.replace(there, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/main.log;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}\n}}\n"
    )
    nginx = subprocess.Popen(
        [
            shutil.which("nginx", path="/usr/sbin") or tool("nginx"),
            "-p",
            str(folder),
            "-c",
            str(folder / "nginx.conf"),
            "-e",
            str(folder / "main.log"),
        ],
        stderr=subprocess.PIPE,
    )
    for _ in range(100):
        with socket.socket() as line:
            if nginx.poll() is not None or line.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    assert nginx.poll() is None, nginx.stderr.read().decode()
    yield port
    nginx.terminate()
    nginx.wait(20)
    nginx.stderr.close()


@pytest.fixture(scope="module")
def came_through(reader, port, certificate):
    """What a browser gets that comes in, reads and uploads through nginx."""

    async def come():
        base = f"https://{NAME}:{port}"
        trusted = ssl.create_default_context(cafile=str(certificate))
        connector = aiohttp.TCPConnector(ssl=trusted, resolver=_Loopback())
        async with aiohttp.ClientSession(connector=connector, headers={"Origin": base}) as client:
            got = {}
            async with client.get(f"{base}/?token={reader.token}", allow_redirects=False) as answer:
                got["cookie"], got["location"] = answer.headers["Set-Cookie"], answer.headers["Location"]
            async with client.get(f"{base}/") as answer:
                got["page"], got["headers"] = await answer.text(), dict(answer.headers)
            async with client.post(f"{base}/paraview/") as answer:
                connection = json.loads(await answer.text())
            address = connection["sessionURL"].replace("ws://USE_HOST", base.replace("https", "wss"))
            async with client.ws_connect(address, max_msg_size=0) as line:
                tab = Tab(line, address)
                await tab.call("wslink.hello", {"secret": connection["secret"]})
                await tab.trigger("click")
                got["clicks"] = (await tab.state())["clicks"]
                headers, body = multipart({"1.dcm": A_DICOM_FILE + bytes(3 << 20)})
                async with client.post(f"{base}/upload", headers=headers, data=body) as answer:
                    got["upload"] = answer.status, json.loads(await answer.text())
                got["shown"] = (await tab.state())["shown"]
            try:
                await client.ws_connect(address, headers={"Origin": "https://evil.example"})
            except aiohttp.WSServerHandshakeError as error:
                got["evil"] = error.status
            return got

    class _Loopback(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

        async def close(self):
            pass

    return asyncio.run(come())


def test_the_page_comes_through(came_through):
    assert came_through["location"] == "/"
    assert "vue.global.js" in came_through["page"]


def test_the_cookie_is_sent_encrypted_only(came_through):
    assert "; Secure" in came_through["cookie"]


def test_the_browser_is_told_to_come_encrypted_only(came_through):
    assert came_through["headers"]["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in came_through["headers"]["Content-Security-Policy"]


def test_the_web_socket_comes_through(came_through):
    assert came_through["clicks"] == 1


def test_a_page_of_another_origin_gets_no_web_socket(came_through):
    assert came_through["evil"] == 403


def test_an_upload_comes_through(came_through):
    assert came_through["upload"] == (200, {"message": ""})
    assert came_through["shown"] == "uploaded"


@pytest.mark.usefixtures("came_through")
def test_no_log_holds_the_token(folder, reader):
    logs = {path.name: path.read_text() for path in folder.glob("*.log")}
    assert "GET / 303" in logs["reader.log"]
    assert [name for name, text in logs.items() if reader.token in text] == []
