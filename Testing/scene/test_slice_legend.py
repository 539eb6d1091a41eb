"""What is written at the rim of a view: sides of the patient, slice, angle."""

from __future__ import annotations

import pytest
from scene.reading import lesions_of, mip_of, pixel_of, small_patient

from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.slice_legend import mip_legend, slice_legend
from NENSegmentationLib.scene.views import show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node

# Of 36 columns, 30 rows and 24 slices, 4 x 4 x 5 mm; the first voxel is at R 70, A 58, I 500.
PET = small_patient()


@pytest.fixture
def a_view(scene):
    logic, made = application_logic(scene), []

    def make(orientation):
        made.append(SliceView(logic, orientation, orientation, (200, 200)))
        show_pet_ct(scene, volume_node(scene, PET, "PET", units=Units.SUV))
        made[-1].fit()
        return made[-1]

    yield make
    for view in made:
        view.close()


def edges(legend):
    return legend.left, legend.right, legend.top, legend.bottom


@pytest.mark.parametrize(
    ("orientation", "sides"),
    [("Axial", ("R", "L", "A", "P")), ("Coronal", ("R", "L", "S", "I")), ("Sagittal", ("A", "P", "S", "I"))],
)
def test_the_sides_of_the_patient_are_where_radiologists_expect_them(a_view, orientation, sides):
    assert edges(slice_legend(a_view(orientation).node, PET)) == sides


@pytest.mark.parametrize(
    ("orientation", "ras", "place"),
    [
        ("Axial", (0.0, 0.0, -450.0), "I 450.0 mm 11/24"),
        ("Axial", (0.0, 0.0, -500.0), "I 500.0 mm 1/24"),
        ("Coronal", (0.0, -58.0, -450.0), "P 58.0 mm 30/30"),
        ("Sagittal", (30.0, 0.0, -450.0), "R 30.0 mm 11/36"),
        ("Axial", (0.0, 0.0, 12.0), "S 12.0 mm"),
    ],
)
def test_a_slice_is_told_in_mm_with_its_number_in_the_pet_as_far_as_that_goes(a_view, orientation, ras, place):
    node = a_view(orientation).node
    node.JumpSliceByOffsetting(*ras)
    assert slice_legend(node, PET).place == place


def test_an_oblique_slice_has_two_letters_and_no_number(a_view):
    node = a_view("Axial").node
    # The normal goes up and to the front; the screen is turned around the axis from right to left.
    node.SetSliceToRASByNTP(0, 0.6, 0.8, -1, 0, 0, 0, 0, -450, 0)
    legend = slice_legend(node, PET)
    assert edges(legend) == ("R", "L", "PS", "AI")
    assert legend.place == "-360.0 mm oblique"


@pytest.mark.parametrize(
    ("degrees", "sides", "place"),
    [
        (0, ("R", "L"), "front"),
        (90, ("A", "P"), "left side"),
        (-90, ("P", "A"), "right side"),
        (180, ("L", "R"), "back"),
        (30, ("RA", "LP"), "30\u00b0 left"),
        (-60, ("PR", "AL"), "60\u00b0 right"),
    ],
)
def test_the_projection_tells_its_angle_and_the_sides_that_are_seen(scene, degrees, sides, place):
    with SliceView(application_logic(scene), "MIP", "Coronal", (300, 300)) as view:
        mip = mip_of(scene, lesions_of(PET), views=12)
        mip.show_in(view.node, view.layers)
        mip.turn_to(view.node, degrees)
        legend = mip_legend(view.node, mip)
    assert (edges(legend), legend.place) == ((*sides, "S", "I"), place)


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_the_letter_on_the_right_is_the_side_that_is_seen_there(scene, degrees):
    with SliceView(application_logic(scene), "MIP", "Coronal", (300, 300)) as view:
        mip = mip_of(scene, lesions_of(PET), views=12)
        mip.show_in(view.node, view.layers)
        view.fit()
        mip.turn_to(view.node, degrees)
        steps = {"R": (40, 0, -440), "L": (-40, 0, -440), "A": (0, 40, -440), "P": (0, -40, -440)}
        seen = {letter: pixel_of(view, mip.projected(view.node, ras))[0] for letter, ras in steps.items()}
        assert max(seen, key=seen.get) == mip_legend(view.node, mip).right
