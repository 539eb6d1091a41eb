"""The server as a process of its own, with sessions that need no Slicer, and those who speak to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SMALL = "web.a_small_session"
_WAIT_S = 90


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """A server that runs; `stop` ends it as `nenseg` does, and tells how."""

    def __init__(self, data: Path, log: Path | None = None, **request: Any) -> None:
        self.request = {"port": 0, "module": SMALL, **request, "data": str(data)}
        path = os.pathsep.join([str(ROOT / "Testing"), str(ROOT / "NENSegmentation")])
        self.log = log or data.parent / "server.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "NENSegmentationLib.web.serving_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self.process.stdin.write(json.dumps(self.request).encode() + b"\n")
        self.process.stdin.flush()
        self.said = json.loads(self.process.stdout.readline())
        self.port = self.said.get("port", 0)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return self.said["addresses"][0]["address"].partition("?token=")[2]

    def token_of(self, reader: str) -> str:
        found = next(one for one in self.said["addresses"] if one["reader"] == reader)
        return found["address"].partition("?token=")[2]

    def stop(self) -> int:
        self.process.stdin.close()
        status = self.process.wait(_WAIT_S)
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(_WAIT_S)
        self.process.stdout.close()

    def ask(
        self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Ask for a path exactly as it is given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_WAIT_S)
        try:
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def cookie(self, token: str | None = None) -> str:
        """Come in with a token; return the cookie."""
        answer = self.ask(f"/?token={self.token if token is None else token}")
        assert (answer.status, answer.headers.get("location")) == (303, "/")
        return answer.headers["set-cookie"].partition(";")[0]

    def inside(self, cookie: str, **more: str) -> dict[str, str]:
        """Headers of a page of this server."""
        return {"Cookie": cookie, "Origin": self.base, **more}


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, by what the system says of it."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
