"""Whether a process of this machine still runs, asked without disturbing it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

# Of the Windows API: a right to wait for a process, and two of its answers.
_SYNCHRONIZE, _INVALID_PARAMETER, _WAIT_TIMEOUT = 0x00100000, 87, 258


def runs(process: int) -> bool:
    """Return whether a process runs; one that may belong to another user, and may not be asked, does.

    Parameters
    ----------
    process : int
        Its number. A number that was given to another process since counts as running.
    """
    if sys.platform == "win32":
        return runs_on_windows(process, *_kernel())
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def runs_on_windows(process: int, kernel: Any, last_error: Callable[[], int]) -> bool:  # noqa: ANN401 - a library
    """Return what `runs` does, where signal 0 would end the process instead of asking.

    Parameters
    ----------
    process : int
        Its number.
    kernel : object
        kernel32, or what stands in for it.
    last_error : callable
        Its last error.
    """
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, process)
    if not handle:
        # Only this error says that there is none; any other, that it may not be opened.
        return last_error() != _INVALID_PARAMETER
    try:
        # A process that ended can be opened as long as somebody else has it open.
        return kernel.WaitForSingleObject(handle, 0) == _WAIT_TIMEOUT
    finally:
        kernel.CloseHandle(handle)


if sys.platform == "win32":

    def _kernel() -> tuple[Any, Callable[[], int]]:
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = wintypes.HANDLE
        kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
        kernel.WaitForSingleObject.restype = wintypes.DWORD
        kernel.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
        kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
        return kernel, ctypes.get_last_error
