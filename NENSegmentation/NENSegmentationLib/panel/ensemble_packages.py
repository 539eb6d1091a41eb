"""PyTorch and nnU-Net in Slicer: installed when the ensemble is used first, never before."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from subprocess import CalledProcessError

from slicer.i18n import tr as _

from .dependencies import ensurePackages
from .errors import PanelError

NNUNET = {"nnunetv2": "nnunetv2>=2.8,<3", "dynamic_network_architectures": "dynamic-network-architectures>=0.4"}


def areNetworksInstalled() -> bool:
    """Tell whether the ensemble can run."""
    return all(find_spec(name) is not None for name in ("torch", *NNUNET))


def ensureNetworks() -> None:
    """Install what is missing, after asking the user: PyTorch by its own extension, the others from PyPI.

    Raises
    ------
    PanelError
        If that extension is not there, the user declines, or an installation fails.
    """
    if find_spec("torch") is None:
        _installTorch()
    ensurePackages(NNUNET)


def _installTorch() -> None:
    if find_spec("PyTorchUtils") is None:
        message = _(
            "PyTorch is needed and not installed. Install the extension PyTorch (View, Extensions Manager), restart "
            "Slicer, and run the ensemble again."
        )
        raise PanelError(message)
    logic = importlib.import_module("PyTorchUtils").PyTorchUtilsLogic()
    try:
        installed = logic.installTorch(askConfirmation=True)
    except (CalledProcessError, ImportError, RuntimeError, ValueError) as error:
        message = _("PyTorch could not be installed. Try it in the module PyTorch Utils, which shows the reason.")
        raise PanelError(message) from error
    importlib.invalidate_caches()
    if installed is None:
        message = _("PyTorch is needed and was not installed. Start again and agree to the installation.")
        raise PanelError(message)
