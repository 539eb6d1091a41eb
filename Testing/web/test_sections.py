"""What the sections of the page say of how lesions came about, and what a study lets a reader know."""

from __future__ import annotations

import asyncio
import shutil

import pytest
import SimpleITK as sitk
from scene.study_cases import FIRST, PREPARED, SECOND, THRESHOLD, a_study, an_image
from web.test_page import Hands

from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.scene.study_case import PreparedHere
from NENSegmentationLib.scene.study_reading import StudyReading
from NENSegmentationLib.web.errors import WebError

TITLE = "A model (trained on digital patients only)"


@pytest.fixture
def on_case(tmp_path):
    """Do something on a page with a case that is segmented by threshold."""

    def run(work):
        async def alone():
            hands = Hands(tmp_path)
            try:
                sitk.WriteImage(an_image(1), str(tmp_path / "pet.nrrd"))
                await hands.page.open(tmp_path / "pet.nrrd")
                await hands.segment()
                return await work(hands)
            finally:
                hands.page.close()

        return asyncio.run(alone())

    return run


def test_a_reader_is_not_told_the_files_of_a_study_with_a_fault(tmp_path):
    plan = a_study(tmp_path / "study", arms=[THRESHOLD, PREPARED])
    shutil.move(tmp_path / "study" / "cases", tmp_path / "Doe")

    async def alone():
        Hands(tmp_path, study=str(plan), reader="R1")

    with pytest.raises(WebError) as refused:
        asyncio.run(alone())
    assert str(refused.value) == (
        "study.toml: something is wrong with this study. Tell whoever runs it: `nenseg study check study.toml` says "
        "what."
    )


@pytest.fixture
def in_study(tmp_path, monkeypatch):
    """Open the first case of a study that can be loaded, and do something there."""
    monkeypatch.setitem(StudyReading.open.__func__.__kwdefaults__, "prepare", PreparedHere)

    def run(work, *, is_broken=False, **changes):
        plan = a_study(tmp_path / "study", arms=[THRESHOLD, PREPARED], **changes)

        async def alone():
            hands = Hands(tmp_path, study=str(plan), reader="R1")
            study = hands.page._study.study
            try:
                if is_broken:
                    first = study._turns.order[0].case
                    (plan.parent / f"cases/{int(first[-2:])}/pet.nrrd").write_text("no image")
                await hands.call("study_go_on")
                while not hands.state.is_open:
                    study.poll()
                    await asyncio.sleep(0.01)
                return await work(hands)
            finally:
                hands.page.close()

        return asyncio.run(alone())

    return run


def test_after_the_ensemble_a_lesion_is_added_at_the_threshold_of_the_patient(on_case):
    async def work(hands):
        session = hands.page._reading.session
        threshold, before = session.region.threshold(), hands.state.found_by
        found = LesionMap.from_threshold(session.pet, 25.0)
        session.take_over(found, ["It was slow."], ensemble={"model": {"title": TITLE}})
        lesions = len(hands.state.lesions)
        hands.page._clicks._add(FIRST)
        return threshold, before, hands.state.found_by, hands.state.case_warnings, len(hands.state.lesions) - lesions

    threshold, before, after, warnings, added = on_case(work)
    assert before.startswith(f"Method: threshold, SUV above {threshold:.2f} of the liver")
    assert after == f"Method: ensemble, {TITLE}. Threshold for added lesions: SUV {threshold:.2f} of the liver."
    assert "It was slow." in warnings
    assert added == 1


def test_a_region_placed_after_the_ensemble_is_used_for_an_added_lesion(on_case):
    async def work(hands):
        session = hands.page._reading.session
        found = LesionMap.from_threshold(session.pet, 25.0)
        session.take_over(found, ensemble={"model": {"title": TITLE}})
        session.region = None
        hands.page._clicks._checked(hands.page._clicks._add)(FIRST)
        said, before = hands.state.message, len(hands.state.lesions)
        hands.page._reference._show()
        warned, offered = hands.state.region_warnings, hands.state.can_use_region
        assert await hands.call("use_region") == ""
        hands.page._clicks._add(FIRST)
        added = len(hands.state.lesions) - before
        return said, warned, offered, hands.state.region_warnings, hands.state.found_by, added

    said, warned, offered, after, found_by, added = on_case(work)
    assert said.endswith("Place one and press Use for added lesions, or choose another rule.")
    assert warned == ["No region is used for added lesions yet. Press Use for added lesions to use this one."]
    assert (offered, after, added) == (True, [], 1)
    assert "Threshold for added lesions: SUV" in found_by


def test_a_seed_that_grows_past_the_leak_limit_is_not_added(on_case):
    async def work(hands):
        hands.page._reading.session.delete_at(SECOND)
        await hands.call("leak_limit", "1")
        await hands.call("mode", "add")
        hands.page._clicks._checked(hands.page._clicks._add)(SECOND)
        return hands.state.message, len(hands.state.lesions)

    message, lesions = on_case(work)
    assert "1 mL" in message
    assert lesions == 1


def test_a_leak_limit_that_is_no_number_is_said(on_case):
    async def work(hands):
        return await hands.call("leak_limit", "much")

    assert on_case(work) == "The leak limit is 'much', which is no number. Type one."


def test_the_results_have_a_report_that_says_the_method_and_the_times(on_case):
    async def work(hands):
        hands.page._reading.start_time("R1")
        await hands.call("export")
        page = hands.page._results._download("report.html").decode()
        return page, hands.state.found_by, hands.state.case_code

    page, found_by, code = on_case(work)
    said_there = found_by.removeprefix("Method: t")
    assert all(said in page for said in (said_there, f"Tumour burden of case {code}", "What each reader did"))


def test_an_open_study_names_the_method_and_keeps_its_results(in_study):
    async def work(hands):
        return await hands.call("export"), hands.state.found_by

    said, found_by = in_study(work, hide_arm=False)
    assert said == "A study keeps the results of its cases itself. Ask who leads it."
    assert found_by.startswith("Method: ")


def test_a_blinded_reader_is_told_no_method_but_skipped_cases_and_what_images_warn_of(in_study):
    async def work(hands):
        study, section = hands.page._study.study, hands.page._study
        study._open._images.__dict__["warnings"] = ("The dose is doubtful.",)
        section._show_progress()
        rules = hands.state.rules, hands.state.seed_rule
        return hands.state.found_by, rules, hands.state.study_notices, study._turns.order[0].case

    found_by, (rules, chosen), notices, first = in_study(work, is_broken=True)
    assert found_by == ""
    assert (list(rules), chosen) == (["suv", "percent", "gradient"], "percent")
    assert notices == [
        f"Skipped: {first} (its PET or CT cannot be read). Tell whoever runs the study.",
        "The dose is doubtful.",
    ]
