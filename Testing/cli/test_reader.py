"""The command that serves the reading room: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "The reader has ended; everything is saved.\n"


@pytest.fixture
def start(tmp_path: Path):
    """Start the command as a user does; give the process, and end it afterwards."""
    running = []

    def started(*arguments: str | Path, **variables: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "NENSegmentationLib.cli", "reader", "--port", "0", "--data", tmp_path, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT / "NENSegmentation"), **variables},
            text=True,
            start_new_session=True,
            # A shell that starts the tests in the background lets all of them ignore Ctrl+C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        running.append(process)
        return process

    yield started
    for process in running:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def first_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout.readline().startswith("Open the address in a browser")
    return process.stdout.readline().strip()


def test_the_printed_address_works(start):
    address = first_address(start())
    assert address.startswith("http://127.0.0.1:")
    health = address.partition("/?token=")[0] + "/health"
    with urllib.request.urlopen(health, timeout=20) as answer:
        assert json.load(answer)["status"] == "ok"


@pytest.mark.parametrize(("number", "status", "said"), [(signal.SIGINT, 0, SENTENCE), (signal.SIGTERM, 143, "")])
def test_it_ends_in_order(start, number, status, said):
    process = start()
    first_address(process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(process.pid, number)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (status, said)
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []


def test_the_server_does_not_outlive_the_command(start):
    process = start()
    address = first_address(process)
    (server,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    for _ in range(200):
        if not Path(f"/proc/{server}/cmdline").exists() or not Path(f"/proc/{server}/cmdline").read_bytes():
            break
        signal.sigtimedwait([], 0.1)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{address.partition('/?')[0]}/health", timeout=5)


def test_it_says_as_json_where_it_listens(start):
    said = json.loads(start("--json").stdout.readline())
    assert (said["event"], said["local"], len(said["addresses"])) == ("listening", True, 1)


def test_a_token_from_the_surroundings_is_taken_and_told_to_nobody(start):
    process = start(NENSEG_READER_TOKEN="a-token-of-thirty-characters--")
    address = first_address(process)
    assert address.endswith("/?token=")
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", "/?token=a-token-of-thirty-characters--")
    assert connection.getresponse().status == 303
    connection.close()
    (server,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert b"a-token-of-thirty" not in Path(f"/proc/{server}/environ").read_bytes()


def test_a_server_for_the_network_is_said_loudly(start):
    process = start("--host", "0.0.0.0", "--name", "reader.hospital.example")
    assert process.stdout.readline().startswith("Everybody who can reach this machine over the network can try")
    first_address(process)
    assert process.stdout.readline().startswith("https://reader.hospital.example/?token=")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "nowhere: there is no such file or folder. Name one that is there."),
        (["--study", "nowhere.toml"], "nowhere.toml: there is no such file or folder. Name one that is there."),
        (["--ct", __file__], "--ct is given without the PET that it belongs to. Name the PET as CASE."),
        (["--token", "short"], "the token has 5 characters and can be guessed. Give at least 16."),
        (["--idle-minutes", "0"], "argument --idle-minutes: 0 is not a number above 0."),
        (["--sessions", "0"], "argument --sessions: 0 is not a number from 1."),
        (["--upload-gb", "nan"], "argument --upload-gb: nan is not a number above 0."),
        (["--port", "70000"], "the server cannot listen at 127.0.0.1, port 70000"),
        (["--host", "256.1.1.1"], "the server cannot listen at 256.1.1.1, port 0"),
    ],
)
def test_what_is_wrong_is_said(nenseg, tmp_path, arguments, sentence):
    given = arguments if "--port" in arguments else ["--port", "0", *arguments]
    run = nenseg("reader", "--data", tmp_path, *given)
    assert run.status == 2
    assert run.err.startswith(f"nenseg: {sentence}")


def test_a_case_and_a_study_exclude_each_other(nenseg, tmp_path):
    run = nenseg("reader", tmp_path, "--study", tmp_path)
    assert run.status == 2
    assert "not allowed with argument" in run.err


def test_a_study_that_is_no_plan_is_said(nenseg, tmp_path):
    (tmp_path / "study.toml").write_text("title = 3")
    run = nenseg("reader", "--port", "0", "--study", tmp_path / "study.toml")
    assert run.status == 2
    assert run.err.startswith("nenseg: study.toml: ")


def test_elsewhere_than_on_linux_and_macos_it_says_so(nenseg, monkeypatch):
    monkeypatch.setattr("NENSegmentationLib.cli.reader.os.name", "nt")
    run = nenseg("reader")
    monkeypatch.undo()
    assert (run.status, run.err) == (
        2,
        "nenseg: the browser reader runs on Linux and macOS only. Use the Slicer module here.\n",
    )
