"""Where the large arrays of a prediction lie: in memory, or on the disk where memory is short."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import EnsembleError

Zeros = Callable[[tuple[int, ...]], NDArray[np.float32]]
"""Makes an array of zeros of a shape."""


def in_memory(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return an array of zeros."""
    return np.zeros(shape, np.float32)


def on_disk(folder: Path) -> Zeros:
    """Return a function that makes arrays whose voxels lie in files of a folder; the system keeps what it has room for.

    Parameters
    ----------
    folder : Path
        The files vanish with it.

    Raises
    ------
    EnsembleError
        From that function: if there is too little space.
    """

    def zeros(shape: tuple[int, ...]) -> NDArray[np.float32]:
        size = 4 * int(np.prod(shape))
        try:
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".array", delete=False) as file:
                # Written, not only promised: a full disk is found here, and not by a crash later on.
                for start in range(0, size, 1 << 24):
                    file.write(bytes(min(1 << 24, size - start)))
            return np.memmap(file.name, np.float32, "r+", shape=shape)
        except OSError as error:
            message = (
                f"{folder}: an array of the prediction needs {size / 1e9:.1f} GB on the disk, which are not free. Free "
                f"some space there, or some memory."
            )
            raise EnsembleError(message) from error

    return zeros
