"""The picture of a view as the browser gets it."""

from __future__ import annotations

from enum import Enum
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_JPEG_QUALITY = 85


class Quality(Enum):
    """How a picture is coded: while it changes it has to come soon, once it stands still it has to be exact."""

    MOVING = "image/jpeg"
    STILL = "image/png"


def encoded(pixels: NDArray[np.uint8], quality: Quality) -> bytes:
    """Return a picture as the content of a file.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (rows from the top, columns, 3)
        Red, green and blue.
    quality : Quality
        STILL loses nothing; MOVING is 8-bit JPEG with colour at full resolution, so that the rim of a lesion stays
        where it is.

    Returns
    -------
    bytes
    """
    image, file = Image.fromarray(pixels), BytesIO()
    if quality is Quality.MOVING:
        image.save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4")
    else:
        image.save(file, "PNG", compress_level=1)
    return file.getvalue()
