"""An upload as it comes over the network: from the socket to the disk, never whole in memory."""

from __future__ import annotations

import asyncio

from aiohttp import BodyPartReader, ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from .errors import WebError
from .intake import Upload

_CHUNK_BYTES = 1 << 18
_WAIT_S = 60.0


async def receive(request: web.Request, upload: Upload, *, wait_s: float = _WAIT_S) -> None:
    """Write the files of a request to the folder of an upload.

    Parameters
    ----------
    request : aiohttp.web.Request
        Of type multipart/form-data; each file is a part with a file name.
    upload : Upload
        Takes the files.
    wait_s : float
        Seconds without a byte after which the sender counts as gone.

    Raises
    ------
    WebError
        If it is no upload, breaks off, or is more than may be.
    """
    if request.content_type != "multipart/form-data":
        message = "this is no upload of files. Drop files on the page, or choose them there."
        raise WebError(message)
    # Told before anything is received, where the browser is honest.
    upload.budget.check_announced(request.content_length)
    try:
        parts = await request.multipart()
        while (part := await asyncio.wait_for(parts.next(), wait_s)) is not None:
            await _receive_part(part, upload, wait_s)
    except (asyncio.TimeoutError, TimeoutError, ConnectionError, ClientError) as error:
        message = "the upload broke off, so nothing was taken. Check the network, and upload again."
        raise WebError(message) from error
    except (ValueError, AssertionError, HttpProcessingError) as error:
        message = "the upload is damaged, so nothing was taken. Upload again."
        raise WebError(message) from error


async def _receive_part(part: object, upload: Upload, wait_s: float) -> None:
    if not isinstance(part, BodyPartReader) or not part.filename:
        message = "the upload holds something that is no file. Drop files on the page, or choose them there."
        raise WebError(message)
    with upload.new_file(part.filename) as file:
        while chunk := await asyncio.wait_for(part.read_chunk(_CHUNK_BYTES), wait_s):
            upload.budget.receive(len(chunk))
            # The other sessions go on while the disk is slow.
            await asyncio.to_thread(file.write, chunk)
