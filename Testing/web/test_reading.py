"""The whole way of a reader through a case, in Chromium, on a server of its own."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pytest
from playwright.sync_api import expect, sync_playwright
from web.a_reader import Reader
from web.a_server import Server

PAGE = "NENSegmentationLib.web.sessions_child"


@pytest.fixture(scope="module")
def browser(tool):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tool("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(small_patient, tmp_path_factory):
    data = tmp_path_factory.mktemp("server") / "data"
    with Server(data, case=str(small_patient), module=PAGE) as server:
        yield server


@pytest.fixture(scope="module")
def opened(browser, server):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    reader = Reader(page, f"{server.base}/?token={server.token}")
    reader.wait_for_case()
    return reader


@pytest.fixture
def reader(opened):
    """The reader with lesions that nobody has corrected, and no tool on."""
    opened.key("Escape")
    opened.segment()
    return opened


def a_small_lesion(reader):
    """One that is neither on top for its SUVmean nor so large that the leak guard would refuse it as a seed."""
    names = [text.strip() for text in reader.doubtless().locator("td:first-child").all_inner_texts()]
    return names[1]


def test_the_region_is_placed_by_a_click_and_measured(opened):
    opened.tab("Segment")
    opened.press("Propose")
    expect(opened.page.locator("dd").first).to_contain_text("Liver")
    opened.press("Clear")
    opened.wait_for_pictures()
    opened.press("Place by click")
    opened.click_at("Red", opened.middle("Red"))
    expect(opened.page.locator("dd").nth(1)).to_contain_text("SUVmean")
    opened.press("Place by click")
    opened.press("Clear")


def test_a_region_that_is_dragged_is_measured_anew(opened):
    opened.tab("Segment")
    opened.press("Propose")
    uptake = opened.page.locator("dd").nth(1)
    expect(uptake).to_contain_text("SUVmean")
    before = uptake.inner_text()
    opened.wait_for_pictures()
    x, y = opened.cross_hair("Red")
    opened.point_at("Red", (x, y))
    opened.page.mouse.down()
    opened.point_at("Red", (x + 8, y + 8))
    opened.point_at("Red", (x + 16, y + 16))
    opened.page.mouse.up()
    expect(uptake).not_to_have_text(before)
    opened.press("Clear")


def test_segmenting_lists_lesions_with_the_lowest_suvmean_on_top(reader):
    means = [float(text) for text in reader.rows().locator("td:nth-last-child(2)").all_inner_texts()]
    assert means[0] == min(means)
    assert "lowest" in reader.rows().first.get_attribute("class")


def test_the_lesion_under_the_pointer_is_named_with_volume_and_suvmax(reader):
    name = a_small_lesion(reader)
    reader.select(name)
    reader.point_at("MIP", reader.wait_for_highlight("MIP"))
    words = re.compile(rf"{name}: [\d.]+ mL, SUVmax [\d.]+")
    expect(reader.page.locator(".hover")).to_have_text(words)
    lines = reader.page.locator(".view-MIP .pointed > div")
    expect(lines).to_have_text([words, re.compile(r"SUV [\d.]+, -?\d+ HU"), re.compile(r"[RL] [\d.]+\s+[AP] .* mm")])


def test_each_view_says_its_sides_and_its_slice(reader):
    sides = {
        edge: reader.page.locator(f".view-Red .{edge}").inner_text() for edge in ("left", "right", "top", "bottom")
    }
    assert sides == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    expect(reader.page.locator(".view-Red .corner")).to_have_text(re.compile(r"^Axial[SI] [\d.]+ mm \d+/\d+$"))
    expect(reader.page.locator(".view-MIP .corner")).to_have_text(re.compile(r"^MIP(front|back|\w+ side|\d+° \w+)$"))


@pytest.mark.parametrize("view", ["Red", "MIP"])
def test_a_click_deletes_the_lesion_and_undo_brings_it_back(reader, view):
    name = a_small_lesion(reader)
    reader.select(name)
    place = reader.wait_for_highlight("MIP")
    if view == "Red":
        # The slices go through a lesion that is selected.
        place = reader.cross_hair("Red")
    reader.press("Delete by click")
    reader.click_at(view, place)
    expect(reader.row(name)).to_have_count(0)
    reader.key("Control+z")
    expect(reader.row(name)).to_have_count(1)
    reader.key("Control+y")
    expect(reader.row(name)).to_have_count(0)


def test_a_seed_adds_a_lesion_where_one_was_deleted(reader):
    name = a_small_lesion(reader)
    count = reader.rows().count()
    reader.select(name)
    place = reader.wait_for_highlight("MIP")
    reader.key("x")
    reader.click_at("MIP", place)
    expect(reader.rows()).to_have_count(count - 1)
    reader.key("a")
    reader.click_at("MIP", place)
    expect(reader.rows()).to_have_count(count)


def test_the_keys_lead_through_the_queue(reader):
    names = reader.names()
    reader.key("n")
    expect(reader.rows().nth(0)).to_have_attribute("aria-selected", "true")
    reader.key("k")
    expect(reader.rows().nth(1)).to_have_attribute("aria-selected", "true")
    expect(reader.rows().nth(0)).to_contain_text("✓")
    reader.key("p")
    expect(reader.rows().nth(0)).to_have_attribute("aria-selected", "true")
    reader.key("n")
    expect(reader.rows().nth(1)).to_have_attribute("aria-selected", "true")
    reader.key("d")
    expect(reader.row(names[1])).to_have_count(0)


def test_a_lesion_gets_the_name_that_is_typed(reader):
    reader.select(a_small_lesion(reader))
    reader.key("F2")
    reader.page.get_by_label("New name").fill("Nodus, para-aortic")
    reader.key("Enter")
    expect(reader.row("Nodus, para-aortic")).to_have_count(1)


def test_several_lesions_are_selected_and_deleted_as_one_edit(reader):
    count = reader.rows().count()
    reader.rows().nth(1).click()
    reader.rows().nth(2).click(modifiers=["Shift"])
    expect(reader.page.locator("tr[aria-selected=true]")).to_have_count(2)
    reader.press("Delete")
    expect(reader.rows()).to_have_count(count - 2)
    reader.key("Control+z")
    expect(reader.rows()).to_have_count(count)


def test_the_table_is_sorted_by_a_column(reader):
    reader.page.locator("th button", has_text="max").click()
    expect(reader.page.locator("th[aria-sort=descending]")).to_contain_text("max")
    figures = [float(text) for text in reader.doubtless().locator("td:nth-last-child(3)").all_inner_texts()][1:]
    assert figures == sorted(figures, reverse=True)
    reader.page.locator("th button", has_text="mL").click()


def test_the_wheel_scrolls_and_a_click_leads_the_other_views(reader):
    reader.press("Fit")
    reader.wait_for_pictures()
    before = reader.picture("Red")
    reader.point_at("Red", reader.middle("Red"))
    reader.page.mouse.wheel(0, -600)
    reader.wait_for_change("Red", before)
    coronal = reader.picture("Green")
    x, y = reader.middle("Red")
    reader.click_at("Red", (x, y - 30))
    reader.wait_for_change("Green", coronal)


def test_a_double_click_makes_one_view_large_and_back(reader):
    size, slices = reader.picture("Yellow").shape, reader.page.locator(".corner").all_inner_texts()
    reader.view("Yellow").dblclick()
    expect(reader.view("Red")).to_be_hidden()
    reader.wait_for_size("Yellow")
    assert reader.picture("Yellow").shape > size
    reader.view("Yellow").dblclick()
    expect(reader.view("Red")).to_be_visible()
    reader.wait_for_size("Yellow")
    assert reader.picture("Yellow").shape == size
    assert reader.page.locator(".corner").all_inner_texts() == slices


def test_two_drags_from_one_place_are_no_double_click_that_takes_a_jump_back(reader):
    x, y = reader.middle("Yellow")
    before = reader.picture("Red")
    reader.click_at("Yellow", (x + 20, y + 30))
    reader.wait_for_change("Red", before)
    slices = reader.page.locator(".corner").all_inner_texts()
    for _ in range(2):
        reader.point_at("Yellow", (x, y))
        reader.page.mouse.down()
        reader.point_at("Yellow", (x + 30, y))
        reader.page.mouse.up()
    reader.wait_for_pictures()
    assert reader.page.locator(".corner").all_inner_texts() == slices


def test_a_left_drag_sets_the_window_of_the_pet(reader):
    upper = reader.page.get_by_role("spinbutton", name="PET")
    x, y = reader.middle("Yellow")
    reader.point_at("Yellow", (x, y))
    reader.page.mouse.down()
    reader.point_at("Yellow", (x, y + 30))
    reader.point_at("Yellow", (x, y + 60))
    reader.page.mouse.up()
    expect(upper).not_to_have_value("20")
    # What the drag has still to say would overwrite what is typed.
    reader.wait_for_pictures()
    upper.fill("20")
    reader.key("Tab")
    expect(upper).to_have_value("20")


def test_the_time_is_paused_by_the_space_bar(reader):
    expect(reader.page.locator(".time .state")).to_have_text("Running")
    reader.key(" ")
    expect(reader.page.locator(".time .state")).to_have_text("Paused")
    reader.key(" ")
    expect(reader.page.locator(".time .state")).to_have_text("Running")


def test_a_typed_value_is_no_key(reader):
    reader.select(a_small_lesion(reader))
    count = reader.rows().count()
    reader.key("F2")
    reader.page.get_by_label("New name").type("d n k")
    reader.press("Cancel")
    expect(reader.rows()).to_have_count(count)


def test_the_results_are_downloaded_with_rtstruct_segmentation_table_and_summary(reader, tmp_path):
    count = reader.rows().count()
    reader.tab("Results")
    reader.press("Write the files")
    reader.page.get_by_role("button", name="Download all").wait_for()
    with reader.page.expect_download() as download:
        reader.press("Download all")
    download.value.save_as(tmp_path / "results.zip")
    assert download.value.suggested_filename.endswith("-results.zip")
    with zipfile.ZipFile(tmp_path / "results.zip") as archive:
        names = set(archive.namelist())
        table = list(csv.DictReader(io.TextIOWrapper(archive.open("lesions.csv"), "utf-8")))
        summary = json.loads(archive.read("summary.json"))
    assert {"rtstruct.dcm", "lesions.seg.nrrd", "lesions.csv", "summary.json", "time_log.csv", "pet.json"} <= names
    assert "report.html" in names
    assert len(table) == summary["lesions"] == count


def test_the_question_before_corrections_are_lost_has_the_focus_on_leaving_them(reader):
    count = reader.rows().count()
    reader.rows().nth(1).click()
    reader.key("d")
    expect(reader.rows()).to_have_count(count - 1)
    reader.tab("Segment")
    reader.press("Segment by threshold")
    expect(reader.page.get_by_role("button", name="Leave them")).to_be_focused()
    reader.key("Enter")
    expect(reader.page.get_by_role("dialog")).to_have_count(0)
    reader.tab("Review")
    expect(reader.rows()).to_have_count(count - 1)


def test_the_page_comes_back_as_it_was_when_it_is_reloaded(reader):
    name = a_small_lesion(reader)
    reader.select(name)
    reader.key("d")
    expect(reader.row(name)).to_have_count(0)
    left = reader.names()
    reader.page.reload()
    reader.wait_for_case()
    reader.tab("Review")
    expect(reader.rows()).to_have_count(len(left))
    assert reader.names() == left
    assert reader.page.title() == "NENSegmentation"


def test_the_help_is_opened_and_closed_by_keys(reader):
    reader.key("?")
    expect(reader.page.get_by_role("dialog")).to_be_visible()
    reader.key("Escape")
    expect(reader.page.get_by_role("dialog")).to_have_count(0)


def test_no_error_was_in_the_console(opened):
    assert opened.faults == []
