"""The plain viewer of trame-slicer as a process: its environment is made the first time, under build/."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_ENVIRONMENT = _HERE.parents[1] / "build" / "plain-trame-slicer"
_PINS = _HERE / "plain_trame_slicer.txt"
_WANTED = ("trame-slicer[standalone]", "trame-rca[turbo]")


@contextmanager
def plain_server(pet: Path, ct: Path, segmentation: Path, segments: int, log: Path) -> Iterator[str]:
    """Serve a patient by the plain viewer.

    Parameters
    ----------
    pet, ct, segmentation : Path
        Files of the patient.
    segments : int
        How many the segmentation has to have.
    log : Path
        Where what it prints goes.

    Yields
    ------
    str
        The address of its page.

    Raises
    ------
    RuntimeError
        If it cannot start, or shows other segments; the log says why.
    """
    command = [str(_python()), str(_HERE / "plain_trame_slicer.py"), *map(str, (pet, ct, segmentation))]
    with log.open("wb") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        try:
            said = process.stdout.readline().split()
            if [int(word) for word in said[1:]] != [segments]:
                message = f"the plain viewer did not show {segments} segments (it said {said}):\n{log.read_text()}"
                raise RuntimeError(message)
            yield f"http://127.0.0.1:{int(said[0])}/"
        finally:
            process.kill()


def _python() -> Path:
    """Return the Python of its environment, which is made anew when its pins are others."""
    python, made = _ENVIRONMENT / "bin" / "python", _ENVIRONMENT / _PINS.name
    if not made.exists() or made.read_bytes() != _PINS.read_bytes():
        sys.stderr.write(f"{_ENVIRONMENT}: the environment of the plain viewer is made\n")
        venv.create(_ENVIRONMENT, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-c", _PINS, *_WANTED], check=True)
        made.write_bytes(_PINS.read_bytes())
    return python
