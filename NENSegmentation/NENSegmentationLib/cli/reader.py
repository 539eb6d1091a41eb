"""``nenseg reader``: the reading room in a browser."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..core.child_process import surroundings
from ..scene.study_opening import refuse_faults
from ..study.plan_file import read_plan
from .case import add_series_arguments, progress_bar
from .errors import UsageError

TOKEN_VARIABLE = "NENSEG_READER_TOKEN"

_SERVER = "NENSegmentationLib.web.serving_process"
_END_S = 60
_LOUD = (
    "Everybody who can reach this machine over the network can try to come in, and what goes to and fro is not "
    "encrypted. Put nginx with TLS in front, as Docs/hospital.md says."
)


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Add the command."""
    parser = subparsers.add_parser(
        "reader",
        help="read cases in a browser",
        description="Serve the reading room as a page, until interrupted. Without CASE it shows a digital patient, and "
        "whoever opens the page can bring their own case.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "case", nargs="?", type=Path, metavar="CASE", help="folder with DICOM files, or a PET already in SUV"
    )
    what.add_argument("--study", type=Path, metavar="FILE", help="the plan of a reader study; an address each reader")
    parser.add_argument("--ct", type=Path, help="the CT beside a PET already in SUV")
    add_series_arguments(parser)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: this machine only)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen at (default 8080; 0: any free one)")
    parser.add_argument(
        "--token",
        help=f"secret of the addresses (default: a new random one). Others on this machine can see it here; the "
        f"variable {TOKEN_VARIABLE} they cannot",
    )
    parser.add_argument("--name", action="append", default=[], help="name of this server, such as that of its nginx")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the journals (default: one of this user)")
    parser.add_argument(
        "--idle-minutes", type=_positive, default=60.0, metavar="N", help="close unused cases (default 60)"
    )
    parser.add_argument("--sessions", type=_count, default=8, metavar="N", help="cases open at once (default 8)")
    parser.add_argument("--upload-gb", type=_positive, default=8.0, metavar="N", help="largest upload (default 8)")
    return parser


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Serve until interrupted."""
    if os.name != "posix":
        message = "the browser reader runs on Linux and macOS only. Use the Slicer module here."
        raise UsageError(message)
    for path in (arguments.case, arguments.ct, arguments.study):
        if path is not None and not path.exists():
            message = f"{path}: there is no such file or folder. Name one that is there."
            raise UsageError(message)
    if arguments.ct is not None and arguments.case is None:
        message = "--ct is given without the PET that it belongs to. Name the PET as CASE."
        raise UsageError(message)
    if arguments.study is not None:
        _refuse_faults(arguments.study)
    with _server(_request(arguments)) as process:
        said = _first_word(process)
        sys.stdout.write(json.dumps(said) + "\n" if arguments.json else _announcement(said))
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            _serve(process)
    return {"ended": True}


def text(_result: dict[str, Any]) -> str:
    """Say that it is over."""
    return "The reader has ended; everything is saved."


def _refuse_faults(study: Path) -> None:
    """Say what is wrong with a study to whoever runs it: its readers are not told the names of files."""
    plan = read_plan(study, with_cases=False)
    with progress_bar("Checking") as progress:
        refuse_faults(plan, plan.store, progress)


def _request(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "host": arguments.host,
        "port": arguments.port,
        "token": arguments.token or os.environ.get(TOKEN_VARIABLE),
        "names": arguments.name,
        "case": _absolute(arguments.case),
        "ct": _absolute(arguments.ct),
        "choices": {
            "series": arguments.series,
            "frame": arguments.frame,
            "injection_date": arguments.injection_date and arguments.injection_date.isoformat(),
        },
        "study": _absolute(arguments.study),
        "data": _absolute(arguments.data),
        "idle_minutes": arguments.idle_minutes,
        "most_sessions": arguments.sessions,
        "upload_gb": arguments.upload_gb,
    }


@contextlib.contextmanager
def _server(request: dict[str, Any]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the server; it saves everything and ends when this is left, however that happens."""
    # The web interface is a program of its own: no interface imports another one.
    environment = surroundings()
    environment.pop(TOKEN_VARIABLE, None)
    process = subprocess.Popen(
        [sys.executable, "-m", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        # An interrupt from the keyboard comes here only, and the server is told in order.
        start_new_session=True,
    )
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        yield process
    finally:
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()


def _first_word(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    line = process.stdout.readline()
    if not line:
        message = "the server ended before it began; what it said stands above. Install the package with [reader]."
        raise UsageError(message)
    said = json.loads(line)
    if said["event"] == "error":
        raise UsageError(said["message"])
    return said


def _serve(process: subprocess.Popen[bytes]) -> None:
    status = process.wait()
    if status != 0:
        message = f"the server ended by itself (status {status}); what was done is saved. Start it again."
        raise UsageError(message)


def _announcement(said: dict[str, Any]) -> str:
    addresses = said["addresses"]
    if addresses[0]["reader"]:
        what = "Give each reader their own address"
    elif addresses[0]["address"].endswith("="):
        what = "Open the address in a browser, with your token at its end"
    else:
        what = "Open the address in a browser"
    lines = [f"{one['reader']}: {one['address']}" if one["reader"] else one["address"] for one in addresses]
    return "\n".join([*([] if said["local"] else [_LOUD]), f"{what}; end the reader with Ctrl+C.", *lines, ""])


def _absolute(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _positive(word: str) -> float:
    number = float(word)
    if not 0 < number < float("inf"):
        message = f"{word} is not a number above 0"
        raise argparse.ArgumentTypeError(message)
    return number


def _count(word: str) -> int:
    number = int(word)
    if number < 1:
        message = f"{word} is not a number from 1"
        raise argparse.ArgumentTypeError(message)
    return number
