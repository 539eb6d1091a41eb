"""The section AI ensemble: a model proposes the lesions, while the reader works on."""

from __future__ import annotations

from types import SimpleNamespace

from slicer.i18n import tr as _

from ..ensemble.model import read_model
from ..ensemble.windows import Mode
from ..scene.ensemble_run import EnsembleRun
from .background import Background
from .ensemble_devices import DeviceCheck
from .ensemble_models import ModelChoice
from .ensemble_packages import ensureNetworks
from .ensemble_training import TrainingCases
from .parameters import NENSegmentationParameterNode
from .questions import mayReplaceLesions
from .reading import Reading
from .reporting import reportedErrors, tell


class EnsembleSection:
    """Runs the chosen model on the case, shows how far it is, and takes its lesions over.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    """

    def __init__(self, ui: SimpleNamespace, reading: Reading) -> None:
        self._ui, self._reading = ui, reading
        self._parameters: NENSegmentationParameterNode | None = None
        self._run: EnsembleRun | None = None
        self._background: Background | None = None
        self._models, self._devices = ModelChoice(ui), DeviceCheck(ui)
        self._training = TrainingCases(ui, reading)
        ui.ensembleRunButton.clicked.connect(self.onRun)
        ui.ensembleCancelButton.clicked.connect(self.onCancel)
        self._models.changed.connect(self._update)
        reading.changed.connect(self._onCaseChanged)
        self._onCaseChanged()

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Take model, device and mode from a parameter node; None while another module is open."""
        self._parameters = parameters
        self._models.follow(parameters)
        self._update()

    def onRun(self) -> None:
        """Let the chosen model look at the case, or say why not."""
        with reportedErrors(_("AI ensemble")):
            ensureNetworks()
            self._run = EnsembleRun(
                self._reading.session,
                read_model(self._models.chosen.folder),
                mode=Mode[self._parameters.ensembleMode.name],
                device=self._parameters.ensembleDevice.name.lower(),
            )
            self._background = Background(self._poll, self._onFound, self._end)
            tell(self._ui.ensembleMessageLabel, "")
            self._ui.ensembleLogText.clear()
            self._showProgress()
        self._update()

    def onCancel(self) -> None:
        """End the run; the lesions stay as they are."""
        self._end(_("Cancelled: the lesions are as they were."))

    def stop(self) -> None:
        """End everything that is under way; a training case is written to its end all the same."""
        self._end("")
        self._models.stop()
        self._devices.stop()
        self._training.stop()

    def _poll(self) -> bool:
        isFound = self._run.poll()
        self._showProgress()
        # Lesions are not replaced under another module, which may be editing them just now, nor in a break of a study.
        return isFound and self._parameters is not None and not self._reading.session.closed_to_edits

    def _onFound(self, _found: bool) -> None:
        run, session = self._run, self._reading.session
        if not mayReplaceLesions(session, _("AI ensemble")):
            self._end(_("The result of the ensemble was left out: the lesions are as they were."))
            return
        with reportedErrors(_("AI ensemble")):
            self._reading.replaceLesions(run.take_over, self._parameters)
            words = _("Lesions found: {count}.").format(count=len(session.lesion_map.lesions))
            self._end(" ".join((words, *run.warnings)))
            return
        self._end(_("The result could not be taken over: the lesions are as they were."))

    def _end(self, words: str) -> None:
        """End the run if there is one, and say what became of it."""
        if self._run is not None:
            self._background.stop()
            self._run.cancel()
            self._run = None
        self._ui.ensembleProgressBar.setVisible(False)
        tell(self._ui.ensembleProgressLabel, "")
        tell(self._ui.ensembleMessageLabel, words)
        self._update()

    def _showProgress(self) -> None:
        run, bar = self._run, self._ui.ensembleProgressBar
        bar.setVisible(True)
        bar.setMaximum(run.total)
        bar.setValue(run.done)
        tell(self._ui.ensembleProgressLabel, run.progress)
        lines = "\n".join(run.log)
        if lines != self._ui.ensembleLogText.plainText:
            self._ui.ensembleLogText.setPlainText(lines)

    def _onCaseChanged(self) -> None:
        self._end("")

    def _update(self) -> None:
        missing = self._missing()
        self._ui.ensembleRunButton.setEnabled(not missing and self._run is None)
        self._ui.ensembleRunButton.setToolTip(missing or _("Let the ensemble propose the lesions; you can work on."))
        self._ui.ensembleCancelButton.setEnabled(self._run is not None)

    def _missing(self) -> str:
        """Return what has to be there before the ensemble can run."""
        if self._reading.session is None:
            return _("Open a case first.")
        return _("Import a model first.") if self._models.chosen is None else ""
