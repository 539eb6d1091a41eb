"""A maximum intensity projection that turns, for a slice view: scrolling turns the patient.

The projections of all angles are stacked to a volume, with the lesions in a label volume over it. Volume rendering
needs a graphics processor (0.7 s a frame without one) and cannot colour the lesions: Docs/decisions/0006.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..core.boxes import Box
from ..core.history import Edit
from ..core.lesions import LesionMap
from ..core.segments import label_type
from ..core.volume import index_to_ras, ras_to_index, shape
from .display import LesionOverlay, label_node
from .projections import Projections
from .region_outline import RegionOutline
from .segment_edits import widen
from .segmentation import remove_node
from .views import MIP_VIEW_GROUP
from .volumes import Units, fill, volume_node, voxel_view

# So far beside the patient that the cross-hair, which means a point of the patient, is not drawn over a pixel of an
# angle from which that point is seen elsewhere. Its height is the same from all angles.
_BESIDE_MM = 10000.0

_LABEL_OPACITY = 0.7

# What nowhere reaches this SUV, from no angle, is air, and is cut off at the sides: the patient fills the view.
_AIR_SUV = 0.5
_MARGIN = 4  # columns

# A lesion of which this part of the most that any angle shows is in sight already needs no turn.
_SEEN_WELL = 0.5


class RotatingMip:
    """The projections of a patient, with the lesions in their colours once there are any.

    A lesion is shown where it holds the maximum of the ray: what has its colour is what a click there picks.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    pet : SimpleITK.Image
        SUVbw (g/mL).
    views : int
        How many angles; even.
    outline : RegionOutline, optional
        The reference region, which `MipNavigation` draws over the projection.
    projections : Projections, optional
        Of the PET, where the caller has them already; ``views`` is then theirs.

    Attributes
    ----------
    pet_node : vtkMRMLScalarVolumeNode
        The stack, in inverted grey from SUV 0 to 20. Its axes are the screen's in a coronal slice view. A millimetre
        of A is a degree: 0 from the front, 90 from the patient's left, 180 and -180 from behind.
    lesion_node : vtkMRMLLabelMapVolumeNode or None
        Of the same size; None while there are no lesions.
    """

    def __init__(
        self,
        scene: slicer.vtkMRMLScene,
        pet: sitk.Image,
        views: int = 24,
        outline: RegionOutline | None = None,
        projections: Projections | None = None,
    ) -> None:
        self.outline = outline
        self._scene = scene
        self._pet = pet
        self._projections = Projections(pet, views) if projections is None else projections
        views = len(self._projections.maxima)
        # From behind, over the front, to behind again: Slicer shows the middle of a volume first, and on fitting.
        self._view_of = (np.arange(views + 1) - views // 2) % views
        self._columns = _columns_of_body(self._projections.maxima)
        self._stack_grid = stack = self._stack()
        self.pet_node = volume_node(scene, stack, "MIP", units=Units.SUV)
        # Nobody should choose it as the PET of a case; it is made anew for each case.
        self.pet_node.SetHideFromEditors(True)
        self.pet_node.SetSaveWithScene(False)
        self.lesion_node: slicer.vtkMRMLLabelMapVolumeNode | None = None
        self._lesion_map: LesionMap | None = None
        self._overlay: LesionOverlay | None = None
        self._data = vtkImageData()
        self._previewed: NDArray[np.intp] | None = None
        self._views: dict[slicer.vtkMRMLSliceNode, slicer.vtkMRMLSliceCompositeNode] = {}

    def show_in(self, slice_node: slicer.vtkMRMLSliceNode, composite_node: slicer.vtkMRMLSliceCompositeNode) -> None:
        """Show the projection from the front in a slice view, which then no longer follows the others.

        Parameters
        ----------
        slice_node, composite_node : vtkMRMLSliceNode, vtkMRMLSliceCompositeNode
            Of one view.
        """
        slice_node.SetViewGroup(MIP_VIEW_GROUP)
        slice_node.SetDefaultOrientation("Coronal")
        slice_node.SetOrientation("Coronal")
        composite_node.SetLinkedControl(False)
        # A volume that is loaded later goes into the slices of the patient only.
        composite_node.SetDoPropagateVolumeSelection(False)
        composite_node.SetBackgroundVolumeID(self.pet_node.GetID())
        composite_node.SetForegroundVolumeID(None)
        composite_node.SetLabelOpacity(_LABEL_OPACITY)
        self._views[slice_node] = composite_node
        self._show_label_layer()
        self.turn_to(slice_node, 0.0)

    def show_lesions(self, lesion_map: LesionMap, overlay: LesionOverlay) -> None:
        """Colour the lesions of a lesion map, in place of those before; edits of it are shown by `apply_edit`.

        Parameters
        ----------
        lesion_map : LesionMap
            On the grid of the PET.
        overlay : LesionOverlay
            Gives the colours: what is hidden or highlighted there is so here.
        """
        self.hide_lesions()
        self._lesion_map, self._overlay = lesion_map, overlay
        self._data = vtkImageData()
        fill(self._data, np.zeros(shape(self._stack_grid), label_type(lesion_map)))
        self.lesion_node = label_node(self._scene, self._data, self._stack_grid, "MIP lesions", overlay.table)
        self.lesion_node.SetHideFromEditors(True)
        inside = [_moved(lesion_map.labels[at.box] == at.id, at.box) for at in lesion_map.lesions.values()]
        self._draw(np.concatenate([np.zeros((3, 0), np.intp), *inside], axis=1))
        self._show_label_layer()

    def hide_lesions(self) -> None:
        """Show the projections alone."""
        self._previewed = None
        self._lesion_map, self._overlay = None, None
        if self.lesion_node is not None:
            node, self.lesion_node = self.lesion_node, None
            self._show_label_layer()
            _remove(self._scene, node)

    def angle(self, slice_node: slicer.vtkMRMLSliceNode) -> float:
        """Return the angle that a view shows, above -180 up to 180 degrees."""
        return -((-slice_node.GetSliceOffset() + 180) % 360 - 180)

    def turn_to(self, slice_node: slicer.vtkMRMLSliceNode, degrees: float) -> None:
        """Show the view nearest to an angle: 0 from the front, 90 from the patient's left, 180 from behind."""
        slice_node.SetSliceOffset(round(((degrees + 180) % 360 - 180) / self._step) * self._step)

    def turn(self, slice_node: slicer.vtkMRMLSliceNode, views: int) -> None:
        """Turn by so many views, without an end: past the back follows the other side.

        Parameters
        ----------
        slice_node : vtkMRMLSliceNode
            Of the view.
        views : int
            Above 0 towards the patient's left side, as seen from the front.
        """
        self.turn_to(slice_node, self.angle(slice_node) + views * self._step)

    def turn_to_lesion(self, lesion_id: int) -> None:
        """Turn each view to the angle that shows most of a lesion, unless it is seen well enough already."""
        if self.lesion_node is None:
            return
        seen = np.count_nonzero(voxel_view(self._data) == lesion_id, axis=(1, 2))
        for slice_node in self._views:
            if seen[self._place(slice_node)] < _SEEN_WELL * seen.max():
                self.turn_to(slice_node, float(np.argmax(seen)) * self._step - 180)

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
        return self._projections.voxel_at(int(self._view_of[place]), row, column + self._columns.start)

    def seen_at(
        self, slice_node: slicer.vtkMRMLSliceNode, ras: tuple[float, float, float]
    ) -> tuple[float, float, float] | None:
        """Return where a point of the patient (RAS mm) is seen from the angle of a view, in that slice view.

        Parameters
        ----------
        slice_node : vtkMRMLSliceNode
            Of the view.
        ras : tuple of float
            The point.

        Returns
        -------
        tuple of float or None
            RAS mm of the view; None outside the PET.
        """
        kji = np.rint(ras_to_index(self._pet, ras)).astype(np.intp)
        if np.any(kji < 0) or np.any(kji >= shape(self._pet)):
            return None
        return self.projected(slice_node, index_to_ras(self._pet, kji))

    def projected(
        self, slice_node: slicer.vtkMRMLSliceNode, ras: Sequence[float] | NDArray[np.float64]
    ) -> tuple[float, float, float]:
        """Do the same for any point, also outside the PET, and not from voxel to voxel."""
        place = self._place(slice_node)
        row, column = self._projections.seen_at(int(self._view_of[place]), ras)
        return self.at(place, row, column - self._columns.start)

    def at(self, place: int, row: float, column: float) -> tuple[float, float, float]:
        """Return where a voxel of the stack lies in the slice view of the projection (RAS mm)."""
        right, anterior, superior = index_to_ras(self._stack_grid, (place, row, column)).tolist()
        return right, anterior, superior

    def apply_edit(self, edit: Edit) -> None:
        """Show the lesion map after an edit of it, done, undone or done again; a preview ends."""
        self.clear_preview()
        for patch in edit.patches:
            self._draw(_moved(patch.before != patch.after, patch.box))

    def preview(self, mask: NDArray[np.bool_], box: Box) -> None:
        """Show in blue what would be added, as `LesionOverlay.preview` does, until `clear_preview` or an edit."""
        self.clear_preview()
        if self._lesion_map is not None and self._overlay is not None:
            self._previewed = _moved(mask & (self._lesion_map.labels[box] == 0), box)
            self._draw(self._previewed, self._overlay.preview_label)

    def clear_preview(self) -> None:
        """Show the lesions alone."""
        if self._previewed is not None:
            previewed, self._previewed = self._previewed, None
            self._draw(previewed)

    def remove(self) -> None:
        """Take the projection out of the scene; it cannot be used afterwards."""
        self.hide_lesions()
        self._views.clear()
        _remove(self._scene, self.pet_node)

    @property
    def _step(self) -> float:
        """Degrees between two views."""
        return float(self._stack_grid.GetSpacing()[2])

    def _place(self, slice_node: slicer.vtkMRMLSliceNode) -> int:
        """Return which slice of the stack a view shows."""
        return round((self.angle(slice_node) + 180) / self._step)

    def _show_label_layer(self) -> None:
        for layers in self._views.values():
            layers.SetLabelVolumeID(None if self.lesion_node is None else self.lesion_node.GetID())

    def _draw(self, kji: NDArray[np.intp], label: int | None = None) -> None:
        """Give the pixels that show some voxels the label that these have now, or another one."""
        widen(self._data, max([label or 0, *self._lesion_map.lesions]))
        shown = voxel_view(self._data)
        labels = self._lesion_map.labels[tuple(kji)] if label is None else np.full(kji.shape[1], label)
        for view, held, rows, columns in self._projections.holders(kji):
            within = columns - self._columns.start
            seen = (within >= 0) & (within < shown.shape[2])
            for place in np.flatnonzero(self._view_of == view):
                shown[place, rows[seen], within[seen]] = labels[held[seen]]
        self._data.Modified()

    def _stack(self) -> sitk.Image:
        """Make the image of all projections: x as on the screen, y up, one angle behind the other."""
        projections = self._projections
        stack = sitk.GetImageFromArray(projections.maxima[self._view_of][:, :, self._columns])
        right, superior = projections.first_ras
        step = 360 / len(projections.maxima)
        # LPS: columns go to L, rows to S, angles to A.
        stack.SetSpacing((projections.column_mm, projections.row_mm, step))
        stack.SetDirection((1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0))
        left = self._columns.start * projections.column_mm - right
        stack.SetOrigin((left - _BESIDE_MM, 180.0, superior))
        return stack


def _columns_of_body(maxima: NDArray[np.float32]) -> slice:
    """Return the columns that are not air from every angle, with the axis of the turn in their middle."""
    body = np.flatnonzero((maxima > _AIR_SUV).any(axis=(0, 1)))
    middle = maxima.shape[2] // 2
    if not body.size:
        return slice(0, maxima.shape[2])
    reach = min(int(np.abs(body - middle).max()) + _MARGIN, middle)
    return slice(middle - reach, middle + reach + 1)


def _moved(mask: NDArray[np.bool_], box: Box) -> NDArray[np.intp]:
    """Return the voxels (k, j, i) of a mask that lies in a box, shape (3, n)."""
    return np.array(np.nonzero(mask)) + np.array([[axis.start] for axis in box])


def _remove(scene: slicer.vtkMRMLScene, node: slicer.vtkMRMLNode) -> None:
    """Remove a node that the scene, or its user, may have removed already."""
    if scene.IsNodePresent(node):
        remove_node(scene, node)
