"""A curtain before the images: in a break nobody reads on while the time stands still."""

from __future__ import annotations

import slicer

_LAYERS = ("Background", "Foreground", "Label")


class Curtain:
    """Takes the images out of all slice views, and puts them back as they were.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one with offscreen views; without views there is nothing to hide.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._hidden: list[tuple[slicer.vtkMRMLSliceCompositeNode, dict[str, str | None]]] = []

    def draw(self) -> None:
        """Hide the images; if they are hidden already, nothing happens."""
        if self._hidden:
            return
        class_name = "vtkMRMLSliceCompositeNode"
        for number in range(self._scene.GetNumberOfNodesByClass(class_name)):
            composite = self._scene.GetNthNodeByClass(number, class_name)
            shown = {layer: getattr(composite, f"Get{layer}VolumeID")() for layer in _LAYERS}
            self._hidden.append((composite, shown))
            _show(composite, dict.fromkeys(_LAYERS))

    def lift(self) -> None:
        """Show them again."""
        while self._hidden:
            _show(*self._hidden.pop())

    def forget(self) -> None:
        """Leave the views as they are, because what they showed is gone."""
        self._hidden.clear()


def _show(composite: slicer.vtkMRMLSliceCompositeNode, volumes: dict[str, str | None]) -> None:
    was_modifying = composite.StartModify()
    for layer, volume in volumes.items():
        getattr(composite, f"Set{layer}VolumeID")(volume)
    composite.EndModify(was_modifying)
