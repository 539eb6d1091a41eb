"""A Slicer scene without the Slicer application, on slicer-core alone.

What it takes was found by leaving things out:

- `vtkMRMLScene` by itself knows the classes of volume, segmentation, display, storage and transform nodes.
- The colour logic adds the colour tables. A volume's display names one (grey, inverted grey); without it the volume
  is shown black.
- The segmentations logic registers `vtkMRMLSegmentEditorNode`, and the rules by which a labelmap becomes a surface
  for the 3-D view. Without it a labelmap has no way to a surface.

Both do their work when they are given the scene, and are then let go: what they added stays, and a logic that kept
the scene would keep it alive for ever. No more is needed. The application logic, and the logics of Volumes,
Terminologies and Subject Hierarchy, serve views, file dialogs and the choice of terms by name; a browser interface
brings its own. Terminology in segments is a plain tag, and the class-level functions of the terminologies logic read
it without a scene.
"""

from __future__ import annotations

import atexit
import weakref

import slicer

from .segmentation import release


def headless_scene() -> slicer.vtkMRMLScene:
    """Make a scene for the command line and the tests.

    Returns
    -------
    vtkMRMLScene
        With the default colour tables and everything that segmentation nodes need. `close_scene` empties it; at the
        end of the process that happens by itself.
    """
    scene = slicer.vtkMRMLScene()
    slicer.vtkSlicerSegmentationsModuleLogic().SetMRMLScene(scene)
    colour_logic = slicer.vtkMRMLColorLogic()
    colour_logic.SetMRMLScene(scene)
    # A colour logic that goes while it has a scene takes its colour tables with it.
    colour_logic.SetMRMLScene(None)
    atexit.register(_close_if_alive, weakref.ref(scene))
    return scene


def close_scene(scene: slicer.vtkMRMLScene) -> None:
    """Remove every node of a scene except its colour tables, without the cost that `release` avoids.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one made by `headless_scene`.
    """
    for position in range(scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")):
        release(scene.GetNthNodeByClass(position, "vtkMRMLSegmentationNode"))
    scene.Clear(False)


def _close_if_alive(scene_reference: weakref.ref[slicer.vtkMRMLScene]) -> None:
    scene = scene_reference()
    if scene is not None:
        close_scene(scene)
