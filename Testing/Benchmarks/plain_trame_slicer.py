"""A viewer as trame-slicer's own examples make it, with the same patient as ours; runs in an environment of its own.

``python plain_trame_slicer.py PET CT SEGMENTATION`` serves it on this machine, and prints its port and how many
segments it shows. It is the smallest of trame-slicer's examples, with its layout of four views; images and segmentation
are loaded and shown by its own managers, in the way these choose. Without the volume rendering that they can show in
the fourth view, which takes minutes without a graphics processor.
"""

from __future__ import annotations

import sys

from trame.app import TrameApp
from trame_slicer.core import LayoutManager, SlicerApp
from trame_slicer.rca_view import register_rca_factories
from trame_vuetify.ui.vuetify3 import SinglePageLayout

_FOREGROUND_OPACITY = 0.5


class PlainViewer(TrameApp):
    """Three slice views and a 3D view, without anything that our reader adds."""

    def __init__(self, pet: str, ct: str, segmentation: str) -> None:
        super().__init__()
        app = SlicerApp()
        register_rca_factories(app.view_manager, self.server)
        layouts = LayoutManager(app.scene, app.view_manager, self.server)
        layouts.register_layout_dict(LayoutManager.default_grid_configuration())
        layouts.set_layout("Quad View")
        with SinglePageLayout(self.server) as self.ui:
            self.ui.toolbar.hide()
            self.ui.footer.hide()
            with self.ui.content:
                layouts.initialize_layout_grid(self.ui)
        (pet_node,), (ct_node,) = (app.io_manager.load_volumes(path) for path in (pet, ct))
        app.display_manager.show_volume_in_slice_background(ct_node)
        app.display_manager.show_volume_in_slice_foreground(pet_node)
        for view in app.view_manager.get_slice_views():
            view.set_foreground_opacity(_FOREGROUND_OPACITY)
        self.segmentation = app.io_manager.load_segmentation(segmentation)
        self.segments = self.segmentation.GetSegmentation().GetNumberOfSegments()
        app.display_manager.reset_views()
        self.app = app


def main() -> None:
    """Serve the viewer until ended."""
    viewer = PlainViewer(*sys.argv[1:4])

    def say_port(**_state: object) -> None:
        sys.stdout.write(f"{viewer.server.port} {viewer.segments}\n")
        sys.stdout.flush()

    viewer.server.controller.on_server_ready.add(say_port)
    viewer.server.start(host="127.0.0.1", port=0, open_browser=False, show_connection_info=False)


if __name__ == "__main__":
    main()
