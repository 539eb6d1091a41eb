"""The linked cursor in the projection: where the point of Slicer's cross-hair is seen from the angle of the moment."""

from __future__ import annotations

import slicer
from vtkmodules.vtkRenderingCore import vtkRenderWindowInteractor

from .mip import RotatingMip
from .mip_lines import MipLines, Pixel

# Slicer's own cross-hair has it.
_COLOUR = (1.0, 0.8, 0.1)


class MipCursor(MipLines):
    """Two lines through a view of the projection, as Slicer draws its cross-hair in slices of the patient.

    Parameters
    ----------
    interactor : vtkRenderWindowInteractor
        Of the view that shows the projection.
    slice_node : vtkMRMLSliceNode
        Of the same view.
    mip : RotatingMip
        The projection.
    """

    def __init__(
        self, interactor: vtkRenderWindowInteractor, slice_node: slicer.vtkMRMLSliceNode, mip: RotatingMip
    ) -> None:
        self._mip = mip
        self._crosshair = slice_node.GetScene().GetFirstNodeByClass("vtkMRMLCrosshairNode")
        observed = () if self._crosshair is None else (self._crosshair,)
        super().__init__(interactor, slice_node, _COLOUR, observed)
        self._update()

    def _update(self, *_caller_and_event: object) -> None:
        place = self._place()
        if place is None:
            self._draw([])
            return
        x, y = place
        width, height, _ = self._node.GetDimensions()
        self._draw([[(0.0, y), (width, y)], [(x, 0.0), (x, height)]])

    def _place(self) -> Pixel | None:
        """Return where in the view the cross-hair is, or None if it is not shown."""
        crosshair = self._crosshair
        if crosshair is None or crosshair.GetCrosshairMode() == crosshair.NoCrosshair:
            return None
        seen = self._mip.seen_at(self._node, crosshair.GetCrosshairRAS())
        return None if seen is None else self._pixel(seen)
