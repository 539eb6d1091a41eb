"""What a reading layout shows, in terms of the scene: it holds for every view that is in it, whoever draws the view."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import slicer
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindowInteractor

from .errors import SceneError

PET_UPPER_SUV = 20.0
"""The PET is shown from SUV 0 to this."""

CT_WINDOWS = {"soft tissue": (400.0, 40.0), "lung": (1500.0, -600.0), "bone": (1800.0, 400.0)}
"""Width and centre (Hounsfield units) by name."""


MIP_VIEW_GROUP = 13
"""View group of the projection: its slices are angles, and must not follow those of the patient."""


# What is so near to the rim of a view (part of its width or height) is not well in sight.
_RIM = 0.08


class PetColour(Enum):
    """The colour table of the PET."""

    INVERTED_GREY = "vtkMRMLColorTableNodeInvertedGrey"
    HOT = "vtkMRMLPETProceduralColorNodePET-Heat"


def show_pet_ct(
    scene: slicer.vtkMRMLScene,
    pet_node: slicer.vtkMRMLScalarVolumeNode,
    ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
    *,
    colour: PetColour = PetColour.HOT,
    opacity: float = 0.5,
) -> None:
    """Show the CT in all slice views with the PET over it, or the PET alone.

    Parameters
    ----------
    scene : vtkMRMLScene
        Its slice views have to be there.
    pet_node, ct_node : vtkMRMLScalarVolumeNode
        SUVbw (g/mL) and Hounsfield units; without a CT the PET is opaque.
    colour : PetColour
        Of the PET.
    opacity : float
        Of the PET over the CT, from 0 to 1.

    Raises
    ------
    SceneError
        If the opacity is not from 0 to 1, or the scene lacks the colour table.
    """
    if not 0 <= opacity <= 1:
        message = f"the opacity {opacity:g} of the PET is not from 0 to 1. Give 0.5 to see PET and CT alike."
        raise SceneError(message)
    if scene.GetNodeByID(colour.value) is None:
        message = f"the scene has no colour table {colour.value}. Use Slicer's own scene, or one by headless_scene()."
        raise SceneError(message)
    pet_node.GetDisplayNode().SetAndObserveColorNodeID(colour.value)
    for _, composite in slice_views(scene):
        was_modifying = composite.StartModify()
        composite.SetBackgroundVolumeID((ct_node or pet_node).GetID())
        composite.SetForegroundVolumeID(None if ct_node is None else pet_node.GetID())
        composite.SetForegroundOpacity(opacity)
        composite.SetLinkedControl(True)
        composite.EndModify(was_modifying)


def show_case(
    scene: slicer.vtkMRMLScene,
    pet_node: slicer.vtkMRMLScalarVolumeNode,
    ct_node: slicer.vtkMRMLScalarVolumeNode | None = None,
) -> None:
    """Show a case as it is first read: PET from SUV 0 to 20, CT in a soft-tissue window, cursor linked.

    Parameters
    ----------
    scene, pet_node, ct_node
        As for `show_pet_ct`; a PET alone is inverted grey.

    Raises
    ------
    SceneError
        If the scene lacks the colour table, or has no cross-hair.
    """
    show_pet_ct(scene, pet_node, ct_node, colour=PetColour.INVERTED_GREY if ct_node is None else PetColour.HOT)
    set_pet_window(pet_node)
    if ct_node is not None:
        set_ct_window(ct_node, "soft tissue")
    link_cursor(scene)


def show_overlay(
    scene: slicer.vtkMRMLScene,
    overlay_node: slicer.vtkMRMLLabelMapVolumeNode,
    *,
    opacity: float = 0.6,
    outline: bool = False,
) -> None:
    """Show the lesions in all slice views.

    Parameters
    ----------
    scene : vtkMRMLScene
        Its slice views have to be there.
    overlay_node : vtkMRMLLabelMapVolumeNode
        ``LesionOverlay.node``.
    opacity : float
        From 0 to 1.
    outline : bool
        The border of each lesion alone, so that the uptake inside can be seen.
    """
    show_label_layer(scene, overlay_node)
    for slice_node, composite in slice_views(scene):
        composite.SetLabelOpacity(opacity)
        slice_node.SetUseLabelOutline(outline)


def show_label_layer(scene: slicer.vtkMRMLScene, overlay_node: slicer.vtkMRMLLabelMapVolumeNode | None) -> None:
    """Show a label volume in all slice views, or none, with the opacity and the outline that they have."""
    for _, composite in slice_views(scene):
        composite.SetLabelVolumeID(None if overlay_node is None else overlay_node.GetID())


def set_pet_window(pet_node: slicer.vtkMRMLScalarVolumeNode, upper_suv: float = PET_UPPER_SUV) -> None:
    """Show the PET from SUV 0 to ``upper_suv``.

    Raises
    ------
    SceneError
        If ``upper_suv`` is not above 0.
    """
    if not upper_suv > 0:
        message = f"the PET cannot be shown from SUV 0 to {upper_suv:g}. Give an SUV above 0, usually 20."
        raise SceneError(message)
    _set_window(pet_node, upper_suv, upper_suv / 2)


def set_ct_window(ct_node: slicer.vtkMRMLScalarVolumeNode, name: str) -> None:
    """Show the CT in one of the windows of `CT_WINDOWS`.

    Raises
    ------
    SceneError
        If there is no window of this name.
    """
    if name not in CT_WINDOWS:
        message = f"there is no CT window {name!r}. Choose one of: {', '.join(CT_WINDOWS)}."
        raise SceneError(message)
    _set_window(ct_node, *CT_WINDOWS[name])


def link_cursor(scene: slicer.vtkMRMLScene) -> None:
    """Show the cross-hair in all views, and let all slices follow it (Shift and a move of the mouse in Slicer).

    Raises
    ------
    SceneError
        If the scene has no cross-hair.
    """
    crosshair = crosshair_of(scene)
    crosshair.SetCrosshairMode(crosshair.ShowIntersection)
    crosshair.SetCrosshairBehavior(crosshair.OffsetJumpSlice)


def jump_to(scene: slicer.vtkMRMLScene, ras: tuple[float, float, float]) -> None:
    """Bring a point into all slice views, and the cross-hair onto it.

    Each view goes to the slice of the point. It stays as it is otherwise, so that the reader does not lose the way;
    only where the point would be out of sight, or at the rim, it comes into the middle.

    Parameters
    ----------
    scene : vtkMRMLScene
        Its slice views have to be there.
    ras : tuple of float
        RAS mm.

    Raises
    ------
    SceneError
        If the scene has no cross-hair.
    """
    crosshair_of(scene).SetCrosshairRAS(ras)
    for slice_node, _ in slice_views(scene):
        jump = slice_node.JumpSliceByOffsetting if _is_in_sight(slice_node, ras) else slice_node.JumpSliceByCentering
        jump(*ras)


def _is_in_sight(slice_node: slicer.vtkMRMLSliceNode, ras: tuple[float, float, float]) -> bool:
    """Tell whether a point is within what a view shows, or straight before or behind it, and not at its rim."""
    ras_to_xy = vtkMatrix4x4()
    vtkMatrix4x4.Invert(slice_node.GetXYToRAS(), ras_to_xy)
    place = ras_to_xy.MultiplyPoint((*ras, 1.0))[:2]
    ends = slice_node.GetDimensions()[:2]
    return all(_RIM * end <= at <= (1 - _RIM) * end for at, end in zip(place, ends, strict=True))


def _set_window(node: slicer.vtkMRMLScalarVolumeNode, width: float, centre: float) -> None:
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(width, centre)


def crosshair_of(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLCrosshairNode:
    """Return the cross-hair of a scene.

    Raises
    ------
    SceneError
        If it has none.
    """
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    if crosshair is None:
        message = "the scene has no cross-hair. Use Slicer's own scene, or one with offscreen.application_logic()."
        raise SceneError(message)
    return crosshair


def renderer_of(interactor: vtkRenderWindowInteractor) -> vtkRenderer | None:
    """Return the renderer in which a view draws, or None once the view is gone."""
    window = interactor.GetRenderWindow()
    return None if window is None else window.GetRenderers().GetFirstRenderer()


def slice_views(
    scene: slicer.vtkMRMLScene,
) -> Iterator[tuple[slicer.vtkMRMLSliceNode, slicer.vtkMRMLSliceCompositeNode]]:
    """Yield slice node and composite node of each view that shows slices of the patient (not the projection).

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one with offscreen views.
    """
    layers = {composite.GetLayoutName(): composite for composite in _nodes(scene, "vtkMRMLSliceCompositeNode")}
    for slice_node in _nodes(scene, "vtkMRMLSliceNode"):
        if slice_node.GetViewGroup() != MIP_VIEW_GROUP and slice_node.GetLayoutName() in layers:
            yield slice_node, layers[slice_node.GetLayoutName()]


def _nodes(scene: slicer.vtkMRMLScene, class_name: str) -> list[slicer.vtkMRMLNode]:
    return [scene.GetNthNodeByClass(n, class_name) for n in range(scene.GetNumberOfNodesByClass(class_name))]
