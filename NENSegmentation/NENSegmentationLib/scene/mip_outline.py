"""The outline of the reference region in the projection: where its spheres are seen from the angle of the moment."""

from __future__ import annotations

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from ..core.reference_region import Ellipsoid
from .mip import RotatingMip
from .mip_lines import MipLines
from .region_outline import COLOUR, LINE_PIXELS, RegionOutline

_CORNERS = 64
_ANGLES = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])


class MipOutline(MipLines):
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
        self._mip, self._outline = mip, outline
        super().__init__(interactor, slice_node, COLOUR)
        self._actor.GetProperty().SetLineWidth(LINE_PIXELS)
        outline.changed.connect(self._update)
        self._update()

    def remove(self) -> None:
        """Take the lines out of the view."""
        self._outline.changed.disconnect(self._update)
        super().remove()

    def _update(self, *_caller_and_event: object) -> None:
        if self._outline.shown or self._lines.GetNumberOfCells():
            self._draw((self._seen(ellipsoid).tolist() for ellipsoid in self._outline.shown), closed=True)

    def _seen(self, ellipsoid: Ellipsoid) -> NDArray[np.float64]:
        """Return where in the view the outline of an ellipsoid is seen, shape (corners, 2).

        Parallel rays take an ellipsoid ``c + A u`` with ``|u| <= 1`` to the ellipse ``Pc + PA u``, whose half axes are
        the left singular vectors of ``PA``, as long as its singular values.
        """
        # The way from a point of the patient into the view is affine: four points tell it.
        centre = np.array(ellipsoid.centre_ras)
        ends = [centre + step for step in (np.zeros(3), *np.eye(3))]
        middle, *moved = (np.array(self._pixel(self._mip.projected(self._node, end))) for end in ends)
        projected = (np.array(moved) - middle).T * (np.array(ellipsoid.diameters_mm) / 2)
        axes, lengths, _ = np.linalg.svd(projected)
        return middle + ((axes * lengths) @ _CIRCLE).T
