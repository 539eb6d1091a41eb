"""The module NEN Segmentation of 3D Slicer: what the application calls, forwarded to NENSegmentationLib."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from NENSegmentationLib.panel.parameters import NENSegmentationParameterNode, ReferencePlace

if TYPE_CHECKING:
    import qt

# What is imported inside the methods below needs SciPy and SimpleITK: Slicer imports this file at start-up.


class NENSegmentation(ScriptedLoadableModule):
    """What the module selector and the help section show."""

    def __init__(self, parent: object) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("NEN Segmentation")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.dependencies = ["Markups", "Segmentations", "Volumes"]
        parent.contributors = ["The NENSegmentation contributors"]
        parent.helpText = _("""
Total tumour segmentation of neuroendocrine neoplasms on somatostatin-receptor PET/CT.
Choose a PET, in SUV or as Slicer loaded it from DICOM, and a reference region in normal liver (or spleen): every
component of voxels above the threshold that follows from the region becomes one lesion. A segmentation that is there
already can be corrected instead. Then read the lesions one after the other: keep, delete, add by a click.
Everything that is done is kept as it is done; a case that is opened again comes back as it was left.
<p>Keys: N next, P previous, K keep, D delete, A add by click, X delete by click, L lowest SUVmean, R reject what may be
physiological, Space pause, Ctrl+Z undo, Ctrl+Y redo; ? shows all of them in the panel.</p>
<p><b>Research use only. Not a medical device.</b></p>
""")
        parent.acknowledgementText = _("""
The method is that of Carlsen EA, Lindholm K, Hindsholm A, et al. A convolutional neural network for total tumor
segmentation in [64Cu]Cu-DOTATATE PET/CT of patients with neuroendocrine neoplasms. EJNMMI Research 2022;12:30.
<a href="https://doi.org/10.1186/s13550-022-00901-2">doi:10.1186/s13550-022-00901-2</a>.
Please cite it when you publish results of this module.
""")
        slicer.app.connect("startupCompleted()", self.onStartupCompleted)

    def onStartupCompleted(self) -> None:
        """Offer the digital patient in the module Sample Data, which is there by now."""
        from NENSegmentationLib.panel.sample_patient import offerSamplePatient

        offerSamplePatient(self.resourcePath("Icons/NENSegmentation.png"))


class NENSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._panel = None
        self._parameterNode = None
        self._guiTag = None

    def setup(self) -> None:
        """Build the panel, when the user opens the module the first time."""
        from NENSegmentationLib.panel.panel import Panel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/NENSegmentation.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = NENSegmentationLogic()
        self._panel = Panel(self.ui, self.logic.reading)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneNew)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneNew)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, self.onNodeRemoved)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Let go of the scene, when the module is reloaded or the application closes."""
        self.setParameterNode(None)
        self.removeObservers()
        self._panel.remove()

    def enter(self) -> None:
        """Follow the parameter node, each time the user opens the module."""
        self.initializeParameterNode()
        self._panel.enter()

    def exit(self) -> None:
        """Stop following it, each time the user opens another module."""
        self._panel.exit()
        self.setParameterNode(None)

    def onSceneStartClose(self, *_caller_and_event: object) -> None:
        """Give up the nodes of a scene that is about to be closed."""
        self._panel.closeCase()
        self.setParameterNode(None)

    def onSceneNew(self, *_caller_and_event: object) -> None:
        """Start anew in a scene that was closed, or show the choices of one that was loaded, if the module is open."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, _caller: slicer.vtkMRMLScene, _event: str, node: slicer.vtkMRMLNode) -> None:
        """Close the case when one of its nodes is removed."""
        self.logic.reading.onNodeRemoved(node)

    def initializeParameterNode(self) -> None:
        """Make sure that there is a parameter node and that it is followed."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode: NENSegmentationParameterNode | None) -> None:
        """Connect the widgets to a parameter node, after letting go of the one before."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._guiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._guiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersChanged)
        self.onParametersChanged()

    def onParametersChanged(self, *_caller_and_event: object) -> None:
        """Show what can be done with the present choices."""
        self._panel.follow(self._parameterNode)


class NENSegmentationLogic(ScriptedLoadableModuleLogic):
    """What the panel does, without the panel: usable from Slicer's Python console.

    Attributes
    ----------
    reading : Reading
        Holds the case that is open; ``reading.session`` deletes, adds, undoes and exports.
    """

    def __init__(self, folder: Path | None = None) -> None:
        from NENSegmentationLib.panel.reading import Reading, journalFolder

        ScriptedLoadableModuleLogic.__init__(self)
        self.reading = Reading(folder or journalFolder())

    def getParameterNode(self) -> NENSegmentationParameterNode:
        """Return the parameter node of the scene; it is made if there is none."""
        return NENSegmentationParameterNode(super().getParameterNode())


class NENSegmentationTest(ScriptedLoadableModuleTest):
    """The module's own test, run inside Slicer (Reload and Test)."""

    def setUp(self) -> None:
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run every test."""
        self.setUp()
        self.test_a_case_is_read_and_comes_back_as_it_was_left()

    def test_a_case_is_read_and_comes_back_as_it_was_left(self) -> None:
        """Two cubes of 64 voxels at SUV 20, in a body with a liver at SUV 5; one is deleted."""
        from NENSegmentationLib.panel.self_test import addPatient

        with tempfile.TemporaryDirectory() as folder:
            logic = NENSegmentationLogic(Path(folder))
            parameters = logic.getParameterNode()
            parameters.petVolume, parameters.referencePoints = addPatient(slicer.mrmlScene)
            parameters.place = ReferencePlace.POINTS
            logic.reading.open(parameters)
            logic.reading.segment(parameters)
            assert parameters.lesions.GetSegmentation().GetNumberOfSegments() == 2
            logic.reading.session.delete(1)
            logic.reading.open(parameters)
            assert round(logic.reading.session.lesion_map.patient().total_volume_ml, 6) == 4.096
            logic.reading.close()
        self.delayDisplay("Test passed")
