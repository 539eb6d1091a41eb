"""Slicer's own slice and 3-D views without a display: for tests, benchmarks, screenshots and the browser.

A view is what Slicer's widgets hold without Qt: a render window, its interactor, the displayable managers that Slicer
registers, and the style that turns mouse events into scrolling, window and level, and so on. Nothing is drawn until
`OffscreenView.render`: in the application a timer does that, here whoever holds the view.
"""

from __future__ import annotations

from types import TracebackType

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkCollection, vtkUnsignedCharArray
from vtkmodules.vtkImagingCore import vtkImageExtractComponents
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleUser
from vtkmodules.vtkRenderingCore import (
    vtkActor2D,
    vtkImageMapper,
    vtkInteractorStyle3D,
    vtkRenderer,
    vtkRenderWindow,
    vtkRenderWindowInteractor,
)

from ..core.volume import AIR_HU

_SLICE_MANAGERS = (
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
)
_THREE_D_MANAGERS = (
    "vtkMRMLVolumeRenderingDisplayableManager",
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D",
    "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
    "vtkMRMLMarkupsDisplayableManager",
)


def application_logic(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLApplicationLogic:
    """Give a headless scene what views need: application logic, cross-hair and the orientations of slices.

    Parameters
    ----------
    scene : vtkMRMLScene
        Made by `headless_scene`; Slicer's own has all of it.

    Returns
    -------
    vtkMRMLApplicationLogic
        To be kept as long as the views, and one at a time: Slicer's views look for it in one place of the process.
    """
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetCrosshairName("default")
    scene.AddNode(crosshair)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    logic = slicer.vtkMRMLApplicationLogic()
    logic.SetMRMLScene(scene)
    logic.SetSliceLogics(vtkCollection())
    logic.SetViewLogics(vtkCollection())
    return logic


class OffscreenView:
    """A render window with Slicer's displayable managers; see `SliceView` and `ThreeDView`."""

    node: slicer.vtkMRMLAbstractViewNode
    interactor: vtkRenderWindowInteractor

    def __init__(self, size: tuple[int, int]) -> None:
        self.renderer = vtkRenderer()
        self.window = vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetShowWindow(False)
        self.window.SetSize(*size)
        self.window.AddRenderer(self.renderer)
        self.interactor = vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.Initialize()
        # As in Slicer's widgets: a request to render is no rendering yet.
        self.interactor.EnableRenderOff()
        self.managers = slicer.vtkMRMLDisplayableManagerGroup()

    def __enter__(self) -> OffscreenView:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def render(self) -> None:
        """Draw the view."""
        self.window.Render()

    def picture(self) -> NDArray[np.uint8]:
        """Draw the view and return its pixels, shape (rows from the top, columns, red-green-blue)."""
        self.render()
        width, height = self.window.GetSize()
        pixels = vtkUnsignedCharArray()
        self.window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
        return vtk_to_numpy(pixels).reshape(height, width, -1)[::-1].copy()

    def close(self) -> None:
        """Let go of the scene and of the window."""
        self.managers.SetMRMLDisplayableNode(None)
        self.window.Finalize()

    def _manage(
        self,
        factory: slicer.vtkMRMLDisplayableManagerFactory,
        logic: slicer.vtkMRMLApplicationLogic,
        names: tuple[str, ...],
        style: slicer.vtkMRMLViewInteractorStyle,
    ) -> None:
        factory.SetMRMLApplicationLogic(logic)
        for name in names:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self.managers.SetRenderer(self.renderer)
        self.managers.Initialize(factory, self.renderer)
        self._style = style
        style.SetDisplayableManagers(self.managers)


class SliceView(OffscreenView):
    """A slice view of Slicer.

    Parameters
    ----------
    logic : vtkMRMLApplicationLogic
        Made by `application_logic`.
    name : str
        Layout name: Red, Green or Yellow in Slicer. A slice node of this name that is there already is shown.
    orientation : str
        Axial, Coronal or Sagittal.
    size : tuple of int
        Width and height in pixels.
    air_outside : bool
        Whether there is air where the background volume ends. Slicer itself takes it for 0, which in a CT is the grey
        of water, and shows a PET over it at half its brightness.
    """

    def __init__(
        self,
        logic: slicer.vtkMRMLApplicationLogic,
        name: str,
        orientation: str,
        size: tuple[int, int] = (400, 400),
        *,
        air_outside: bool = False,
    ) -> None:
        super().__init__(size)
        self.renderer.GetActiveCamera().ParallelProjectionOn()
        style = slicer.vtkMRMLSliceViewInteractorStyle()
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        self._manage(factory, logic, _SLICE_MANAGERS, style)
        self.slice_logic = slicer.vtkMRMLSliceLogic()
        self.slice_logic.SetMRMLApplicationLogic(logic)
        logic.GetSliceLogics().AddItem(self.slice_logic)
        style.SetSliceLogic(self.slice_logic)
        self.slice_logic.SetMRMLScene(logic.GetMRMLScene())
        self.node = self._node(logic.GetMRMLScene(), name)
        self.node.SetOrientation(orientation)
        self.managers.SetMRMLDisplayableNode(self.node)
        # The style has to be there before Slicer's own observer, which goes first by its priority.
        self.interactor.SetInteractorStyle(vtkInteractorStyleUser())
        style.SetInteractor(self.interactor)
        self.slice_logic.ResizeSliceNode(*size)
        self._mapper = self._image_mapper()
        self._opaque = vtkImageExtractComponents() if air_outside else None
        if self._opaque is not None:
            self._opaque.SetComponents(0, 1, 2)
            self.slice_logic.GetBackgroundLayer().GetReslice().SetBackgroundLevel(AIR_HU)

    @property
    def layers(self) -> slicer.vtkMRMLSliceCompositeNode:
        """The node that names background, foreground and label layer."""
        return self.slice_logic.GetSliceCompositeNode()

    def fit(self) -> None:
        """Make the background volume fill the view."""
        self.slice_logic.FitSliceToBackground()
        self.slice_logic.SnapSliceOffsetToIJK()

    def render(self) -> None:
        """Draw the view."""
        blended = self.slice_logic.GetImageDataConnection()
        if self._opaque is not None and blended is not None:
            # Where the background ends, the blend of the layers is half transparent.
            self._opaque.SetInputConnection(blended)
            blended = self._opaque.GetOutputPort()
        self._mapper.SetInputConnection(blended)
        super().render()

    def close(self) -> None:
        """Let go of the scene and of the window."""
        super().close()
        self._mapper.SetInputConnection(None)
        self.slice_logic.SetMRMLScene(None)

    def _node(self, scene: slicer.vtkMRMLScene, name: str) -> slicer.vtkMRMLSliceNode:
        node = scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        if node is None:
            return self.slice_logic.AddSliceNode(name)
        self.slice_logic.SetSliceNode(node)
        return node

    def _image_mapper(self) -> vtkImageMapper:
        """Draw the blended layers behind everything else; the application does this in a class of its widgets."""
        mapper = vtkImageMapper()
        mapper.SetColorWindow(255)
        mapper.SetColorLevel(127.5)
        actor = vtkActor2D()
        actor.SetMapper(mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(actor)
        return mapper


class ThreeDView(OffscreenView):
    """A 3-D view of Slicer.

    Parameters
    ----------
    logic : vtkMRMLApplicationLogic
        Made by `application_logic`.
    name : str
        Layout name, for example 1.
    size : tuple of int
        Width and height in pixels.
    """

    def __init__(
        self, logic: slicer.vtkMRMLApplicationLogic, name: str = "1", size: tuple[int, int] = (400, 400)
    ) -> None:
        super().__init__(size)
        style = slicer.vtkMRMLThreeDViewInteractorStyle()
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        self._manage(factory, logic, _THREE_D_MANAGERS, style)
        style.SetInteractor(self.interactor)
        self.interactor.SetInteractorStyle(vtkInteractorStyle3D())
        self.view_logic = slicer.vtkMRMLViewLogic()
        self.view_logic.SetMRMLApplicationLogic(logic)
        logic.GetViewLogics().AddItem(self.view_logic)
        self.view_logic.SetMRMLScene(logic.GetMRMLScene())
        self.node = self.view_logic.AddViewNode(name)
        self.managers.SetMRMLDisplayableNode(self.node)

    def close(self) -> None:
        """Let go of the scene and of the window."""
        super().close()
        self.view_logic.SetMRMLScene(None)
