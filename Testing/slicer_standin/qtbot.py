"""The fixtures of pytest-qt on real PythonQt: pytest-qt itself knows PySide and PyQt alone.

Loaded by ``pytest -p no:pytest-qt -p slicer_standin.qtbot``; see Testing/pythonqt.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import qt

_EXPOSED_MS = 5000

Raised = list[tuple[type[BaseException], BaseException, TracebackType]]


class _Errors:
    """What was raised in slots: PythonQt hands it to ``sys.excepthook`` and goes on."""

    def __init__(self) -> None:
        self.raised: Raised = []

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
        self.raised.append((kind, error, trace))


class QtBot:
    """Keys and mouse of a user, as pytest-qt's class of this name has them."""

    def __init__(self, errors: _Errors) -> None:
        from PythonQt.SlicerStandIn import TestInput

        self._input, self._errors = TestInput(), errors

    def keyClick(self, widget: qt.QWidget, key: int, modifiers: int = 0) -> None:
        self._input.keyClick(widget, int(key), int(modifiers))

    def keyClicks(self, widget: qt.QWidget, text: str) -> None:
        self._input.keyClicks(widget, text)

    def mouseClick(self, widget: qt.QWidget, button: int, *, pos: qt.QPoint) -> None:
        self._input.mouseClick(widget, int(button), pos)

    def mouseDClick(self, widget: qt.QWidget, button: int, *, pos: qt.QPoint) -> None:
        self._input.mouseDClick(widget, int(button), pos)

    def waitExposed(self, widget: qt.QWidget) -> None:
        assert self._input.waitExposed(widget, _EXPOSED_MS)

    @contextmanager
    def captureExceptions(self) -> Iterator[Raised]:
        """Give what is raised in slots meanwhile, which does not fail the test."""
        before, self._errors.raised = self._errors.raised, []
        yield self._errors.raised
        self._errors.raised = before


@pytest.fixture(autouse=True)
def errors_of_slots() -> Iterator[_Errors]:
    """Fail a test in which a slot raised an error, as pytest-qt does."""
    errors, before = _Errors(), sys.excepthook
    sys.excepthook = errors
    yield errors
    sys.excepthook = before
    if errors.raised:
        _kind, error, _trace = errors.raised[0]
        raise error


@pytest.fixture
def qapp() -> qt.QApplication:
    """Give Qt's application."""
    import qt

    return qt.QApplication.instance()


@pytest.fixture
def qtbot(errors_of_slots: _Errors) -> QtBot:
    """Give the keys and the mouse of a user."""
    return QtBot(errors_of_slots)
