"""The module NEN Segmentation of 3D Slicer: what the application calls, forwarded to NENSegmentationLib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import slicer
import vtk
from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

from NENSegmentationLib.panel.parameters import ReferenceOrgan, ReferencePlace, missingChoice

if TYPE_CHECKING:
    import qt

    from NENSegmentationLib.panel.threshold_method import Segmentation

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
Choose a PET in SUV and a reference region in normal liver (or spleen): every component of voxels above the threshold
that follows from the region becomes one lesion of a segmentation. Then remove physiological uptake.
<p><b>Research use only. Not a medical device.</b></p>
""")
        parent.acknowledgementText = _("""
The method is that of Carlsen EA, Lindholm K, Hindsholm A, et al. A convolutional neural network for total tumor
segmentation in [64Cu]Cu-DOTATATE PET/CT of patients with neuroendocrine neoplasms. EJNMMI Research 2022;12:30.
<a href="https://doi.org/10.1186/s13550-022-00901-2">doi:10.1186/s13550-022-00901-2</a>.
Please cite it when you publish results of this module.
""")


@parameterNodeWrapper
class NENSegmentationParameterNode:
    """The choices of the panel, stored with the scene.

    Attributes
    ----------
    petVolume, ctVolume : vtkMRMLScalarVolumeNode
        PET in SUVbw (g/mL), and the CT of the same examination (may be None).
    organ : ReferenceOrgan
        Organ of the reference region.
    place : ReferencePlace
        How the place of the reference region is found.
    referencePoints : vtkMRMLMarkupsFiducialNode
        Centres of its spheres where the place is at points.
    sphereDiameter : float
        Diameter of these spheres, mm.
    lesions : vtkMRMLSegmentationNode
        The last result.
    """

    petVolume: vtkMRMLScalarVolumeNode
    ctVolume: vtkMRMLScalarVolumeNode
    organ: ReferenceOrgan = ReferenceOrgan.LIVER
    place: ReferencePlace = ReferencePlace.PROPOSED
    referencePoints: vtkMRMLMarkupsFiducialNode
    sphereDiameter: Annotated[float, WithinRange(5, 100)] = 30.0
    lesions: vtkMRMLSegmentationNode


class NENSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel."""

    def __init__(self, parent: qt.QWidget | None = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self._parameterNode = None
        self._guiTag = None

    def setup(self) -> None:
        """Build the panel, when the user opens the module the first time."""
        from NENSegmentationLib.panel.result_view import ResultView

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/NENSegmentation.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = NENSegmentationLogic()
        self._resultView = ResultView(self.ui)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.ui.placePointButton.clicked.connect(self.onPlacePoint)
        self.ui.segmentButton.clicked.connect(self.onSegment)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Let go of the scene, when the module is reloaded or the application closes."""
        self.setParameterNode(None)
        self.removeObservers()

    def enter(self) -> None:
        """Follow the parameter node, each time the user opens the module."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Stop following it, each time the user opens another module."""
        self.setParameterNode(None)

    def onSceneStartClose(self, *_caller_and_event: object) -> None:
        """Give up the nodes of a scene that is about to be closed."""
        self.logic.releaseLesions()
        self._resultView.clear()
        self.setParameterNode(None)

    def onSceneEndClose(self, *_caller_and_event: object) -> None:
        """Start anew in the empty scene if the module is open."""
        if self.parent.isEntered:
            self.initializeParameterNode()

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
        """Enable what can be used with the present choices."""
        atPoints = self._parameterNode.place is ReferencePlace.POINTS
        for widget in (self.ui.pointsSelector, self.ui.placePointButton, self.ui.diameterSpinBox):
            widget.enabled = atPoints
        missing = missingChoice(self._parameterNode)
        self.ui.segmentButton.enabled = missing is None
        self.ui.segmentButton.toolTip = missing or _("Segment every lesion above the threshold.")

    def onPlacePoint(self) -> None:
        """Let the next click in a view place a reference point."""
        self.logic.startPlacingPoint(self._parameterNode)

    def onSegment(self) -> None:
        """Segment, and show the figures or the reason why not."""
        from NENSegmentationLib.panel.reporting import reportedErrors

        self._resultView.clear()
        with reportedErrors(_("NEN Segmentation")):
            self._resultView.show(self.logic.segment(self._parameterNode))


class NENSegmentationLogic(ScriptedLoadableModuleLogic):
    """What the panel does, without the panel: usable from Slicer's Python console."""

    def getParameterNode(self) -> NENSegmentationParameterNode:
        """Return the parameter node of the scene; it is made if there is none."""
        return NENSegmentationParameterNode(super().getParameterNode())

    def startPlacingPoint(self, parameters: NENSegmentationParameterNode) -> None:
        """Let the next click in a view place a reference point."""
        from NENSegmentationLib.panel.reference_points import startPlacingPoint

        startPlacingPoint(parameters)

    def segment(self, parameters: NENSegmentationParameterNode) -> Segmentation:
        """Segment the PET by the threshold method; see `segmentByThreshold`."""
        from NENSegmentationLib.panel.threshold_method import segmentByThreshold

        segmentation = segmentByThreshold(parameters)
        if parameters.lesions is not None:
            parameters.lesions.SetDisplayVisibility(False)
        parameters.lesions = segmentation.node
        return segmentation

    def releaseLesions(self) -> None:
        """Empty the last result, so that its scene closes fast."""
        from NENSegmentationLib.scene.segmentation import release

        lesions = self.getParameterNode().lesions
        if lesions is not None:
            release(lesions)


class NENSegmentationTest(ScriptedLoadableModuleTest):
    """The module's own test, run inside Slicer (Reload and Test)."""

    def setUp(self) -> None:
        """Start from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Run every test."""
        self.setUp()
        self.test_threshold_from_a_point_in_liver_finds_both_lesions()

    def test_threshold_from_a_point_in_liver_finds_both_lesions(self) -> None:
        """Two cubes of 64 voxels at SUV 20, in a body with a liver at SUV 5."""
        from NENSegmentationLib.panel.self_test import addPatient

        logic = NENSegmentationLogic()
        parameters = logic.getParameterNode()
        parameters.petVolume, parameters.referencePoints = addPatient(slicer.mrmlScene)
        parameters.place = ReferencePlace.POINTS
        segmentation = logic.segment(parameters)
        assert parameters.lesions.GetSegmentation().GetNumberOfSegments() == 2
        assert round(segmentation.lesions.patient().total_volume_ml, 6) == 8.192
        self.delayDisplay("Test passed")
