"""What helps in a long review: the way to the lowest SUVmean, the leak limit, and the keys for all of it."""

from __future__ import annotations

import pytest
from scene.reading import click, pixel_of

LEAK_RAS = (0.0, 0.0, -60.0)
"""In the body at SUV 1, outside liver and lesions."""


@pytest.fixture
def session(a_segmented_case):
    return a_segmented_case.logic.reading.session


@pytest.fixture
def a_view():
    import slicer

    return slicer.app.layoutManager().sliceWidget("Red").standInView


@pytest.fixture
def a_leak(a_segmented_case, a_view):
    """Add by click at SUV 0.5, which is the whole body."""
    from NENSegmentationLib.panel.parameters import SeedRule

    ui = a_segmented_case.ui
    ui.seedRuleComboBox.currentIndex = list(SeedRule).index(SeedRule.FIXED_SUV)
    ui.seedSuvSpinBox.value = 0.5
    ui.addByClickButton.checked = True
    a_view.node.JumpSliceByOffsetting(*LEAK_RAS)
    return lambda: click(a_view, pixel_of(a_view, LEAK_RAS))


def test_the_lesion_of_lowest_suv_mean_is_named_above_the_table(a_segmented_case, session):
    lesion, value = session.lesion_map.patient().lowest_suv_mean
    name = session.lesion_map.lesions[lesion].name
    assert a_segmented_case.ui.lowestButton.text == f"Lowest SUVmean: {value:.2f}, {name} (L)"


def key(name):
    from qt import Qt

    return getattr(Qt, f"Key_{name}")


def test_l_goes_to_it_from_anywhere(a_segmented_case, session, press):
    lowest, _ = session.lesion_map.patient().lowest_suv_mean
    press(key("N"))
    press(key("N"))
    press(key("L"))
    assert a_segmented_case._panel._clicks.highlighted == lowest


def test_it_is_named_anew_when_that_lesion_is_deleted(a_segmented_case, session):
    lowest, _ = session.lesion_map.patient().lowest_suv_mean
    before = a_segmented_case.ui.lowestButton.text
    session.delete(lowest)
    assert a_segmented_case.ui.lowestButton.text != before


def test_without_lesions_there_is_nothing_to_go_to(a_segmented_case, session):
    session.delete(1, 2)
    assert a_segmented_case.ui.lowestButton.text == "Lowest SUVmean (L)"
    assert not a_segmented_case.ui.lowestButton.isEnabled()


def test_a_leak_says_what_can_be_done_in_the_panel(a_segmented_case, a_leak):
    a_leak()
    assert "leaks" in a_segmented_case.ui.messageLabel.text
    assert "raise the leak limit" in a_segmented_case.ui.messageLabel.text
    assert a_segmented_case.ui.leakLimitLabel.text == "Leak limit:"


def test_with_a_higher_leak_limit_it_is_added(a_segmented_case, session, a_leak):
    a_segmented_case.ui.leakLimitSpinBox.value = 5000
    a_leak()
    assert a_segmented_case.ui.messageLabel.text == ""
    assert len(session.lesion_map.lesions) == 3


def test_x_turns_deleting_by_click_on_and_off(a_segmented_case, press):
    button = a_segmented_case.ui.deleteByClickButton
    press(key("X"))
    assert button.checked
    press(key("X"))
    assert not button.checked


def test_ctrl_return_is_done(a_segmented_case, press):
    press(key("Return"), control=True)
    assert a_segmented_case.ui.timeStateLabel.text == "Done"


def test_the_region_is_outlined_on_the_projection_of_the_panel(a_segmented_case, session):
    navigation = a_segmented_case._panel._clicks._navigation
    assert len(session.outline.shown) == 1
    assert navigation._outline._lines.GetNumberOfCells() == 1
    a_segmented_case.ui.showOutlineCheckBox.setChecked(False)
    assert navigation._outline._lines.GetNumberOfCells() == 0
