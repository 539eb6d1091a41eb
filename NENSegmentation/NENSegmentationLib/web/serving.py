"""The server: lets readers in, gives each a session, takes what they upload, and passes on the rest."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote

import aiohttp
from aiohttp import web

from .. import __version__
from ..core.errors import NENSegmentationError
from . import tasks
from .errors import WebError
from .serving_access import Access
from .serving_checks import HEALTH, SEAT, add_headers, checks
from .serving_intake import ServedIntake, TakeIn
from .serving_pages import page
from .serving_proxy import SCRIPTS, forward, forward_socket, start_page
from .sessions import Sessions
from .sessions_process import CaseRefusedError
from .sessions_tabs import Session, Why

_ASSETS = Path(__file__).parent / "assets"
_log = logging.getLogger(__name__)
_AGAIN = ("/again", "Open it again")


class Serving:
    """The web application in front of the sessions.

    Parameters
    ----------
    access : Access
        Tells who may come in.
    sessions : Sessions
        Of those who are in.
    intake : ServedIntake or None
        Takes what is uploaded; without it nothing can be.
    cookie_name : callable
        Returns the name of the cookie.
    """

    def __init__(
        self, access: Access, sessions: Sessions, intake: ServedIntake | None, cookie_name: Callable[[], str]
    ) -> None:
        self._access, self._sessions, self._intake, self._cookie_name = access, sessions, intake, cookie_name

    def application(self) -> web.Application:
        """Return the application, to be run."""
        application = web.Application(middlewares=[checks(self._access, self._cookie_name)])
        application.on_response_prepare.append(add_headers)
        application.cleanup_ctx.append(self._while_running)
        # Before the connections are waited for: the web sockets last as long as their sessions.
        application.on_shutdown.append(self._at_shutdown)
        if self._intake is not None:
            taken_in = {"/upload": self._intake.upload, "/choose": self._intake.choose}
            application.add_routes(web.post(path, self._taking_in(take_in)) for path, take_in in taken_in.items())
        application.add_routes(
            [
                web.get(HEALTH, self._health),
                web.get("/", self._start),
                web.get("/again", self._again),
                web.get("/elsewhere", self._elsewhere),
                web.get("/reader/{script}", self._script),
                # What trame's page asks first: where its session is.
                web.post("/paraview/", self._connect),
                web.get("/ws/{page}", self._socket),
                web.get("/{path:.+}", self._file),
            ]
        )
        return application

    async def _while_running(self, _application: web.Application) -> AsyncIterator[None]:
        watching = tasks.keep(self._sessions.watch, "the look for sessions that nobody uses")
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, skip_auto_headers=("Accept-Encoding",)
        ) as self._client:
            yield
            watching.cancel()

    async def _at_shutdown(self, _application: web.Application) -> None:
        await self._sessions.close()

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "version": __version__})

    async def _start(self, request: web.Request) -> web.StreamResponse:
        if request.query_string:
            # trame's page obeys its address: it would connect to any server that a link names there.
            raise web.HTTPSeeOther(location="/")
        seat = request[SEAT]
        why = self._sessions.gone(seat)
        if why is not None and self._sessions.found(seat) is None:
            return page(why.sentence, status=503 if why is Why.DIED else 200, way=_AGAIN)
        session = await self._session(seat)
        try:
            return await start_page(session, self._client, SCRIPTS[: 1 if self._intake is None else 2])
        except aiohttp.ClientError:
            # It died a moment ago.
            self._sessions.note_death(seat, session)
            return page(Why.DIED.sentence, status=503, way=_AGAIN)

    async def _again(self, request: web.Request) -> web.Response:
        self._sessions.forget_end(request[SEAT])
        raise web.HTTPSeeOther(location="/")

    async def _elsewhere(self, _request: web.Request) -> web.Response:
        return page(Why.TAKEN.sentence, way=("/", "Go on here"))

    async def _script(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["script"]
        if name not in SCRIPTS:
            raise web.HTTPNotFound
        return web.FileResponse(_ASSETS / name)

    async def _connect(self, request: web.Request) -> web.Response:
        session = self._sessions.found(request[SEAT])
        if session is None:
            return web.json_response({"error": Why.DIED.sentence}, status=503)
        tab = session.take()
        # The page knows itself under which name it reached this server, and whether it was encrypted.
        return web.json_response({"id": tab, "sessionURL": f"ws://USE_HOST/ws/{tab}", "secret": session.socket_secret})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.found(request[SEAT])
        return await forward_socket(request, session, self._client, lambda: self._sessions.note_input(session))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        session = self._sessions.found(request[SEAT])
        parts = unquote(request.raw_path).replace("\\", "/").split("/")
        if session is None or not request.raw_path.startswith("/") or ".." in parts:
            raise web.HTTPNotFound
        try:
            return await forward(request, session, self._client)
        except aiohttp.ClientError as error:
            raise web.HTTPNotFound from error

    def _taking_in(self, take_in: TakeIn) -> Callable[[web.Request], Awaitable[web.Response]]:
        return lambda request: self._taken_in(request, take_in)

    async def _taken_in(self, request: web.Request, take_in: TakeIn) -> web.Response:
        """Answer an upload with what is wrong with it, if anything is."""
        try:
            await self._take_in_alone(request, take_in)
        except CaseRefusedError as error:
            return _refused(str(error), error.remedy)
        except NENSegmentationError as error:
            return _refused(str(error))
        except ConnectionError:
            # Nobody is there any more who could be answered.
            raise
        except OSError as error:
            # Without its path, which says where the data lie.
            why = error.strerror or type(error).__name__
            _log.warning("an upload could not be taken in: %s", why)
            return _refused(
                f"the server could not take the upload in ({why}). Ask who runs it to look at its disk, and upload "
                "again."
            )
        return web.json_response({"message": ""})

    async def _take_in_alone(self, request: web.Request, take_in: TakeIn) -> None:
        """Let one upload at a time change the case of a session."""
        session = await self._session(request[SEAT])
        if session.uploading:
            message = "an upload is under way already. Wait until it is done."
            raise WebError(message)
        session.uploading = True
        try:
            await take_in(request, request[SEAT], session)
        finally:
            session.uploading = False
            self._sessions.note_input(session)

    async def _session(self, seat: str) -> Session:
        return await self._sessions.running(seat, self._access.reader(seat))


def _refused(sentence: str, remedy: str | None = None) -> web.Response:
    return web.json_response({"message": sentence[:1].upper() + sentence[1:], "remedy": remedy}, status=422)
