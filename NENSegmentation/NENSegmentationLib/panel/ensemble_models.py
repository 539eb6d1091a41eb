"""The models of the ensemble in the panel: chosen, shown with their card, imported."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import qt
import slicer
from slicer.i18n import tr as _

from ..ensemble.import_process import RunningImport
from ..ensemble.models import AvailableModel, available_models
from ..scene.signal import Signal
from .background import Background
from .ensemble_packages import ensureNetworks
from .parameters import NENSegmentationParameterNode
from .reporting import reportedErrors, tell


def modelsFolder() -> Path:
    """Return where imported models are: beside the settings of this user's Slicer."""
    return Path(slicer.app.slicerUserSettingsFilePath).parent / "NENSegmentation" / "models"


class ModelChoice:
    """The list of models, the card of the one that is chosen, and the import of another.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.

    Attributes
    ----------
    changed : Signal
        Without arguments: another model is chosen, or the list is another one.
    """

    def __init__(self, ui: SimpleNamespace) -> None:
        self._ui = ui
        self._models: list[AvailableModel] = []
        self._parameters: NENSegmentationParameterNode | None = None
        self._import: RunningImport | None = None
        self._background: Background | None = None
        self.changed = Signal()
        ui.ensembleModelComboBox.connect("activated(int)", self.onChosen)
        ui.ensembleImportButton.clicked.connect(self.onImport)
        self.refresh()

    @property
    def chosen(self) -> AvailableModel | None:
        """The model that is chosen; None while there is none at all."""
        index = self._ui.ensembleModelComboBox.currentIndex
        return self._models[index] if 0 <= index < len(self._models) else None

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Show the model that a parameter node names; another one where that is not there."""
        self._parameters = parameters
        if parameters is not None:
            self._show(parameters.ensembleModel)

    def onChosen(self, _index: int = 0) -> None:
        """Keep the choice of the user, and show the card."""
        if self._parameters is not None and self.chosen is not None:
            self._parameters.ensembleModel = self.chosen.name
        self._showCard()

    def onImport(self) -> None:
        """Ask for a model and take it over, or say why not; or stop the import that is under way."""
        if self._import is not None:
            self._endImport(_("The import was stopped."))
            return
        kinds = f"{_('Models of nnU-Net')} (*.zip plans.json);;{_('All files')} (*)"
        chosen = qt.QFileDialog.getOpenFileName(self._ui.ensembleImportButton.window(), _("Import model"), "", kinds)
        if chosen:
            with reportedErrors(_("Import model")):
                ensureNetworks()
                self._import = RunningImport(Path(chosen), modelsFolder())
                self._background = Background(self._import.poll, self._onImported, self._endImport)
                self._ui.ensembleImportButton.setText(_("Stop import"))
                tell(self._ui.ensembleImportLabel, _("{name} is imported ...").format(name=Path(chosen).name))

    def stop(self) -> None:
        """Stop an import that is under way; nothing of it stays."""
        if self._import is not None:
            self._endImport("")

    def refresh(self, name: str | None = None) -> None:
        """Look for models again, and choose one by its name."""
        box = self._ui.ensembleModelComboBox
        wanted = name or (self.chosen.name if self.chosen is not None else "")
        self._models = available_models(modelsFolder())
        box.clear()
        for model in self._models:
            box.addItem(model.said)
            box.setItemData(box.count - 1, str(model.folder), qt.Qt.ToolTipRole)
        self._show(wanted)
        if name is not None:
            self.onChosen()

    def _show(self, name: str) -> None:
        names = [model.name for model in self._models]
        self._ui.ensembleModelComboBox.setCurrentIndex(names.index(name) if name in names else min(0, len(names) - 1))
        self._showCard()

    def _showCard(self) -> None:
        model = self.chosen
        words = _("There is no model. Import one.") if model is None else "\n".join(model.described())
        self._ui.ensembleCardLabel.setText(words)
        self.changed.emit()

    def _onImported(self, folder: Path) -> None:
        self._endImport(_("{name} was imported.").format(name=folder.name))
        self.refresh(folder.name)

    def _endImport(self, words: str) -> None:
        self._background.stop()
        self._import.cancel()
        self._import = None
        self._ui.ensembleImportButton.setText(_("Import model..."))
        tell(self._ui.ensembleImportLabel, words)
