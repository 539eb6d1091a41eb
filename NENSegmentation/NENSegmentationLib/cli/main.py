"""The entry point: finds the command, runs it, prints what it wrote or the one sentence that says what is wrong."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TextIO

import SimpleITK as sitk

from .. import __version__
from ..core.errors import NENSegmentationError
from ..core.tables import NOTE
from . import evaluate, measure, model, phantom, reader, segment, study, suv, train
from .errors import UsageError

_COMMANDS = (phantom, suv, segment, measure, evaluate, train, model, study, reader)
_INPUT_ERROR = 2
_INTERRUPTED = 130
_TERMINATED = 143


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sentence = f"{message}. '{self.prog} --help' says what it takes."
        raise UsageError(sentence)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the process if not given.

    Returns
    -------
    int
        Exit status: 0 on success, 2 on a usage or input error, 130 when interrupted from the keyboard.
    """
    # Python has none where the caller closed it (>&-, a service): nobody listens, and the work is the same.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    # What matters in a header is checked and said in our own words; pydicom's remarks are for programmers.
    warnings.filterwarnings("ignore", module="pydicom")
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    # A batch system ends a job with SIGTERM; leaving in order takes half-written results away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        parsed = _parser().parse_args(_with_points_joined(sys.argv[1:] if arguments is None else arguments))
        result = parsed.command.run(parsed)
        _show(json.dumps(result, indent=2) if parsed.json else parsed.command.text(result))
    except NENSegmentationError as error:
        sys.stderr.write(f"nenseg: {error}\n")
        return _INPUT_ERROR
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"nenseg: {where}{error.strerror or error}. Check that it is there and may be read.\n")
        return _INPUT_ERROR
    except KeyboardInterrupt:
        sys.stderr.write("nenseg: interrupted; nothing half-written is left.\n")
        return _INTERRUPTED
    return 0


def _show(text: str) -> None:
    try:
        # A name that the terminal cannot show must not stop what is already written from being told.
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read along (head, say) has seen enough; the results are written.
        _quiet_at_the_end()
    except OSError as error:
        _quiet_at_the_end()
        reason = error.strerror or error
        message = f"the results are written, but what is to be said of them cannot be printed ({reason}). Look at them."
        raise UsageError(message) from error


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _quiet_at_the_end() -> None:
    """Keep Python from complaining when it ends that what it holds back cannot be printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> _Parser:
    parser = _Parser(
        prog="nenseg",
        description="Total tumour segmentation of neuroendocrine neoplasms on somatostatin-receptor PET/CT "
        f"(Carlsen et al., EJNMMI Research 2022;12:30). {NOTE}",
    )
    parser.add_argument("--version", action="version", version=f"nenseg {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        subparser = command.add_parser(subparsers)
        subparser.add_argument("--json", action="store_true", help="print the result as JSON")
        subparser.set_defaults(command=command)
    return parser


def _with_points_joined(arguments: Sequence[str]) -> list[str]:
    """Join an option and a point that starts with a minus, which argparse would take for another option."""
    joined: list[str] = []
    for argument in arguments:
        follows_option = bool(joined) and re.fullmatch(r"--[a-z-]+", joined[-1]) is not None
        if follows_option and re.match(r"-[\d.][\d.e+-]*,", argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined
