"""One view of the page: what comes in from the browser, and the pictures that go out."""

from __future__ import annotations

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from NENSegmentationLib.scene.bootstrap import close_scene, headless_scene
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.web.errors import WebError
from NENSegmentationLib.web.pictures import Quality, encoded
from NENSegmentationLib.web.protocol import ViewProtocol
from NENSegmentationLib.web.room import number
from NENSegmentationLib.web.stream import Drawn, PictureStream, Turns
from NENSegmentationLib.web.view import BrowserView

AT = {"x": 5, "y": 7, "shift": False, "ctrl": False, "alt": False}


@pytest.fixture(scope="module")
def slice_view():
    scene = headless_scene()
    with SliceView(application_logic(scene), "Red", "Axial") as view:
        yield view
    close_scene(scene)


@pytest.fixture
def view(slice_view):
    return BrowserView("Red", slice_view, lambda: None, lambda: None, lambda: None)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({"type": "Explode"}, "nothing that a reader does"),
        ({"type": "Key", "key": "q"}, "nothing that a reader does"),
        ({}, "nothing that a reader does"),
        ({"type": "Move"}, "a number is expected"),
        ({"type": "Move", **AT, "x": float("nan")}, "a number is expected"),
        ({"type": "Move", **AT, "y": "7"}, "a number is expected"),
        ({"type": "Wheel", **AT, "steps": None}, "a number is expected"),
    ],
)
def test_an_event_that_no_reader_can_make_is_refused(view, event, said):
    with pytest.raises(WebError, match=said):
        view.handle(event)


def test_a_wheel_that_turns_beyond_all_bounds_is_held(view, slice_view):
    turned = []
    tag = slice_view.interactor.AddObserver("MouseWheelForwardEvent", lambda *_: turned.append(1), 10.0)
    view.handle({"type": "Wheel", **AT, "steps": 10**9})
    slice_view.interactor.RemoveObserver(tag)
    assert len(turned) == 50


def test_the_second_press_of_a_double_click_is_an_event_of_its_own(view, slice_view):
    pressed = []
    tag = slice_view.interactor.AddObserver("LeftButtonDoubleClickEvent", lambda *_: pressed.append(1), 10.0)
    view.handle({"type": "LeftPressAgain", **AT})
    slice_view.interactor.RemoveObserver(tag)
    assert pressed == [1]


def test_an_event_is_answered_by_what_is_under_the_pointer_then(view):
    protocol = ViewProtocol()
    protocol.add(view, None, lambda: [f"at {view.view.interactor.GetEventPosition()}"])
    assert protocol.handle("Red", {"type": "Move", **AT}) == ["at (5, 7)"]
    assert protocol.pointed("Red") == ["at (5, 7)"]


def test_a_view_without_a_place_is_not_drawn(view):
    assert view.picture() is None


def test_a_view_has_the_size_of_its_place(view):
    view.resize(60, 40)
    assert view.picture().shape == (40, 60, 3)


def test_the_pointer_moves_without_a_new_picture(slice_view):
    changes = []
    view = BrowserView("Red", slice_view, lambda: changes.append(1), lambda: None, lambda: None)
    view.resize(60, 40)
    changes.clear()
    for x in range(10, 50, 10):
        view.handle({"type": "Move", **AT, "x": x})
    assert changes == []


def test_a_place_that_is_no_size_is_refused(view):
    with pytest.raises(WebError, match="a number is expected"):
        view.resize("wide", 40)


def test_a_view_that_is_not_there_is_named():
    with pytest.raises(WebError, match=r"there is no view 'Blue'. Reload the page"):
        ViewProtocol().handle("Blue", {"type": "Move", **AT})


@pytest.mark.parametrize("typed", ["", "ten", None, "nan", "inf"])
def test_what_is_typed_and_no_number_is_said(typed):
    with pytest.raises(WebError, match=r"the upper SUV is .*, which is no number. Type one."):
        number(typed, "the upper SUV")


def test_a_picture_that_stands_still_loses_nothing():
    pixels = np.random.default_rng(1).integers(0, 256, (9, 7, 3), np.uint8)
    shown = np.asarray(Image.open(io.BytesIO(encoded(pixels, Quality.STILL))))
    assert np.array_equal(shown, pixels)


class Wall:
    """A view whose picture is one grey, and a browser that shows what it gets, or does not."""

    def __init__(self, shows=True):
        self.grey, self.place, self.shows, self.sent = 0, "S 0.0 mm", shows, []
        self.stream = PictureStream(self.draw, self.send, Turns())

    def draw(self):
        return Drawn(np.full((4, 4, 3), self.grey, np.uint8), {"place": self.place})

    def send(self, _content, _legend, quality, number):
        self.sent.append(quality)
        if self.shows:
            self.stream.shown(number)


async def served(wall, seconds):
    task = asyncio.create_task(wall.stream.run())
    await asyncio.sleep(seconds)
    task.cancel()


def test_a_picture_is_sent_soon_and_exactly_once_it_stands_still():
    async def watch():
        wall = Wall()
        wall.stream.request()
        await served(wall, 0.6)
        return wall.sent

    assert asyncio.run(watch()) == [Quality.MOVING, Quality.STILL]


def test_a_picture_that_is_the_same_is_not_sent_again_unless_a_page_is_new():
    async def watch():
        wall = Wall()
        wall.stream.request()
        await served(wall, 0.6)
        wall.stream.request()
        await served(wall, 0.5)
        seen = len(wall.sent)
        wall.stream.repeat()
        await served(wall, 0.6)
        return seen, len(wall.sent)

    assert asyncio.run(watch()) == (2, 4)


def test_a_slice_that_looks_like_the_one_before_is_sent_for_its_words():
    async def watch():
        wall = Wall()
        wall.stream.request()
        await served(wall, 0.5)
        wall.place = "S 2.0 mm"
        wall.stream.request()
        await served(wall, 0.1)
        return wall.sent

    assert asyncio.run(watch()) == [Quality.MOVING, Quality.STILL, Quality.MOVING]


def test_no_picture_is_sent_before_the_last_one_is_shown():
    async def watch():
        wall = Wall(shows=False)
        task = asyncio.create_task(wall.stream.run())
        for grey in range(5):
            wall.grey = grey
            wall.stream.request()
            await asyncio.sleep(0.05)
        task.cancel()
        return wall.sent

    assert asyncio.run(watch()) == [Quality.MOVING]
