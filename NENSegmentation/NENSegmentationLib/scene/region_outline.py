"""The outline of the reference region in the slice views: a circle wherever a slice cuts one of its spheres.

It is a surface model of which Slicer draws the cut with each slice. A markups ROI would be a box, and the closed curve
of one slice is not there in the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkAppendPolyData
from vtkmodules.vtkFiltersSources import vtkSphereSource

from ..core.reference_region import Ellipsoid, Organ
from .segmentation import remove_node
from .signal import Signal

COLOUR = (0.0, 1.0, 1.0)
"""Cyan: neither uptake nor the pointer nor a preview is shown in it."""

LINE_PIXELS = 2
# The polygon then stays within 0.04 mm of a circle of 30 mm.
_STEPS_AROUND, _STEPS_ALONG = 64, 33


class RegionOutline:
    """The outline of one reference region at a time.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.

    Attributes
    ----------
    node : vtkMRMLModelNode or None
        Its surface, named after the organ; None while there is no region. It is not saved with the scene, because it
        is made anew from the points or the journal.
    changed : Signal
        Without arguments: another region is shown, or none.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._ellipsoids: tuple[Ellipsoid, ...] = ()
        self._visible = True
        self.node: slicer.vtkMRMLModelNode | None = None
        self.changed = Signal()

    @property
    def shown(self) -> tuple[Ellipsoid, ...]:
        """The shapes that are drawn: none while they are hidden."""
        return self._ellipsoids if self._visible else ()

    def show(self, organ: Organ, ellipsoids: Sequence[Ellipsoid]) -> None:
        """Draw the outline of a region instead of the one before, or none where there is no ellipsoid.

        Parameters
        ----------
        organ : Organ
            Whose tissue it is.
        ellipsoids : sequence of Ellipsoid
            The shapes of the region, wherever they lie.
        """
        if not ellipsoids:
            self.remove()
            return
        if self.node is None or self.node.GetDisplayNode() is None or not self._scene.IsNodePresent(self.node):
            self.remove()
            self._make_node()
        name = f"Reference region ({organ.value})"
        if self.node.GetName() != name:
            self.node.SetName(name)
        if tuple(ellipsoids) != self._ellipsoids:
            self._ellipsoids = tuple(ellipsoids)
            self.node.SetAndObserveMesh(_surface(self._ellipsoids))
            self.changed.emit()

    def set_visible(self, visible: bool) -> None:
        """Show or hide the outline, and those that come after it."""
        self._visible = visible
        display = self.node.GetDisplayNode() if self.node is not None else None
        if display is not None:
            display.SetVisibility2D(visible)
        self.changed.emit()

    def remove(self) -> None:
        """Take the outline out of the scene; it comes back when a region is shown."""
        if self.node is not None and self._scene.IsNodePresent(self.node):
            remove_node(self._scene, self.node)
        self.node, self._ellipsoids = None, ()
        self.changed.emit()

    def _make_node(self) -> None:
        self._ellipsoids = ()
        self.node = self._scene.AddNewNodeByClass("vtkMRMLModelNode")
        self.node.CreateDefaultDisplayNodes()
        display = self.node.GetDisplayNode()
        display.SetColor(*COLOUR)
        display.SetSliceIntersectionThickness(LINE_PIXELS)
        display.SetVisibility2D(self._visible)
        display.SetVisibility3D(False)
        for node in (self.node, display):
            node.SetSaveWithScene(False)


def _surface(ellipsoids: Sequence[Ellipsoid]) -> vtkPolyData:
    points, polygons = _unit_sphere()
    together = vtkAppendPolyData()
    for ellipsoid in ellipsoids:
        moved = vtkPoints()
        radii = np.array(ellipsoid.diameters_mm) / 2
        moved.SetData(numpy_to_vtk(points * radii + ellipsoid.centre_ras, deep=True))
        surface = vtkPolyData()
        surface.SetPoints(moved)
        surface.SetPolys(polygons)
        together.AddInputData(surface)
    together.Update()
    return together.GetOutput()


def _unit_sphere() -> tuple[NDArray[np.float64], vtkCellArray]:
    """Return the points, shape (n, 3), and the triangles of a sphere of radius 1."""
    source = vtkSphereSource()
    source.SetRadius(1.0)
    source.SetThetaResolution(_STEPS_AROUND)
    source.SetPhiResolution(_STEPS_ALONG)
    source.Update()
    sphere = source.GetOutput()
    return vtk_to_numpy(sphere.GetPoints().GetData()).astype(np.float64), sphere.GetPolys()
