"""What Slicer's Segment Editor does to a segmentation node, without its window."""

from __future__ import annotations

import slicer
from vtkmodules.util.vtkConstants import VTK_UNSIGNED_CHAR

from NENSegmentationLib.scene.volumes import ijk_to_ras, voxel_view

LOGIC = slicer.vtkSlicerSegmentationsModuleLogic
PAINT, ERASE = LOGIC.MODE_MERGE_MASK, LOGIC.MODE_MERGE_MIN


def draw(node, image, segment_id, box, *, over=(), mode=PAINT):
    """Paint or erase a box with the selected segment; the segments named in ``over`` are overwritten, no others."""
    extent = [int(end) for axis in reversed(box) for end in (axis.start, axis.stop - 1)]
    modifier = slicer.vtkOrientedImageData()
    modifier.SetExtent(extent)
    modifier.AllocateScalars(VTK_UNSIGNED_CHAR, 1)
    modifier.SetImageToWorldMatrix(ijk_to_ras(image))
    voxel_view(modifier)[:] = 0 if mode == ERASE else 1
    assert LOGIC.SetBinaryLabelmapToSegment(modifier, node, segment_id, mode, extent, False, list(over))


def other_segments(node, segment_id):
    return [other for other in node.GetSegmentation().GetSegmentIDs() if other != segment_id]


def box(*bounds):
    """A box (k, j, i) from three pairs of first voxel and voxel after the last."""
    return tuple(slice(start, stop) for start, stop in zip(bounds[::2], bounds[1::2], strict=True))
