"""A small patient in real Slicer views without a display, and a mouse."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.display import LesionOverlay
from NENSegmentationLib.scene.mip import RotatingMip

THRESHOLD = 10.0


def small_patient(seed=1):
    """Twelve cubes of SUV 15 to 40 in a noisy body, 4 x 4 x 5 mm; the axes of the image are L, P and S."""
    random = np.random.default_rng(seed)
    uptake = random.uniform(0, 2, (24, 30, 36)).astype(np.float32)
    uptake[:, :3] = uptake[:, -3:] = 0
    for k in (4, 11, 18):
        for j, i in ((7, 8), (8, 26), (20, 10), (22, 24)):
            uptake[k : k + 3, j : j + 3, i : i + 4] = random.uniform(15, 40, (3, 3, 4))
    image = sitk.GetImageFromArray(uptake)
    image.SetSpacing((4.0, 4.0, 5.0))
    image.SetOrigin((-70.0, -58.0, -500.0))
    return image


def lesions_of(pet):
    return LesionMap.from_threshold(pet, THRESHOLD)


def mip_of(scene, lesion_map, views):
    mip = RotatingMip(scene, lesion_map.pet, views)
    mip.show_lesions(lesion_map, LesionOverlay(scene, lesion_map))
    return mip


def pixel_of(view, ras):
    """Where a point (RAS mm) is in a slice view."""
    matrix = view.node.GetXYToRAS().__class__()
    matrix.DeepCopy(view.node.GetXYToRAS())
    matrix.Invert()
    x, y, _, _ = matrix.MultiplyPoint((*ras, 1.0))
    return round(x), round(y)


def mouse(view, event, at, shift=False):
    view.interactor.SetEventInformation(*at, 0, int(shift), "\0", 0, None)
    view.interactor.InvokeEvent(event)


def key(view, name):
    view.interactor.SetKeyEventInformation(0, 0, "\0", 1, name)
    view.interactor.InvokeEvent("KeyPressEvent")
    view.interactor.SetKeyEventInformation(0, 0, "\0", 0, None)


def click(view, at, shift=False, until=None):
    mouse(view, "MouseMoveEvent", at, shift)
    mouse(view, "LeftButtonPressEvent", at, shift)
    if until is not None:
        mouse(view, "MouseMoveEvent", until, shift)
    mouse(view, "LeftButtonReleaseEvent", until or at, shift)
