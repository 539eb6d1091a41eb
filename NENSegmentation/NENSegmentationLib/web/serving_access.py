"""Who may come in: tokens in addresses, cookies afterwards, and names and origins that are ours."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from .errors import WebError

_SHORTEST_TOKEN = 16
ONE_SEAT = "everybody"
"""Where all have the same."""


class Access:
    """Turns tokens into seats, and seats into cookies that cannot be made up.

    A seat is what one process is for: everybody, where there is one case or one user; a reader of a study; or else a
    browser.

    Parameters
    ----------
    token : str or None
        The secret of this server; drawn if not given.
    readers : sequence of str
        Of a study: each has a token of their own, made of the secret, so that it is the same after a restart.
    one_seat : bool
        Whether everybody who comes gets the same one.
    names : iterable of str
        Names of this server besides those of the machine; the port does not matter.

    Raises
    ------
    WebError
        If the token can be guessed.
    """

    def __init__(
        self, token: str | None, *, readers: Iterable[str] = (), one_seat: bool = False, names: Iterable[str] = ()
    ) -> None:
        if token is not None and len(token) < _SHORTEST_TOKEN:
            message = f"the token has {len(token)} characters and can be guessed. Give at least {_SHORTEST_TOKEN}."
            raise WebError(message)
        self._secret = (secrets.token_urlsafe(32) if token is None else token).encode()
        self._readers = {f"reader{number}": reader for number, reader in enumerate(readers, 1)}
        self._one_seat = one_seat
        self._names = {"localhost", socket.gethostname().lower(), *(name.lower() for name in names)}

    def tokens(self) -> dict[str, str]:
        """Return the token of each reader of the study by their name, or that of the server under an empty name."""
        if not self._readers:
            return {"": self._secret.decode()}
        return {reader: self._signed(f"token of {reader}") for reader in self._readers.values()}

    def seat_of_token(self, token: str, cookie: str | None = None) -> str | None:
        """Return the seat that a token gives, or None; a browser that has a seat keeps it."""
        if self._readers:
            given = self.tokens()
            # All are compared, so that the time says nothing.
            seats = [seat for seat, reader in self._readers.items() if _same(token, given[reader])]
            return seats[0] if seats else None
        if not _same(token, self._secret.decode()):
            return None
        if self._one_seat:
            return ONE_SEAT
        return (cookie and self.seat_of_cookie(cookie)) or f"browser-{secrets.token_hex(16)}"

    def cookie(self, seat: str) -> str:
        """Return what the browser shows from now on instead of the token."""
        return f"{seat}.{self._signed(self._owner(seat))}"

    def seat_of_cookie(self, cookie: str) -> str | None:
        """Return the seat of a cookie that this server gave, or None."""
        seat, _, signature = cookie.partition(".")
        if self._readers and seat not in self._readers:
            return None
        return seat if _same(signature, self._signed(self._owner(seat))) else None

    def reader(self, seat: str) -> str | None:
        """Return the reader of the study who has a seat, or None without a study."""
        return self._readers.get(seat)

    def knows_host(self, host: str) -> bool:
        """Tell whether a request names this server; another name may be one that a stranger points at this machine.

        An address in numbers cannot be pointed anywhere.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return True

    def _owner(self, seat: str) -> str:
        """Return what the cookie of a seat is signed for.

        With the reader in it, since another plan may give the seat to another one under the same token; and with the
        mode, since a token may serve one user today and several tomorrow.
        """
        mode = "one seat" if self._one_seat else "a seat for each browser"
        return f"cookie of {seat} {self._readers.get(seat, mode)}"

    def _signed(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def same_origin(origin: str | None, host: str) -> bool:
    """Tell whether a request comes from a page of the server that it goes to.

    Parameters
    ----------
    origin : str or None
        The header Origin, which a browser always sends with what can do harm.
    host : str
        The header Host.
    """
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _same(one: str, other: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))
