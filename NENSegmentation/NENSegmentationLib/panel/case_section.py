"""The section Case: which images, in which units, and whether they were read before."""

from __future__ import annotations

from types import SimpleNamespace

import slicer
from slicer.i18n import tr as _

from ..scene.dicom_nodes import has_dicom_files
from ..scene.session import CorrectionSession
from .dicom_database import fileForInstance
from .given_segmentation import GivenSegmentation
from .parameters import NENSegmentationParameterNode
from .pet_in_suv import INJECTION_DATE, isToBeConverted, noteInjectionDate
from .reading import Reading
from .reporting import errorsIn, reportedErrors, tell
from .sample_patient import samplePatient
from .suv_state import suvDetails, suvState


class CaseSection:
    """Opens and closes the case.

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
        self._lost = ""
        self._suggestedFor: tuple[CorrectionSession, str | None] | None = None
        self._given = GivenSegmentation(ui, reading)
        ui.openCaseButton.clicked.connect(self.onOpen)
        ui.closeCaseButton.clicked.connect(self.onClose)
        ui.samplePatientButton.clicked.connect(self.onSamplePatient)
        ui.injectionDateLineEdit.editingFinished.connect(self.onInjectionDate)
        reading.changed.connect(self._onCaseChanged)
        reading.lost.connect(self._onLost)

    def follow(self, parameters: NENSegmentationParameterNode | None) -> None:
        """Show the choices of a parameter node, whenever they change."""
        self._parameters = parameters
        self._given.follow(parameters)
        self._suggest()
        self._update()

    def onOpen(self) -> None:
        """Open the chosen case, or say why not."""
        with reportedErrors(_("Open case")):
            self._reading.open(self._parameters)

    def onClose(self) -> None:
        """Close it; what was done is in its journal."""
        with reportedErrors(_("Close case")):
            self._reading.close()

    def onSamplePatient(self) -> None:
        """Choose the digital patient; it is made if it is not in the scene."""
        with reportedErrors(_("Sample patient")):
            pet, ct, organs = samplePatient(slicer.mrmlScene)
            self._parameters.petVolume, self._parameters.ctVolume, self._parameters.organMap = pet, ct, organs

    def onInjectionDate(self) -> None:
        """Keep the day of the injection with the PET that it belongs to."""
        pet = self._pet()
        if pet is not None:
            noteInjectionDate(pet, self._ui.injectionDateLineEdit.text)
        self._update()

    def _onCaseChanged(self) -> None:
        self._lost = ""
        self._suggest()
        self._update()

    def _onLost(self, sentence: str) -> None:
        self._lost = sentence
        self._update()

    def _suggest(self) -> None:
        """Read the organ map once for each case in which it is chosen."""
        session, parameters = self._reading.session, self._parameters
        if session is None:
            self._suggestedFor = None
            tell(self._ui.organMapLabel, "")
        if session is None or parameters is None:
            return
        node = parameters.organMap
        chosen = (session, node.GetID() if node is not None else None)
        if chosen == self._suggestedFor:
            return
        self._suggestedFor = chosen
        with errorsIn(self._ui.organMapLabel):
            self._reading.suggest(node)

    def _pet(self) -> slicer.vtkMRMLScalarVolumeNode | None:
        return self._parameters.petVolume if self._parameters is not None else None

    def _update(self) -> None:
        pet, session = self._pet(), self._reading.session
        isOther = pet is not None and (session is None or session.pet_node is not pet or isToBeConverted(pet))
        self._ui.openCaseButton.setEnabled(isOther)
        self._ui.closeCaseButton.setEnabled(session is not None)
        self._ui.suvStateLabel.setText(suvState(pet))
        self._ui.suvStateLabel.setToolTip(suvDetails(pet))
        self._ui.caseStateLabel.setText(self._caseState())
        isDicom = pet is not None and has_dicom_files(pet, fileForInstance)
        self._ui.injectionDateLineEdit.setEnabled(isDicom)
        self._ui.injectionDateLineEdit.setText((pet.GetAttribute(INJECTION_DATE) or "") if isDicom else "")

    def _caseState(self) -> str:
        session = self._reading.session
        if session is None:
            return self._lost or _("No case is open.")
        warnings = "".join(f"\n{warning}" for warning in session.journal.warnings)
        if not self._reading.wasRead:
            return _("{name}: a new case.").format(name=session.pet_node.GetName()) + warnings
        if session.lesion_map is None:
            return _("{name} was opened before; no lesions yet.").format(name=session.pet_node.GetName()) + warnings
        words = _("{name} was read before: {count} lesions, as they were left.")
        return words.format(name=session.pet_node.GetName(), count=len(session.lesion_map.lesions)) + warnings
