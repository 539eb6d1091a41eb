"""Python packages that Slicer does not bring: installed when they are needed, never at import.

The threshold method needs none. A method that does calls `ensurePackages` at its start.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.util import find_spec
from subprocess import CalledProcessError

import slicer
from slicer.i18n import tr as _

from .errors import PanelError

# Slicer has its own SimpleITK, and torch comes from the PyTorch extension, built for the graphics card that is there.
BROUGHT_BY_OTHERS = ["SimpleITK", "torch"]


def ensurePackages(requirements: Mapping[str, str]) -> None:
    """Install the packages that are missing, after asking the user.

    Parameters
    ----------
    requirements : mapping of str to str
        Name to import -> what pip is asked for, for example ``{"cc3d": "connected-components-3d>=3.16"}``.

    Raises
    ------
    PanelError
        If the user declines, or the installation fails.
    """
    missing = _missing(requirements)
    if not missing:
        return
    try:
        _install(missing)
    except RuntimeError as error:
        message = f"{', '.join(missing)} is needed and was not installed. Start again and agree to the installation."
        raise PanelError(message) from error
    except CalledProcessError as error:
        raise PanelError(_failed(missing)) from error
    importlib.invalidate_caches()
    if _missing(requirements):
        raise PanelError(_failed(_missing(requirements)))


def _missing(requirements: Mapping[str, str]) -> list[str]:
    return [requirement for name, requirement in requirements.items() if find_spec(name) is None]


def _install(requirements: list[str]) -> None:
    """Ask and install; a RuntimeError says that the user declined."""
    if find_spec("slicer.packaging") is not None:
        packaging = importlib.import_module("slicer.packaging")
        packaging.pip_ensure(requirements, requester="NEN Segmentation", skip_packages=BROUGHT_BY_OTHERS)
        return
    # Slicer 5.10 and before
    question = _("NEN Segmentation needs to install: {packages}. Continue?").format(packages=", ".join(requirements))
    if not slicer.util.confirmOkCancelDisplay(question):
        message = "declined"
        raise RuntimeError(message)
    slicer.util.pip_install(requirements)


def _failed(requirements: list[str]) -> str:
    names = ", ".join(requirements)
    return f"{names} could not be installed. Check the connection to the internet; Slicer's Python console has the log."
