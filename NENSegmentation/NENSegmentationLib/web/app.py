"""What the process of a session shows; see `sessions_child`."""

from __future__ import annotations

from typing import Any

from trame_server import Server

from .page import ReaderPage


def build(server: Server, request: dict[str, Any]) -> ReaderPage:
    """Make the page of a session on a server of trame.

    Parameters
    ----------
    server : Server
        Not yet started.
    request : dict
        As for `ReaderPage`.

    Returns
    -------
    ReaderPage

    Raises
    ------
    NENSegmentationError
        If the study cannot be opened.
    """
    return ReaderPage(server, request)
