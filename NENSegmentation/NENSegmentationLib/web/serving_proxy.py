"""Between the browser and the process of its session: pages, and the web socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Sequence

import aiohttp
from aiohttp import WSMsgType, web
from yarl import URL

from .serving_checks import policy
from .sessions_process import SECRET_HEADER
from .sessions_tabs import Line, Session, Why

_PASSED_ON = (
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "Last-Modified",
)
_ASKED_WITH = ("Accept", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range")
# What trame cuts its messages into, and their heads.
_MOST_BYTES = 11 << 20
_HEARTBEAT_S = 30.0
_CHUNK_BYTES = 1 << 18
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_TITLE = re.compile(rb"<title>.*?</title>", re.DOTALL)
SCRIPTS = ("connection.js", "drop.js")
"""Of this server, in every page: the first keeps its connection, the second takes what is dropped on it."""


async def forward(request: web.Request, session: Session, client: aiohttp.ClientSession) -> web.StreamResponse:
    """Answer with what the process of a session answers."""
    headers = {name: request.headers[name] for name in _ASKED_WITH if name in request.headers}
    headers[SECRET_HEADER] = session.secret
    # From its parts: what stands in the request must not become another server.
    address = URL.build(
        scheme="http",
        host="127.0.0.1",
        port=session.process.port,
        path=request.rel_url.raw_path,
        query_string=request.rel_url.raw_query_string,
        encoded=True,
    )
    async with client.get(address, headers=headers, allow_redirects=False) as answer:
        passed = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
        response = web.StreamResponse(status=answer.status, headers=passed)
        await response.prepare(request)
        if request.method != "HEAD":
            async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                await response.write(chunk)
        await response.write_eof()
    return response


async def start_page(session: Session, client: aiohttp.ClientSession, scripts: Sequence[str]) -> web.Response:
    """Return the page of a session, with scripts of this server."""
    address = f"http://127.0.0.1:{session.process.port}/index.html"
    async with client.get(address, headers={SECRET_HEADER: session.secret}) as answer:
        answer.raise_for_status()
        text = await answer.read()
    # The name of the reader from the first moment, and a page that can be enlarged by those who see badly.
    text = _TITLE.sub(b"<title>NENSegmentation</title>", text).replace(b",maximum-scale=1,minimum-scale=1", b"")
    hashes = tuple(base64.b64encode(hashlib.sha256(one).digest()).decode() for one in _SCRIPT.findall(text))
    # Before any other script: the first one watches over the web socket that they open.
    ours = "".join(f'<script src="/reader/{name}"></script>' for name in scripts).encode()
    text = text.replace(b"<head>", b"<head>" + ours, 1)
    return web.Response(
        body=text, content_type="text/html", charset="utf-8", headers={"Content-Security-Policy": policy(hashes)}
    )


async def forward_socket(
    request: web.Request, session: Session | None, client: aiohttp.ClientSession, on_input: Callable[[], None]
) -> web.WebSocketResponse:
    """Join the web socket of a tab with that of the process, for as long as the tab has the session."""
    browser = web.WebSocketResponse(max_msg_size=_MOST_BYTES, heartbeat=_HEARTBEAT_S, compress=False)
    await browser.prepare(request)
    if session is None or request.match_info["page"] != session.page:
        why = Why.DIED if session is None else Why.TAKEN
        await browser.close(code=why.code, message=why.reason)
        return browser
    line = Line(browser)
    session.lines.append(line)
    address = f"ws://127.0.0.1:{session.process.port}/ws"
    with contextlib.suppress(aiohttp.ClientError):
        async with client.ws_connect(
            address, headers={SECRET_HEADER: session.secret}, max_msg_size=0, compress=0
        ) as process:
            await _join(line, process, on_input)
    if line in session.lines:
        session.lines.remove(line)
    await browser.close(code=line.why.code, message=line.why.reason)
    return browser


async def _join(line: Line, process: aiohttp.ClientWebSocketResponse, on_input: Callable[[], None]) -> None:
    async def inwards() -> None:
        async for message in line.socket:
            if message.type is WSMsgType.BINARY:
                on_input()
                await process.send_bytes(message.data)

    async def outwards() -> None:
        async for message in process:
            if message.type is WSMsgType.BINARY:
                await line.socket.send_bytes(message.data)

    tasks = [asyncio.create_task(one) for one in (inwards(), outwards(), line.cut.wait())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception) and not isinstance(ended, (ConnectionError, aiohttp.ClientError)):
                raise ended
