"""Whether PyTorch and nnU-Net are there: they are large, and only the ensemble needs them."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import EnsembleError

PACKAGES = ("torch", "nnunetv2", "dynamic_network_architectures")
NOT_INSTALLED = (
    "the ensemble needs PyTorch and nnU-Net, which are not installed. Install them: pip install torch nnunetv2"
)


def require_networks() -> None:
    """Refuse to begin what cannot be done without PyTorch and nnU-Net.

    Raises
    ------
    EnsembleError
        If one of them is not installed.
    """
    if any(find_spec(name) is None for name in PACKAGES):
        raise EnsembleError(NOT_INSTALLED)
