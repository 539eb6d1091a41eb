"""What a click in a view does: nothing of ours, delete a lesion, or add one."""

from __future__ import annotations

from types import SimpleNamespace

from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.seed_rule import Rule, fixed_suv, gradient_edge, percent_of_maximum
from ..scene.interaction import ClickTools, Ras
from .keys import newShortcut
from .layout_views import sliceViews
from .parameters import NENSegmentationParameterNode, SeedRule
from .reading import Reading
from .reporting import errorsIn
from .seed_preview import SeedPreview
from .view_input import ViewInput


class ClickModes:
    """The buttons Delete by click and Add by click, and the lesion under the pointer.

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
        self._tools = ClickTools(self._lesionMap, self._onHover)
        self._input = ViewInput(self._onInput)
        self._preview = SeedPreview(ui, reading, self._input.place, self._rule)
        self.highlighted: int | None = None
        # Only while a click does something of ours: Slicer ends its own placing of points by the same key.
        self._escape = newShortcut("Esc", self.stop)
        self._escape.setEnabled(False)
        ui.deleteByClickButton.toggled.connect(self.onDeleteToggled)
        ui.addByClickButton.toggled.connect(self.onAddToggled)
        reading.changed.connect(self._onCaseChanged)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Take the rule of a seed from a parameter node."""
        self._parameters = parameters
        rule = parameters.seedRule if parameters is not None else SeedRule.PATIENT_THRESHOLD
        self._ui.seedSuvSpinBox.setVisible(rule is SeedRule.FIXED_SUV)
        self._ui.seedPercentSpinBox.setVisible(rule is SeedRule.PERCENT_OF_MAXIMUM)

    def stop(self) -> None:
        """Leave clicks to Slicer."""
        self._ui.deleteByClickButton.setChecked(False)
        self._ui.addByClickButton.setChecked(False)

    def attach(self) -> None:
        """Observe the views of the layout; needed again when it gets new ones."""
        if self._reading.session is not None:
            for interactor, node in sliceViews():
                self._tools.attach(interactor, node)
                self._input.attach(interactor, node)

    def detach(self) -> None:
        """Observe no view any more."""
        self.stop()
        self._tools.detach()
        self._input.detach()

    def remove(self) -> None:
        """Let go of the views, and take the key out of the main window; cannot be used afterwards."""
        self.detach()
        if self._escape is not None:
            self._escape.deleteLater()
            self._escape = None

    def highlight(self, lesionId: int | None) -> None:
        """Show one lesion in white while the pointer is over none."""
        self.highlighted = lesionId
        self._showHighlight(lesionId)

    def onDeleteToggled(self, enabled: bool) -> None:
        """Let a click delete the lesion under it, or end that."""
        if enabled:
            self._ui.addByClickButton.setChecked(False)
        self._setActive()

    def onAddToggled(self, enabled: bool) -> None:
        """Let a click add the lesion around it, or end that."""
        if enabled:
            self._ui.deleteByClickButton.setChecked(False)
        self._setActive()

    def _setActive(self) -> None:
        if self._ui.deleteByClickButton.isChecked():
            self._tools.active = self._delete
        else:
            self._tools.active = self._add if self._ui.addByClickButton.isChecked() else None
        self._escape.setEnabled(self._tools.active is not None)
        self._preview.setEnabled(self._ui.addByClickButton.isChecked())

    def _delete(self, ras: Ras) -> None:
        with errorsIn(self._ui.messageLabel):
            self._reading.session.delete_at(ras)

    def _add(self, ras: Ras) -> None:
        with errorsIn(self._ui.messageLabel):
            self._reading.session.add_seed(ras, self._rule())

    def _rule(self) -> Rule | None:
        return seedRule(self._parameters)

    def _lesionMap(self) -> LesionMap | None:
        return self._reading.session.lesion_map if self._reading.session is not None else None

    def _onHover(self, lesion: Lesion | None, words: str) -> None:
        self._ui.hoverLabel.setText(words)
        self._showHighlight(lesion.id if lesion is not None else self.highlighted)

    def _onInput(self) -> None:
        with errorsIn(self._ui.timeMessageLabel):
            self._reading.session.timer.activity()
        self._preview.onMoved()

    def _onCaseChanged(self) -> None:
        self.highlighted = None
        self.detach()
        self.attach()

    def _showHighlight(self, lesionId: int | None) -> None:
        session = self._reading.session
        if session is not None and session.overlay is not None:
            session.overlay.highlight(lesionId if lesionId in session.lesion_map.lesions else None)


def seedRule(parameters: NENSegmentationParameterNode) -> Rule | None:
    """Return the rule that was chosen for seeds; None stands for the threshold of the patient.

    Raises
    ------
    MethodError
        If its value is not possible.
    """
    if parameters.seedRule is SeedRule.FIXED_SUV:
        return fixed_suv(parameters.seedSuv)
    if parameters.seedRule is SeedRule.PERCENT_OF_MAXIMUM:
        return percent_of_maximum(parameters.seedPercent)
    return gradient_edge() if parameters.seedRule is SeedRule.GRADIENT_EDGE else None
