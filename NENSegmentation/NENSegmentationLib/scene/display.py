"""The lesions as the reader sees them: one label volume with a colour table, in the label layer of every slice view.

The segmentation node holds the same lesions as data and is not drawn: Docs/decisions/0006 has the measurement.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import SimpleITK as sitk
import slicer
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from ..core.boxes import Box
from ..core.history import Edit
from ..core.lesion import Lesion
from ..core.lesions import LesionMap
from ..core.segments import label_type
from .segment_edits import copy_boxes, touched_by, widen
from .segmentation import remove_node
from .volumes import fill, ijk_to_ras, voxel_view

HIGHLIGHT = (1.0, 0.0, 1.0)
"""Colour of the lesion under the pointer: plain on a black CT, a hot PET and the white of a projection alike."""

PREVIEW = (0.1, 0.35, 1.0)
"""Colour of what a seed would add: blue, which a hot PET, grey and the outline of the reference region are not."""

_SPARE_COLOURS = 256


class LesionOverlay:
    """The label volume of the lesions.

    It has voxels of its own: what is only being tried (`preview`) never gets into the segmentation.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    lesion_map : LesionMap
        Its labels are copied; edits of it are shown by `apply_edit`.
    name : str
        Name of the label volume, shown to the reader.

    Attributes
    ----------
    node : vtkMRMLLabelMapVolumeNode
        For the label layer of slice views; see `views.show_overlay`.
    table : vtkMRMLColorTableNode
        The colour of lesion 7 is its entry 7; hidden lesions are transparent.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, lesion_map: LesionMap, name: str = "Lesions") -> None:
        self._scene = scene
        self._lesion_map = lesion_map
        self._colours: dict[int, tuple[float, float, float]] = {}
        self._hidden: set[int] = set()
        self._highlighted: int | None = None
        self._previewed: Box | None = None
        self.table = scene.AddNewNodeByClass("vtkMRMLColorTableNode", f"{name} colours")
        self.table.SetTypeToUser()
        self.table.SetSaveWithScene(False)
        self._take_colours(lesion_map.lesions.values())
        small = label_type(lesion_map) if self.preview_label <= np.iinfo(np.int16).max else np.int32
        self._data = vtkImageData()
        fill(self._data, lesion_map.labels, small)
        self.node = label_node(scene, self._data, lesion_map.pet, name, self.table)

    def apply_edit(self, edit: Edit) -> None:
        """Show the lesion map after an edit of it, done, undone or done again; a preview ends.

        Parameters
        ----------
        edit : Edit
            What the lesion map returned.
        """
        self.clear_preview()
        copy_boxes(self._data, self._lesion_map, edit)
        lesions = self._lesion_map.lesions
        self._take_colours(lesions[lesion_id] for lesion_id in touched_by(edit) if lesion_id in lesions)
        widen(self._data, self.preview_label)
        self._data.Modified()

    def restyle(self, lesion: Lesion) -> None:
        """Show a lesion in the colour that it has now."""
        self._take_colours([lesion])

    def set_visible(self, lesion_ids: Iterable[int], visible: bool) -> None:
        """Show or hide lesions."""
        changed = set(lesion_ids)
        self._hidden = self._hidden - changed if visible else self._hidden | changed
        self._paint(changed)

    def highlight(self, lesion_id: int | None) -> None:
        """Show one lesion, or none, in magenta: the one under the pointer."""
        if lesion_id == self._highlighted:
            return
        changed = {self._highlighted, lesion_id} - {None}
        self._highlighted = lesion_id
        self._paint(changed)

    def preview(self, mask: NDArray[np.bool_], box: Box, of: int = 0) -> None:
        """Show in blue what would be added or erased, until `clear_preview` or the next edit.

        Parameters
        ----------
        mask : ndarray of bool, shape (k, j, i) of ``box``
            True where a lesion would be added or erased.
        box : tuple of slice
            Where ``mask`` lies.
        of : int
            Only voxels with this label are shown so: 0, which belongs to no lesion, or the id of the lesion erased.
        """
        self.clear_preview()
        shown = mask & (self._lesion_map.labels[box] == of)
        voxel_view(self._data)[box][shown] = self.preview_label
        self._previewed = box
        self._data.Modified()

    def clear_preview(self) -> None:
        """Show the lesions alone."""
        if self._previewed is not None:
            voxel_view(self._data)[self._previewed] = self._lesion_map.labels[self._previewed]
            self._previewed = None
            self._data.Modified()

    def remove(self) -> None:
        """Take the overlay out of the scene; it cannot be used afterwards."""
        remove_node(self._scene, self.node)
        remove_node(self._scene, self.table)

    @property
    def preview_label(self) -> int:
        """Label of what is only previewed: the last entry of the table, which is never an id."""
        return self.table.GetNumberOfColors() - 1

    def _take_colours(self, lesions: Iterable[Lesion]) -> None:
        new = {lesion.id: lesion.colour for lesion in lesions}
        self._colours.update(new)
        greatest = max(self._colours, default=0)
        if greatest >= self.preview_label:
            self._make_room(greatest + _SPARE_COLOURS)
        self._paint(new)

    def _make_room(self, entries: int) -> None:
        old = self.preview_label
        if old > 0:
            self.table.SetColor(old, 0, 0, 0, 0)
        self.table.SetNumberOfColors(entries)
        self.table.GetLookupTable().SetTableRange(0, entries - 1)
        self.table.SetColor(self.preview_label, *PREVIEW, 1.0)

    def _paint(self, lesion_ids: Iterable[int]) -> None:
        was_modifying = self.table.StartModify()
        for lesion_id in lesion_ids:
            colour = HIGHLIGHT if lesion_id == self._highlighted else self._colours[lesion_id]
            self.table.SetColor(lesion_id, *colour, float(lesion_id not in self._hidden))
        self.table.EndModify(was_modifying)


def label_node(
    scene: slicer.vtkMRMLScene, data: vtkImageData, grid: sitk.Image, name: str, table: slicer.vtkMRMLColorTableNode
) -> slicer.vtkMRMLLabelMapVolumeNode:
    """Put a picture of labels into a scene, which is not saved with it.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    data : vtkImageData
        The labels, which the node shares.
    grid : SimpleITK.Image
        Where they lie.
    name : str
        Name of the node, shown to the reader.
    table : vtkMRMLColorTableNode
        Gives each label its colour.

    Returns
    -------
    vtkMRMLLabelMapVolumeNode
    """
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
    node.SetIJKToRASMatrix(ijk_to_ras(grid))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
    node.SetAndObserveImageData(data)
    node.SetSaveWithScene(False)
    return node
