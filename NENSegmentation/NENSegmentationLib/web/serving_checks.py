"""What every request has to pass, and what every answer says to the browser."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..core.errors import NENSegmentationError
from .serving_access import Access, same_origin
from .serving_pages import page
from .tasks import place

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SEAT = "seat"
"""Of a request that came in: whose it is."""

HEALTH = "/health"
_TOKEN = "token"
_NO_TOKEN = (
    "this page needs the address with the token that the server printed when it was started. Open that address; after "
    "a restart it is another one."
)

_log = logging.getLogger(__name__)

# What trame's page needs beyond its own files: it compiles its templates in the browser (unsafe-eval), its components
# carry styles, and pictures come as data. Scripts of its page are allowed one by one, by their hashes.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Server": "nenseg",
}


def policy(script_hashes: tuple[str, ...] = ()) -> str:
    """Return the Content-Security-Policy of a page with these scripts in it (base64 of SHA-256)."""
    return _POLICY.format(scripts="".join(f" 'sha256-{one}'" for one in script_hashes))


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell the browser what the page may do; connected to the signal on_response_prepare."""
    for name, value in _HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", policy())


def checks(access: Access, cookie_name: Callable[[], str]) -> Callable[[web.Request, Handler], Awaitable[object]]:
    """Return the middleware that lets requests in, or not.

    Parameters
    ----------
    access : Access
        Tells who may come in.
    cookie_name : callable
        Returns the name of the cookie, which has the port in it: a browser gives the cookies of one port to all.
    """

    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await _admitted(request, handler, access, cookie_name())
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return page("there is no such page here. Open the reader itself.", status=error.status, way=("/", "Open"))
        except NENSegmentationError as error:
            return page(str(error), status=503, way=("/", "Try again"))
        except ConnectionError:
            raise
        except Exception as error:
            # The page of aiohttp would show where in the code it was.
            _log.error("a request: an error, %s", place(error))
            return page("the server made an error, which is in its log. Try again.", status=500, way=("/", "Open"))

    return checked


async def _admitted(request: web.Request, handler: Handler, access: Access, cookie_name: str) -> web.StreamResponse:
    if not access.knows_host(request.host):
        sentence = (
            "this server does not go by that name. Open the address that it printed, or start it with --name for "
            "every name that it has."
        )
        return page(sentence, status=403)
    if request.path == HEALTH:
        return await handler(request)
    cookie = request.cookies.get(cookie_name, "")
    if _TOKEN in request.query and request.path == "/":
        return _with_cookie(request, access, cookie_name, cookie)
    seat = access.seat_of_cookie(cookie)
    if seat is None:
        return page(_NO_TOKEN, status=403)
    is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
    if (is_socket or request.method not in ("GET", "HEAD")) and not same_origin(
        request.headers.get("Origin"), request.host
    ):
        return page("the request came from another page than the reader, so nothing was done.", status=403)
    request[SEAT] = seat
    return await handler(request)


def _with_cookie(request: web.Request, access: Access, cookie_name: str, cookie: str) -> web.Response:
    """Take the token out of the address bar, and out of what the browser remembers."""
    seat = access.seat_of_token(request.query[_TOKEN], cookie)
    if seat is None:
        return page(_NO_TOKEN, status=403)
    is_encrypted = request.secure or request.headers.get("X-Forwarded-Proto") == "https"
    # Lax, and not Strict: the address may be opened from a mail, and the page would then be asked for without it.
    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(cookie_name, access.cookie(seat), httponly=True, samesite="Lax", secure=is_encrypted, path="/")
    return response
