"""From widgets and views to the pictures of the documentation."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from PySide6 import QtCore, QtWidgets

GAP = 2
"""Pixels between views that lie side by side."""

ROOT = Path(__file__).resolve().parents[2]

_PAPER, _BETWEEN = (239, 239, 239), (90, 90, 90)


def of_widget(widget: QtWidgets.QWidget) -> Image.Image:
    """Return a widget as it is on the screen."""
    data = QtCore.QBuffer()
    data.open(QtCore.QIODevice.WriteOnly)
    widget.grab().save(data, "PNG")
    return Image.open(io.BytesIO(bytes(data.data().data()))).convert("RGB")


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put pictures side by side."""
    width = sum(one.width for one in pictures) + GAP * (len(pictures) - 1)
    whole = Image.new("RGB", (width, max(one.height for one in pictures)), _BETWEEN)
    x = 0
    for one in pictures:
        whole.paste(one, (x, 0))
        x += one.width + GAP
    return whole


def above(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put pictures one below the other."""
    height = sum(one.height for one in pictures) + GAP * (len(pictures) - 1)
    whole = Image.new("RGB", (max(one.width for one in pictures), height), _BETWEEN)
    y = 0
    for one in pictures:
        whole.paste(one, (0, y))
        y += one.height + GAP
    return whole


def on_paper(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Put a picture into the upper left corner of an area in the colour of the panel."""
    paper = Image.new("RGB", size, _PAPER)
    paper.paste(picture, (0, 0))
    return paper


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture as a small PNG."""
    picture.save(path, optimize=True)


def renew(make: Callable[[Path, Path], None]) -> None:
    """Make the pictures of a script, and only when all are there put them in their place.

    Parameters
    ----------
    make : callable
        Makes them in an empty folder; another one is for whatever it needs besides.

    Notes
    -----
    Their place is the first argument of the script, or ``Resources/Screenshots``.
    """
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "Resources" / "Screenshots"
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "pictures"
        made.mkdir()
        make(made, Path(scratch))
        shutil.copytree(made, folder, dirs_exist_ok=True)
