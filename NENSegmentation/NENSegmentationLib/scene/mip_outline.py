"""The outline of the reference region in the projection: where its spheres are seen from the angle of the moment."""

from __future__ import annotations

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderWindowInteractor

from ..core.reference_region import Ellipsoid
from .mip import RotatingMip
from .region_outline import COLOUR, LINE_PIXELS, RegionOutline
from .views import renderer_of
from .volumes import as_array

_CORNERS = 64
_ANGLES = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])


class MipOutline:
    """One closed line a sphere in a view of the projection, as `RegionOutline` draws them in slices of the patient.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view that shows the projection.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    mip : RotatingMip
        The projection.
    outline : RegionOutline
        Says which region is shown, and whether it is.
    """

    def __init__(
        self,
        interactor: vtkRenderWindowInteractor,
        slice_node: slicer.vtkMRMLSliceNode,
        mip: RotatingMip,
        outline: RegionOutline,
    ) -> None:
        self._interactor, self._node, self._mip, self._outline = interactor, slice_node, mip, outline
        self._lines = vtkPolyData()
        self._actor = vtkActor2D()
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._lines)
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*COLOUR)
        self._actor.GetProperty().SetLineWidth(LINE_PIXELS)
        self._actor.PickableOff()
        renderer_of(interactor).AddViewProp(self._actor)
        self._tag = slice_node.AddObserver("ModifiedEvent", self._update)
        outline.changed.connect(self._update)
        self._update()

    def remove(self) -> None:
        """Take the lines out of the view."""
        self._outline.changed.disconnect(self._update)
        self._node.RemoveObserver(self._tag)
        renderer = renderer_of(self._interactor)
        if renderer is not None:
            renderer.RemoveViewProp(self._actor)
            self._interactor.Render()

    def _update(self, *_caller_and_event: object) -> None:
        if not self._outline.shown and not self._lines.GetNumberOfCells():
            return
        points, lines = vtkPoints(), vtkCellArray()
        for ellipsoid in self._outline.shown:
            corners = [points.InsertNextPoint(x, y, 0.0) for x, y in self._seen(ellipsoid).tolist()]
            lines.InsertNextCell(_CORNERS + 1, [*corners, corners[0]])
        self._lines.SetPoints(points)
        self._lines.SetLines(lines)
        self._interactor.Render()

    def _seen(self, ellipsoid: Ellipsoid) -> NDArray[np.float64]:
        """Return where in the view the outline of an ellipsoid is seen, shape (corners, 2).

        Parallel rays take an ellipsoid ``c + A u`` with ``|u| <= 1`` to the ellipse ``Pc + PA u``, whose half axes are
        the left singular vectors of ``PA``, as long as its singular values.
        """
        # The way from a point of the patient into the view is affine: four points tell it.
        centre = np.array(ellipsoid.centre_ras)
        middle, *moved = (self._pixel(centre + step) for step in (np.zeros(3), *np.eye(3)))
        projected = (np.array(moved) - middle).T * (np.array(ellipsoid.diameters_mm) / 2)
        axes, lengths, _ = np.linalg.svd(projected)
        return middle + ((axes * lengths) @ _CIRCLE).T

    def _pixel(self, ras: NDArray[np.float64]) -> NDArray[np.float64]:
        ras_to_xy = vtkMatrix4x4()
        vtkMatrix4x4.Invert(self._node.GetXYToRAS(), ras_to_xy)
        return (as_array(ras_to_xy) @ [*self._mip.projected(self._node, ras), 1.0])[:2]
