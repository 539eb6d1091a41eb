"""A signal: what a session tells whoever listens, without knowing who that is."""

from __future__ import annotations

from collections.abc import Callable


class Signal:
    """A list of functions that are called when something happens.

    Examples
    --------
    >>> heard = []
    >>> edited = Signal()
    >>> _ = edited.connect(heard.append)
    >>> edited.emit("delete")
    >>> heard
    ['delete']
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[..., object]] = []

    def connect(self, listener: Callable[..., object]) -> Callable[..., object]:
        """Call ``listener`` from now on; returns it, so that it can be disconnected."""
        self._listeners.append(listener)
        return listener

    def disconnect(self, listener: Callable[..., object]) -> None:
        """Call ``listener`` no more; one that is not connected is no error."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def emit(self, *arguments: object) -> None:
        """Call every listener, in the order in which they were connected."""
        for listener in tuple(self._listeners):
            listener(*arguments)
