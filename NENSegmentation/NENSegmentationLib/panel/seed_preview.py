"""What a click would add, shown where the pointer rests."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import qt
from slicer.i18n import tr as _

from ..core.seed import Growth
from ..core.seed_rule import Rule
from ..scene.interaction import Ras
from .reading import Reading
from .reporting import errorsIn, tell

_REST_MS = 150


class SeedPreview:
    """Grows a lesion from the pointer, without adding it, once the pointer stands still.

    Parameters
    ----------
    ui : SimpleNamespace
        The widgets of the .ui file by name.
    reading : Reading
        Holds the case.
    place : callable
        Returns where the pointer is (RAS mm).
    how : callable
        Returns the rule of the seed (None stands for the threshold of the patient) and its leak limit (mL).
    """

    def __init__(
        self,
        ui: SimpleNamespace,
        reading: Reading,
        place: Callable[[], Ras | None],
        how: Callable[[], tuple[Rule | None, float]],
    ) -> None:
        self._ui, self._reading, self._place, self._how = ui, reading, place, how
        self._isEnabled = False
        self._rest = qt.QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.onRest)
        self.setEnabled(False)

    def setEnabled(self, enabled: bool) -> None:
        """Begin or end to show previews."""
        self._isEnabled = enabled
        self._clear()

    def onMoved(self) -> None:
        """Take the preview away, and wait for the pointer to rest."""
        if self._isEnabled:
            self._clear()
            self._rest.start()

    def onRest(self) -> None:
        """Show what a click here would add, or why it would add nothing; in a lesion there is nothing to add."""
        session, ras = self._reading.session, self._place()
        if not self._isEnabled or session is None or ras is None or session.lesion_at(ras) is not None:
            return
        words = ""
        with errorsIn(self._ui.previewLabel):
            words = _words(session.preview_seed(ras, *self._how()))
        if words:
            tell(self._ui.previewLabel, words)

    def _clear(self) -> None:
        self._rest.stop()
        tell(self._ui.previewLabel, "")
        if self._reading.session is not None:
            self._reading.session.clear_preview()


def _words(growth: Growth) -> str:
    if growth.leaked is not None:
        return growth.leaked[:1].upper() + growth.leaked[1:]
    would = _("A click adds {volume:.1f} mL, SUVmax {suv:.1f}.").format(volume=growth.volume_ml, suv=growth.suv_max)
    return " ".join((would, *growth.notes))
