"""How the images are shown: windows, colours, the weight of the PET over the CT."""

from __future__ import annotations

from ..scene.session import CorrectionSession
from ..scene.views import (
    CT_WINDOWS,
    PET_UPPER_SUV,
    PetColour,
    set_ct_window,
    set_pet_window,
    show_label_layer,
    show_pet_ct,
)
from .room import Room, number

_COLOURS = {"hot": PetColour.HOT, "grey": PetColour.INVERTED_GREY}
_UPPER_SUVS = (5, 10, 15, 20, 30, 50)


class DisplaySection:
    """The bar over the views.

    Parameters
    ----------
    room : Room
        Of the page.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        room.state.update(
            {
                "ct_windows": list(CT_WINDOWS),
                "upper_suvs": list(_UPPER_SUVS),
                "pet_upper": PET_UPPER_SUV,
                "ct_window": "soft tissue",
                "pet_opacity": 50,
                "pet_colour": "hot",
                "has_ct": False,
                "lesions_shown": True,
                "maximised": "",
            }
        )
        room.on("pet_window", self._set_pet)
        room.on("ct_window", self._set_ct)
        room.on("pet_opacity", self._set_opacity)
        room.on("pet_colour", self._set_colour)
        room.on("fit", lambda: room.views.fit(keep_slices=True))
        room.on("show_lesions", self.toggle_lesions)
        room.on("maximise", self._maximise)
        room.views.windowed.connect(self._show_windows)
        room.views.shown.connect(self._on_shown)
        room.reading.lesions_changed.connect(self._keep_hidden)

    def toggle_lesions(self) -> None:
        """Show or hide all lesions, to see the uptake under them."""
        self._room.state.lesions_shown = not self._room.state.lesions_shown
        self._show_lesions()

    def _on_shown(self, session: CorrectionSession) -> None:
        has_ct = session.ct_node is not None
        self._room.state.update(
            {
                "has_ct": has_ct,
                "ct_window": "soft tissue",
                "pet_colour": "hot" if has_ct else "grey",
                "pet_opacity": 50,
                "lesions_shown": True,
            }
        )
        self._show_windows()

    def _show_windows(self) -> None:
        session = self._room.session
        self._room.state.pet_upper = round(session.pet_node.GetDisplayNode().GetWindow(), 1)
        if session.ct_node is not None:
            display = session.ct_node.GetDisplayNode()
            at = (display.GetWindow(), display.GetLevel())
            name = next((name for name, window in CT_WINDOWS.items() if window == at), "")
            self._room.state.ct_window = name
        self._room.state.flush()

    def _set_pet(self, upper_suv: object) -> None:
        set_pet_window(self._room.session.pet_node, number(upper_suv, "the upper SUV"))
        self._show_windows()

    def _set_ct(self, name: str) -> None:
        ct_node = self._room.session.ct_node
        if ct_node is not None:
            set_ct_window(ct_node, str(name))
            self._show_windows()

    def _set_opacity(self, percent: object) -> None:
        self._room.state.pet_opacity = round(number(percent, "the weight of the PET"))
        self._show_fusion()

    def _set_colour(self, name: str) -> None:
        self._room.state.pet_colour = name if name in _COLOURS else "hot"
        self._show_fusion()

    def _show_fusion(self) -> None:
        session, state = self._room.session, self._room.state
        show_pet_ct(
            self._room.views.scene,
            session.pet_node,
            session.ct_node,
            colour=_COLOURS[state.pet_colour],
            opacity=min(max(state.pet_opacity / 100, 0.0), 1.0),
        )

    def _show_lesions(self) -> None:
        overlay = self._room.session.overlay
        if overlay is not None:
            show_label_layer(self._room.views.scene, overlay.node if self._room.state.lesions_shown else None)

    def _keep_hidden(self) -> None:
        if not self._room.state.lesions_shown:
            self._show_lesions()

    def _maximise(self, name: str) -> None:
        self._room.state.maximised = "" if self._room.state.maximised or name not in self._room.views.views else name
