"""The reading layout of Slicer: axial, coronal and sagittal PET/CT, and the projection that turns at full height."""

from __future__ import annotations

import slicer

from .views import MIP_VIEW_GROUP

READING_LAYOUT = 13305
"""Layout id; Slicer's own are below 1000, and extensions choose any large number."""

MIP_VIEW = "MIP"
"""Layout name of the slice view that shows the projection."""

_VIEW = """
<view class="vtkMRMLSliceNode" singletontag="{name}">
 <property name="orientation" action="default">{orientation}</property>
 <property name="viewlabel" action="default">{label}</property>
 <property name="viewcolor" action="default">{colour}</property>
 <property name="viewgroup" action="default">{group}</property>
</view>"""

_LAYOUT = """
<layout type="horizontal" split="true">
 <item splitSize="640">
  <layout type="vertical">
   <item>{axial}</item>
   <item>
    <layout type="horizontal">
     <item>{coronal}</item>
     <item>{sagittal}</item>
    </layout>
   </item>
  </layout>
 </item>
 <item splitSize="360">{mip}</item>
</layout>"""


def _view(name: str, orientation: str, label: str, colour: str, group: int = 0) -> str:
    return _VIEW.format(name=name, orientation=orientation, label=label, colour=colour, group=group)


# Names, labels and colours of the three slices are those of Slicer's own layouts.
LAYOUT_DESCRIPTION = _LAYOUT.format(
    axial=_view("Red", "Axial", "R", "#F34A33"),
    coronal=_view("Green", "Coronal", "G", "#6EB04B"),
    sagittal=_view("Yellow", "Sagittal", "Y", "#EDD54C"),
    mip=_view(MIP_VIEW, "Coronal", "MIP", "#8C8C8C", MIP_VIEW_GROUP),
)
"""The layout as Slicer's layout node takes it."""


class ReadingLayout:
    """Puts the reading layout on while a case is open.

    Without a layout node, that is without Slicer's main window, nothing happens: whoever made the views lays them out.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's. The layout is added to those it offers.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._before: int | None = None
        self._register()

    def show(self) -> None:
        """Put the layout on, and remember which one was there before."""
        layout = self._register()
        if layout is None or layout.GetViewArrangement() == READING_LAYOUT:
            return
        self._before = layout.GetViewArrangement()
        layout.RemoveAllMaximizedViewNodes()
        layout.SetViewArrangement(READING_LAYOUT)

    def leave(self) -> None:
        """Put the layout before on again, unless the reader has chosen another one meanwhile."""
        layout, before = _layout_node(self._scene), self._before
        self._before = None
        if layout is not None and layout.GetViewArrangement() == READING_LAYOUT:
            layout.RemoveAllMaximizedViewNodes()
            layout.SetViewArrangement(layout.SlicerLayoutFourUpView if before is None else before)

    def _register(self) -> slicer.vtkMRMLLayoutNode | None:
        layout = _layout_node(self._scene)
        if layout is not None and not layout.AddLayoutDescription(READING_LAYOUT, LAYOUT_DESCRIPTION):
            layout.SetLayoutDescription(READING_LAYOUT, LAYOUT_DESCRIPTION)
        return layout


def mip_view(
    scene: slicer.vtkMRMLScene,
) -> tuple[slicer.vtkMRMLSliceNode, slicer.vtkMRMLSliceCompositeNode] | None:
    """Return slice node and composite node of the view for the projection, or None if no layout has made one.

    Parameters
    ----------
    scene : vtkMRMLScene
        Slicer's, or one with offscreen views.
    """
    slice_node = scene.GetSingletonNode(MIP_VIEW, "vtkMRMLSliceNode")
    if slice_node is None:
        return None
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")):
        composite_node = scene.GetNthNodeByClass(n, "vtkMRMLSliceCompositeNode")
        if composite_node.GetLayoutName() == MIP_VIEW:
            return slice_node, composite_node
    return None


def _layout_node(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLLayoutNode | None:
    return scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
