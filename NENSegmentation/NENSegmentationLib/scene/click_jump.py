"""A click that leads all views to its place, which a double click takes back: it begins as a click."""

from __future__ import annotations

import slicer

from .interaction import Ras
from .slice_frame import SliceFrame
from .views import crosshair_of, jump_to, slice_views


class ClickJump:
    """Leads all slice views to a point, and back to where they were.

    Waiting for a second click before anything happens would make every click slow.

    Parameters
    ----------
    scene : vtkMRMLScene
        With slice views and a cross-hair.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._crosshair_ras: Ras | None = None
        self._frames: list[SliceFrame] = []

    def to(self, ras: Ras) -> None:
        """Bring a point (RAS mm) into all slice views; see `jump_to`."""
        self._crosshair_ras = crosshair_of(self._scene).GetCrosshairRAS()
        self._frames = [SliceFrame.of(slice_node) for slice_node, _ in slice_views(self._scene)]
        jump_to(self._scene, ras)

    def take_back(self) -> None:
        """Bring the views and the cross-hair back to where they were before the last jump, once."""
        if self._crosshair_ras is None:
            return
        crosshair_of(self._scene).SetCrosshairRAS(self._crosshair_ras)
        for frame in self._frames:
            frame.show()
        self.forget()

    def forget(self) -> None:
        """Let the views stay where they are."""
        self._crosshair_ras = None
        self._frames.clear()
