"""What a click in a view does: nothing of ours, delete a lesion, add one, or mend a part of one."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.seed_rule import Rule, fixed_suv, gradient_edge, percent_of_maximum
from ..scene.interaction import ClickTools, Ras
from ..scene.mip_navigation import MipNavigation
from .keys import newShortcut
from .layout_views import isMipView, sliceViews
from .mending import Mending
from .parameters import NENSegmentationParameterNode, SeedRule
from .reading import Reading
from .reporting import errorsIn
from .seed_preview import SeedPreview
from .view_input import ViewInput

if TYPE_CHECKING:
    import qt


class ClickModes:
    """The buttons Delete by click, Add by click, Paint and Erase, and the lesion under the pointer.

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
        self._navigation: MipNavigation | None = None
        self._preview = SeedPreview(ui, reading, self._input.place, lambda: (self._rule(), self._parameters.leakLimit))
        self._mending = Mending(ui, reading, lambda: self.highlighted)
        self.highlighted: int | None = None
        # Only while a click does something of ours: Slicer ends its own placing of points by the same key.
        self._escape = newShortcut("Esc", self.stop)
        self._escape.enabled = False
        self._modes = (ui.deleteByClickButton, ui.addByClickButton, ui.paintButton, ui.eraseButton)
        for button in self._modes:
            button.toggled.connect(partial(self.onToggled, button))
        reading.changed.connect(self._onCaseChanged)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Take the rule of a seed from a parameter node."""
        self._parameters = parameters
        rule = parameters.seedRule if parameters is not None else SeedRule.PATIENT_THRESHOLD
        self._ui.seedSuvSpinBox.setVisible(rule is SeedRule.FIXED_SUV)
        self._ui.seedPercentSpinBox.setVisible(rule is SeedRule.PERCENT_OF_MAXIMUM)

    def stop(self) -> None:
        """Leave clicks to Slicer."""
        for button in self._modes:
            button.setChecked(False)

    def attach(self) -> None:
        """Observe the views of the layout; needed again when it gets new ones."""
        session = self._reading.session
        for interactor, node in sliceViews() if session is not None else ():
            mip = session.mip if isMipView(node) else None
            pick = mip.pick if mip is not None else None
            self._tools.attach(interactor, node, pick)
            self._input.attach(interactor, node, pick)
            if not isMipView(node):
                self._mending.attach(interactor, node)
            if mip is not None and self._navigation is None:
                self._navigation = MipNavigation(interactor, node, mip)

    def detach(self) -> None:
        """Observe no view any more."""
        self.stop()
        self._tools.detach()
        self._input.detach()
        self._mending.detach()
        if self._navigation is not None:
            self._navigation.detach()
            self._navigation = None

    def remove(self) -> None:
        """Let go of the views, and take the key out of the main window; cannot be used afterwards."""
        self.detach()
        if self._escape is not None:
            self._escape.deleteLater()
            self._escape = None

    def highlight(self, lesionId: int | None) -> None:
        """Show one lesion in magenta while the pointer is over none."""
        self.highlighted = lesionId
        self._showHighlight(lesionId)

    def onToggled(self, chosen: qt.QPushButton, enabled: bool) -> None:
        """Let a click do what one of the buttons says, and nothing else, or end that."""
        for button in self._modes if enabled else ():
            if button is not chosen:
                button.setChecked(False)
        self._setActive()

    def _setActive(self) -> None:
        if self._ui.deleteByClickButton.isChecked():
            self._tools.active = self._delete
        else:
            self._tools.active = self._add if self._ui.addByClickButton.isChecked() else None
        self._mending.update()
        self._escape.enabled = any(button.checked for button in self._modes)
        self._preview.setEnabled(self._ui.addByClickButton.isChecked())

    def _delete(self, ras: Ras) -> None:
        with errorsIn(self._ui.messageLabel):
            self._reading.session.delete_at(ras)

    def _add(self, ras: Ras) -> None:
        with errorsIn(self._ui.messageLabel):
            self._reading.session.add_seed(ras, self._rule(), self._parameters.leakLimit)

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
