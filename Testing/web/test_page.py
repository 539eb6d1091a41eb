"""The page without a browser: what it says where something cannot be done, and what it does not show."""

from __future__ import annotations

import asyncio
import threading

import pytest
import SimpleITK as sitk
from scene.study_cases import FIRST, LIVER_RAS, PREPARED, THRESHOLD, a_study, an_image
from trame_server import Server

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.ensemble.models import AvailableModel
from NENSegmentationLib.web import ensemble_section, reference_section
from NENSegmentationLib.web.errors import WebError
from NENSegmentationLib.web.page import ReaderPage

NOTHING = {"case": None, "ct": None, "study": None, "reader": None}


class Hands:
    """A page that nobody serves, and hands that press what its browser would."""

    def __init__(self, folder, **request):
        self.server = Server(f"page{id(self)}", client_type="vue3")
        self.page = ReaderPage(self.server, {**NOTHING, "journals": str(folder / "journals"), **request})
        self.state = self.server.state

    async def call(self, name, *arguments):
        self.server.controller.trigger_fn(name)(*arguments)
        while self.page._room._tasks:
            await asyncio.gather(*self.page._room._tasks)
        return self.state.message

    async def segment(self):
        """Place the region in the liver, and segment."""
        self.page._reference._place(LIVER_RAS)
        await self.call("diameter", 24)
        assert await self.call("segment", True) == ""


@pytest.fixture
def on_page(tmp_path):
    """Do something on a page, in a loop of its own, with a case or without."""

    def run(work, *, with_case=True, **request):
        async def alone():
            hands = Hands(tmp_path, **request)
            try:
                if with_case:
                    sitk.WriteImage(an_image(1), str(tmp_path / "pet.nrrd"))
                    await hands.page.open(tmp_path / "pet.nrrd")
                return await work(hands)
            finally:
                hands.page.close()

        return asyncio.run(alone())

    return run


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("pause", (), "No case is open. Open one first."),
        ("export", (), "No case is open. Open one first."),
        ("mode", ("delete",), "There are no lesions yet. Place the reference region and segment first."),
        ("diameter", ("wide",), "The diameter is 'wide', which is no number. Type one."),
    ],
)
def test_what_needs_a_case_says_so(on_page, name, arguments, said):
    async def work(hands):
        return await hands.call(name, *arguments)

    assert on_page(work, with_case=False) == said


def test_a_region_outside_the_body_is_said_and_nothing_is_segmented(on_page):
    async def work(hands):
        hands.page._reference._place((4000.0, 0.0, 0.0))
        return hands.state.region_message, await hands.call("segment"), hands.state.has_lesions

    said, message, has_lesions = on_page(work)
    assert "lies outside the PET image" in said
    assert "lies outside the PET image" in message
    assert not has_lesions


def test_corrections_are_not_replaced_without_a_question(on_page):
    async def work(hands):
        await hands.segment()
        await hands.call("select", hands.state.lesions[0]["id"])
        await hands.call("delete")
        await hands.call("segment")
        return hands.state.replace_asked, len(hands.state.lesions)

    assert on_page(work) == (True, 1)


def test_painting_beside_all_lesions_says_where_to_begin(on_page):
    async def work(hands):
        await hands.segment()
        await hands.call("mode", "paint")
        hands.page._clicks._drawn([LIVER_RAS])
        return hands.state.message

    assert on_page(work) == "There is no lesion here to mend. Begin in a lesion, or select one in the table first."


def test_a_stroke_in_a_lesion_paints_it(on_page):
    async def work(hands):
        await hands.segment()
        before = {one["id"]: one["figures"][0] for one in hands.state.lesions}
        await hands.call("mode", "paint")
        hands.page._clicks._drawn([FIRST, (FIRST[0] + 12.0, *FIRST[1:])])
        return hands.state.message, before, {one["id"]: one["figures"][0] for one in hands.state.lesions}

    message, before, after = on_page(work)
    assert message == ""
    assert before != after


def test_the_ensemble_without_a_model_says_how_to_get_one(on_page):
    async def work(hands):
        hands.page._ensemble._models = []
        return await hands.call("ensemble_run")

    said = (
        "There is no model. Import one with nenseg model import ZIP --out models/NAME in the folder of the data of "
        "this server, and open the page again."
    )
    assert on_page(work) == said


def test_a_case_that_cannot_be_read_leaves_the_one_that_is_open(on_page, tmp_path):
    (tmp_path / "no.nrrd").write_text("no image")

    async def work(hands):
        code = hands.state.case_code
        with pytest.raises(Exception, match=r"no\.nrrd"):
            await hands.page.open(tmp_path / "no.nrrd")
        return code, hands.state.case_code, hands.state.opening

    before, after, opening = on_page(work)
    assert before == after
    assert not opening


def test_the_case_of_the_request_is_opened_once_the_page_is_there(on_page, tmp_path):
    sitk.WriteImage(an_image(1), str(tmp_path / "asked.nrrd"))

    async def work(hands):
        hands.page._start()
        await asyncio.sleep(0.2)
        before = hands.state.opening, hands.state.is_open
        hands.page._views.page_came.set()
        await asyncio.gather(*hands.page._room._tasks)
        return before, (hands.state.opening, hands.state.is_open)

    assert on_page(work, with_case=False, case=str(tmp_path / "asked.nrrd")) == ((True, False), (False, True))


def test_a_view_that_gets_another_size_keeps_what_the_reader_zoomed_and_is_fitted_otherwise(on_page):
    async def work(hands):
        views, protocol = hands.page._views.views, hands.page._views.protocol
        for width, height in ((200, 200), (300, 200)):
            for name in ("Red", "Green"):
                protocol.resize(name, width, height)
            await asyncio.sleep(0.1)
            fitted = views["Green"].node.GetFieldOfView()[0]
            if width == 200:
                views["Red"].node.SetFieldOfView(20.0, 20.0, 1.0)
                views["Red"].node.JumpSliceByCentering(*FIRST)
        to_ras = views["Red"].node.GetSliceToRAS()
        return fitted, views["Red"].node.GetFieldOfView()[:2], [to_ras.GetElement(row, 3) for row in range(3)]

    fitted, field, middle = on_page(work)
    assert field == pytest.approx((30.0, 20.0))
    assert middle == pytest.approx(FIRST)
    assert fitted > 100


def test_two_cases_are_not_opened_at_once(on_page, tmp_path):
    async def work(hands):
        first = asyncio.create_task(hands.page.open(tmp_path / "pet.nrrd"))
        await asyncio.sleep(0)
        with pytest.raises(WebError, match="being opened already"):
            await hands.page.open(tmp_path / "pet.nrrd")
        await first

    on_page(work)


def test_an_organ_map_in_the_folder_of_a_case_gives_suggestions(tmp_path, small_patient):
    async def work():
        hands = Hands(tmp_path)
        try:
            await hands.page.open(small_patient)
            await hands.call("segment")
            return hands.state.suggested, hands.state.suv_words[-1]
        finally:
            hands.page.close()

    suggested, words = asyncio.run(work())
    assert suggested > 0
    assert words == "Physiological uptake is suggested from organs.nii.gz."


def a_plan(tmp_path):
    return a_study(tmp_path / "study", arms=[THRESHOLD, PREPARED])


def test_no_case_is_opened_beside_those_of_a_study(on_page, tmp_path):
    async def work(hands):
        with pytest.raises(WebError, match="its cases are those of its plan"):
            await hands.page.open(tmp_path / "pet.nrrd")

    on_page(work, with_case=False, study=str(a_plan(tmp_path)), reader="R1")


@pytest.mark.parametrize("name", ["sample", "segment", "use_region", "ensemble_run"])
def test_a_study_refuses_what_would_change_its_case_or_its_first_lesions(on_page, tmp_path, name):
    async def work(hands):
        return await hands.call(name)

    said = on_page(work, with_case=False, study=str(a_plan(tmp_path)), reader="R1")
    assert said == "A study is being read here: its cases and lesions are those of its plan. Go on with it."


def test_a_study_keeps_its_results_from_a_blinded_reader(on_page, tmp_path):
    async def work(hands):
        await hands.call("study_go_on")
        for _ in range(600):
            hands.page._study.study.poll()
            if hands.state.is_open:
                break
            await asyncio.sleep(0.1)
        titles = {one["title"] for one in hands.state.lesions}
        return await hands.call("export"), titles, [value for _name, value in hands.state.region_figures]

    said, titles, figures = on_page(work, with_case=False, study=str(a_plan(tmp_path)), reader="R1")
    assert said == "A study keeps the results of its cases itself. Ask who leads it."
    assert titles
    assert not any("Found by" in title for title in titles)
    assert set(figures) == {"\u2013"}


def test_a_region_that_was_found_in_a_case_that_is_closed_is_left_out(on_page, monkeypatch):
    async def work(hands):
        monkeypatch.setattr(reference_section, "propose_region", lambda *_case, **_more: closed.wait())
        closed = threading.Event()
        hands.server.controller.trigger_fn("propose")()
        await asyncio.sleep(0)
        hands.page._reading.close()
        closed.set()
        while hands.page._room._tasks:
            await asyncio.gather(*hands.page._room._tasks)
        return hands.state.message, hands.state.spheres

    assert on_page(work) == ("The case was closed meanwhile. Open it again and segment.", 0)


class FakeRun:
    """An ensemble that finds one lesion after three looks, unless it is cancelled."""

    warnings = ("Found by a test.",)
    total, progress = 3, "1 of 3 windows"

    def __init__(self, session, _model):
        self.session, self.done, self.cancelled = session, 0, False

    def poll(self):
        self.done += 1
        return self.done >= self.total

    def take_over(self):
        self.session.take_over(LesionMap.from_threshold(self.session.pet, 25.0), self.warnings)

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def fake_ensemble(monkeypatch, tmp_path):
    monkeypatch.setattr(ensemble_section, "EnsembleRun", FakeRun)
    monkeypatch.setattr(ensemble_section, "read_model", lambda folder: folder)
    monkeypatch.setattr(ensemble_section, "_STEP_S", 0.01)
    card = {"title": "A test", "folds": [0, 1], "channels": ["PET", "CT"]}
    monkeypatch.setattr(ensemble_section, "available_models", lambda *_folders: [AvailableModel(tmp_path / "A", card)])


@pytest.mark.usefixtures("fake_ensemble")
def test_the_ensemble_runs_and_its_lesions_are_taken_over(on_page):
    async def work(hands):
        card = hands.state.model_card
        await hands.call("ensemble_run")
        return card, hands.state.ensemble_told, len(hands.state.lesions), hands.state.ensemble_running

    card, told, lesions, is_running = on_page(work)
    assert card == ["Folds: 2; looks at PET, CT"]
    assert told == ["Lesions found: 1.", "Found by a test."]
    assert (lesions, is_running) == (1, False)


@pytest.mark.usefixtures("fake_ensemble")
@pytest.mark.parametrize(("replace", "names"), [(True, ["Lesion 1"]), (False, ["Mine", "Lesion 2"])])
def test_corrections_are_not_replaced_by_the_ensemble_without_a_question(on_page, replace, names):
    async def work(hands):
        await hands.segment()
        await hands.call("select", 1)
        await hands.call("rename")
        await hands.call("renamed", "Mine")
        hands.server.controller.trigger_fn("ensemble_run")()
        while not hands.state.ensemble_asked:
            await asyncio.sleep(0.01)
        await hands.call("ensemble_replace", replace)
        return sorted(one["name"] for one in hands.state.lesions)

    assert on_page(work) == sorted(names)


@pytest.mark.usefixtures("fake_ensemble")
def test_an_ensemble_that_is_cancelled_changes_nothing(on_page, monkeypatch):
    monkeypatch.setattr(FakeRun, "total", 10**6)

    async def work(hands):
        hands.server.controller.trigger_fn("ensemble_run")()
        while not hands.state.ensemble_progress >= 0:
            await asyncio.sleep(0.01)
        hands.server.controller.trigger_fn("ensemble_run")()
        await asyncio.sleep(0.05)
        said = hands.state.message
        await hands.call("ensemble_cancel")
        return said, hands.state.ensemble_told, hands.state.has_lesions

    said, told, has_lesions = on_page(work)
    assert said == "The ensemble is running already. Wait, or cancel it."
    assert told == ["Cancelled: the lesions are as they were."]
    assert not has_lesions


@pytest.mark.usefixtures("fake_ensemble")
def test_the_lesions_of_the_ensemble_wait_until_the_results_are_written(on_page):
    async def work(hands):
        hands.server.controller.trigger_fn("ensemble_run")()
        with hands.page._room.busy("Writing the results"):
            await asyncio.sleep(0.3)
            before = hands.state.has_lesions
        while hands.page._room._tasks:
            await asyncio.gather(*hands.page._room._tasks)
        return before, hands.state.has_lesions

    assert on_page(work) == (False, True)


@pytest.mark.usefixtures("fake_ensemble")
@pytest.mark.parametrize("begin_again", [False, True])
def test_an_ensemble_that_is_cancelled_while_its_model_is_read_leaves_the_next_alone(on_page, monkeypatch, begin_again):
    first = threading.Event()
    reads = iter([first.wait, lambda: None])
    monkeypatch.setattr(ensemble_section, "read_model", lambda _folder: next(reads)())

    async def work(hands):
        press = hands.server.controller.trigger_fn
        press("ensemble_run")()
        await asyncio.sleep(0.05)
        press("ensemble_cancel")()
        if begin_again:
            press("ensemble_run")()
            await asyncio.sleep(0)
        first.set()
        while hands.page._room._tasks:
            await asyncio.gather(*hands.page._room._tasks)
        return hands.state.has_lesions, hands.state.ensemble_running

    assert on_page(work) == (begin_again, False)
