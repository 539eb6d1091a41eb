"""The time of a case in the page: from the first picture that a browser has, and only while one is there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from NENSegmentationLib.scene.signal import Signal
from NENSegmentationLib.study.clock import Clock
from NENSegmentationLib.study.durations import State
from NENSegmentationLib.study.events import Kind
from NENSegmentationLib.study.journal import Journal
from NENSegmentationLib.study.timer import Reason, Timer
from NENSegmentationLib.web.presence import Presence
from NENSegmentationLib.web.protocol import ViewProtocol


class Reading:
    """A case with a timer, and views that nobody draws."""

    is_study = False

    def __init__(self, path):
        self.views = SimpleNamespace(protocol=ViewProtocol(), shown=Signal())
        self.presence = Presence(self)
        self.session = SimpleNamespace(timer=Timer(Journal.open(path, "a case", Clock())), journal=None)
        self.timer = self.session.timer
        self.pictures = 0

    def start_time(self):
        self.timer.shown(case="A", reader="")

    def show(self):
        """Show the case in the views, and draw it once."""
        self.views.shown.emit(self.session)
        self.pictures += 1
        self.views.protocol.sent["Red"] = self.pictures

    def look(self):
        """A browser opens the page, and gets a new picture."""
        self.views.protocol.onConnect({}, "tab")
        self.pictures += 1
        self.views.protocol.received.emit("Red", self.pictures)

    def leave(self):
        self.views.protocol.onClose("tab")


@pytest.fixture
def reading(tmp_path):
    reading = Reading(tmp_path / "case.journal")
    reading.show()
    yield reading
    reading.timer._journal._let_go()


def kinds(reading):
    return [event.kind for event in reading.timer._journal.events()][1:]


def test_a_case_that_no_browser_has_seen_has_no_time(reading):
    reading.presence.update()
    assert (reading.timer.state, kinds(reading)) == (State.AWAY, [])


def test_the_first_picture_in_a_browser_is_when_the_case_is_shown(reading):
    reading.look()
    assert kinds(reading) == [Kind.SHOWN]


def test_a_picture_of_the_case_before_does_not_count(reading):
    reading.views.protocol.sent["Red"] = 7
    reading.views.shown.emit(reading.session)
    reading.views.protocol.received.emit("Red", 7)
    assert kinds(reading) == []


def test_time_stands_still_while_no_browser_is_there_and_goes_on_with_the_next_picture(reading):
    reading.look()
    reading.leave()
    assert reading.timer.paused_for is Reason.AWAY
    reading.look()
    assert reading.timer.state is State.ACTIVE
    assert kinds(reading) == [Kind.SHOWN, Kind.PAUSED, Kind.RESUMED]


def test_one_tab_of_two_may_close(reading):
    reading.look()
    reading.views.protocol.onConnect({}, "another tab")
    reading.leave()
    assert reading.timer.state is State.ACTIVE


def test_a_pause_of_the_reader_stays_when_the_page_is_loaded_again(reading):
    reading.look()
    reading.timer.pause()
    reading.leave()
    reading.look()
    assert reading.timer.paused_for is Reason.READER


def test_time_that_something_else_lets_run_while_nobody_is_there_is_paused_again(reading):
    reading.look()
    reading.timer.pause(Reason.INFERENCE)
    reading.leave()
    reading.timer.resume()
    reading.presence.update()
    assert reading.timer.paused_for is Reason.AWAY


def test_after_a_kill_without_a_browser_the_next_picture_shows_the_case_again(reading, tmp_path):
    reading.look()
    reading.leave()
    # As a kill leaves it: without the event that closes the journal.
    reading.timer._journal._let_go()
    again = Reading(tmp_path / "case.journal")
    again.show()
    assert again.timer.state is State.AWAY
    again.look()
    assert again.timer.state is State.ACTIVE
    again.timer._journal._let_go()


def test_a_case_that_is_done_stays_done(reading):
    reading.look()
    reading.timer.done()
    reading.leave()
    reading.look()
    assert reading.timer.state is State.DONE


def test_in_a_study_the_time_that_the_study_starts_waits_for_the_first_picture(reading):
    reading.is_study = True
    reading.start_time()
    reading.presence.update()
    assert reading.timer.paused_for is Reason.AWAY
    reading.look()
    assert reading.timer.state is State.ACTIVE
