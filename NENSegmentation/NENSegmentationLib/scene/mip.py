"""A maximum intensity projection that turns, for a slice view: scrolling turns the patient.

The projections of all angles are stacked to a volume, with the lesions in a label volume over it. Volume rendering
needs a graphics processor (0.7 s a frame without one) and cannot colour the lesions: Docs/decisions/0006.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..core.boxes import Box
from ..core.editing import Edit
from ..core.lesions import LesionMap
from ..core.segments import label_type
from ..core.volume import index_to_ras, ras_to_index, shape, voxels
from .display import LesionOverlay, label_node
from .projections import Projections
from .segment_edits import widen
from .segmentation import remove_node
from .views import MIP_VIEW_GROUP
from .volumes import Units, fill, volume_node, voxel_view

# So far beside the patient that the cross-hair, which means a point of the patient, is not drawn over a pixel of an
# angle from which that point is seen elsewhere. Its height is the same from all angles.
_BESIDE_MM = 10000.0


class RotatingMip:
    """The projections of a patient with the lesions in their colours.

    A lesion is shown where it holds the maximum of the ray: what has its colour is what a click there picks.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    lesion_map : LesionMap
        The PET and its lesions.
    overlay : LesionOverlay
        Gives the colours: what is hidden or highlighted there is so here.
    views : int
        How many angles; even.

    Attributes
    ----------
    pet_node : vtkMRMLScalarVolumeNode
        The stack, in inverted grey from SUV 0 to 20. Its axes are the screen's in a coronal slice view. A millimetre
        of A is a degree: 0 from the front, 90 from the patient's left, 180 and -180 from behind.
    lesion_node : vtkMRMLLabelMapVolumeNode
        Of the same size.
    """

    def __init__(
        self, scene: slicer.vtkMRMLScene, lesion_map: LesionMap, overlay: LesionOverlay, views: int = 24
    ) -> None:
        self._scene = scene
        self._lesion_map = lesion_map
        self._projections = Projections(lesion_map.pet, views)
        # From behind, over the front, to behind again: Slicer shows the middle of a volume first, and on fitting.
        self._view_of = (np.arange(views + 1) - views // 2) % views
        self._stack_grid = stack = self._stack()
        self.pet_node = volume_node(scene, stack, "MIP", units=Units.SUV)
        self._data = vtkImageData()
        fill(self._data, np.zeros(shape(stack), label_type(lesion_map)))
        self.lesion_node = label_node(scene, self._data, stack, "MIP lesions", overlay.table)
        inside = [_moved(lesion_map.labels[at.box] == at.id, at.box) for at in lesion_map.lesions.values()]
        self._draw(np.concatenate([np.zeros((3, 0), np.intp), *inside], axis=1))

    def show_in(self, slice_node: slicer.vtkMRMLSliceNode, composite_node: slicer.vtkMRMLSliceCompositeNode) -> None:
        """Show the projection from the front in a slice view, which then no longer follows the others.

        Parameters
        ----------
        slice_node, composite_node : vtkMRMLSliceNode, vtkMRMLSliceCompositeNode
            Of one view.
        """
        slice_node.SetViewGroup(MIP_VIEW_GROUP)
        slice_node.SetOrientation("Coronal")
        composite_node.SetLinkedControl(False)
        composite_node.SetBackgroundVolumeID(self.pet_node.GetID())
        composite_node.SetForegroundVolumeID(None)
        composite_node.SetLabelVolumeID(self.lesion_node.GetID())
        composite_node.SetLabelOpacity(0.7)
        self.turn_to(slice_node, 0.0)

    def turn_to(self, slice_node: slicer.vtkMRMLSliceNode, degrees: float) -> None:
        """Show the view nearest to an angle: 0 from the front, 90 from the patient's left, 180 from behind."""
        step = self._stack_grid.GetSpacing()[2]
        slice_node.SetSliceOffset(round(((degrees + 180) % 360 - 180) / step) * step)

    def from_front(self, ras: tuple[float, float, float]) -> tuple[float, float, float]:
        """Return where a point of the patient (RAS mm) is seen from the front, in the slice view of the projection."""
        right, _, superior = ras
        return right + _BESIDE_MM, 0.0, superior

    def pick(self, ras: tuple[float, float, float]) -> tuple[float, float, float] | None:
        """Return the voxel of the patient that is seen at a point of the projection.

        Parameters
        ----------
        ras : tuple of float
            The point in the slice view that shows the projection.

        Returns
        -------
        tuple of float or None
            Centre of the voxel of maximum uptake along the ray (RAS mm of the patient), None beside the image.
        """
        place, row, column = np.rint(ras_to_index(self._stack_grid, ras)).astype(int).tolist()
        if not 0 <= place < len(self._view_of):
            return None
        return self._projections.voxel_at(int(self._view_of[place]), row, column)

    def at(self, place: int, row: int, column: int) -> tuple[float, float, float]:
        """Return where a voxel of the stack lies in the slice view of the projection (RAS mm)."""
        right, anterior, superior = index_to_ras(self._stack_grid, (place, row, column)).tolist()
        return right, anterior, superior

    def apply_edit(self, edit: Edit) -> None:
        """Show the lesion map after an edit of it, done, undone or done again."""
        for patch in edit.patches:
            self._draw(_moved(patch.before != patch.after, patch.box))

    def remove(self) -> None:
        """Take the projection out of the scene; it cannot be used afterwards."""
        remove_node(self._scene, self.pet_node)
        remove_node(self._scene, self.lesion_node)

    def _draw(self, kji: NDArray[np.intp]) -> None:
        """Give the pixels that show some voxels the label that these have now."""
        widen(self._data, max(self._lesion_map.lesions, default=0))
        shown = voxel_view(self._data)
        values = voxels(self._lesion_map.pet)[tuple(kji)]
        labels = self._lesion_map.labels[tuple(kji)]
        rows, columns = self._projections.pixels_of(kji)
        for place, view in enumerate(self._view_of):
            column = columns[view]
            seen = values >= self._projections.maxima[view, rows, column]
            shown[place, rows[seen], column[seen]] = labels[seen]
        self._data.Modified()

    def _stack(self) -> sitk.Image:
        """Make the image of all projections: x as on the screen, y up, one angle behind the other."""
        projections = self._projections
        stack = sitk.GetImageFromArray(projections.maxima[self._view_of])
        right, superior = projections.first_ras
        step = 360 / len(projections.maxima)
        # LPS: columns go to L, rows to S, angles to A.
        stack.SetSpacing((projections.column_mm, projections.row_mm, step))
        stack.SetDirection((1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0))
        stack.SetOrigin((-right - _BESIDE_MM, 180.0, superior))
        return stack


def _moved(mask: NDArray[np.bool_], box: Box) -> NDArray[np.intp]:
    """Return the voxels (k, j, i) of a mask that lies in a box, shape (3, n)."""
    return np.array(np.nonzero(mask)) + np.array([[axis.start] for axis in box])
