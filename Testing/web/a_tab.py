"""A tab of a browser, as far as the server can tell."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from typing import Any

import aiohttp
import msgpack
from web.a_server import Server
from wslink.chunking import generate_chunks

_WAIT_S = 90


class Tab:
    """A page that is open: it came in, connected, and speaks as trame's page does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, address: str) -> None:
        self.socket, self.address = socket, address
        self._messages: dict[int, bytearray] = {}
        self._calls = 0

    async def call(self, method: str, *arguments: Any) -> Any:
        self._calls += 1
        number = f"{'system' if method == 'wslink.hello' else 'rpc'}:{self._calls}"
        message = {"wslink": "1.0", "id": number, "method": method, "args": list(arguments), "kwargs": {}}
        for chunk in generate_chunks(msgpack.packb(message), 1 << 20):
            await self.socket.send_bytes(chunk)
        while True:
            answer = await self.receive()
            if answer.get("id") == number:
                return answer

    async def receive(self) -> dict[str, Any]:
        while True:
            message = await asyncio.wait_for(self.socket.receive(), _WAIT_S)
            assert message.type is aiohttp.WSMsgType.BINARY, message
            number, offset, size = struct.unpack("<3I", message.data[:12])
            whole = self._messages.setdefault(number, bytearray())
            assert len(whole) == offset
            whole += message.data[12:]
            if len(whole) == size:
                # The client of wslink is in JavaScript, for which keys are what they are.
                return msgpack.unpackb(self._messages.pop(number), strict_map_key=False)

    async def trigger(self, name: str) -> Any:
        return await self.call("trame.trigger", name, [], {})

    async def state(self) -> dict[str, Any]:
        return (await self.call("trame.state.get"))["result"]["state"]

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes the web socket; return its code and its sentence."""
        while True:
            message = await asyncio.wait_for(self.socket.receive(), _WAIT_S)
            if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING):
                return self.socket.close_code, str(message.extra or "")


@contextlib.asynccontextmanager
async def a_tab(server: Server, cookie: str):
    """Open the page of a server, as a browser with this cookie does."""
    async with aiohttp.ClientSession(headers=server.inside(cookie), cookie_jar=aiohttp.DummyCookieJar()) as client:
        async with client.get(f"{server.base}/") as page:
            assert page.status == 200, await page.text()
        async with client.post(f"{server.base}/paraview/") as answer:
            connection = json.loads(await answer.text())
        address = connection["sessionURL"].replace("USE_HOST", f"127.0.0.1:{server.port}")
        async with client.ws_connect(address, max_msg_size=0) as socket:
            tab = Tab(socket, address)
            assert "result" in await tab.call("wslink.hello", {"secret": connection["secret"]})
            yield tab


def multipart(files: dict[str, bytes], boundary: str = "boundary") -> tuple[dict[str, str], bytes]:
    """Headers and body of an upload, with file names exactly as they are given."""
    body = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n" % (boundary.encode(), name.encode(), content)
        for name, content in files.items()
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return headers, body + f"--{boundary}--\r\n".encode()
