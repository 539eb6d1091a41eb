"""What a slice view shows: which part of which slice, to come back to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from .volumes import as_array


@dataclass(frozen=True)
class SliceFrame:
    """What a slice view showed when it was asked.

    Attributes
    ----------
    node : vtkMRMLSliceNode
        Of the view.
    to_ras : vtkMatrix4x4
        Its slice to RAS mm, the middle of the view at the origin.
    field_of_view : tuple of float
        Width, height and depth (mm).
    """

    node: slicer.vtkMRMLSliceNode
    to_ras: vtkMatrix4x4
    field_of_view: tuple[float, float, float]

    @classmethod
    def of(cls, node: slicer.vtkMRMLSliceNode) -> SliceFrame:
        """Note what a view shows now."""
        to_ras = vtkMatrix4x4()
        to_ras.DeepCopy(node.GetSliceToRAS())
        return cls(node, to_ras, node.GetFieldOfView())

    def show(self) -> None:
        """Let the view show it again."""
        was_modifying = self.node.StartModify()
        self.node.GetSliceToRAS().DeepCopy(self.to_ras)
        self.node.SetFieldOfView(*self.field_of_view)
        self.node.UpdateMatrices()
        self.node.EndModify(was_modifying)

    def is_same_part(self, other: SliceFrame) -> bool:
        """Tell whether two have the same middle and height, whatever their slices.

        Slicer keeps the height (mm) of a view that gets another size, and takes the width that goes with it.
        """
        return bool(np.allclose(self._part(), other._part()))

    def _part(self) -> NDArray[np.float64]:
        to_ras = as_array(self.to_ras)
        return np.append(to_ras[:3, 3] @ to_ras[:3, :2], self.field_of_view[1])
