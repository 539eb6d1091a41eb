"""What there is to compute on, said on request: PyTorch has to be loaded for it."""

from __future__ import annotations

from types import SimpleNamespace

from slicer.i18n import tr as _

from ..ensemble.device_query import DeviceQuery
from .background import Background
from .ensemble_packages import ensureNetworks
from .reporting import reportedErrors, tell


class DeviceCheck:
    """The button that asks, and the label with the answer.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    """

    def __init__(self, ui: SimpleNamespace) -> None:
        self._ui = ui
        self._query: DeviceQuery | None = None
        self._background: Background | None = None
        ui.ensembleCheckButton.clicked.connect(self.onCheck)

    def onCheck(self) -> None:
        """Ask, or say why not."""
        with reportedErrors(_("AI ensemble")):
            ensureNetworks()
            self._query = DeviceQuery()
            self._background = Background(self._query.poll, self._onAnswered, self._onAnswered)
            self._ui.ensembleCheckButton.setEnabled(False)
            tell(self._ui.ensembleDeviceLabel, _("Looking ..."))

    def stop(self) -> None:
        """Ask no more."""
        if self._query is not None:
            self._background.stop()
            self._query.cancel()
            self._query = None

    def _onAnswered(self, said: str) -> None:
        self.stop()
        self._ui.ensembleCheckButton.setEnabled(True)
        tell(self._ui.ensembleDeviceLabel, said)
