from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scene.reading import pixel_of, small_patient

from NENSegmentationLib.core.reference_region import Ellipsoid, Organ, region_from_spheres, sphere
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.region_outline import RegionOutline
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.views import PetColour, show_pet_ct
from NENSegmentationLib.scene.volumes import Units, volume_node

CENTRE = (2.0, 0.0, -442.0)
ORIENTATIONS = {"Axial": (0, 1), "Coronal": (0, 2), "Sagittal": (1, 2)}
"""Which of R, A and S a slice shows across and upwards."""


@pytest.fixture
def outline(scene):
    return RegionOutline(scene)


@pytest.fixture
def pet_node(scene):
    return volume_node(scene, small_patient(), "PET", units=Units.SUV)


@pytest.fixture
def view_of(scene, pet_node):
    """Make a slice view of the PET in inverted grey, through the centre of the region."""
    logic, made = application_logic(scene), []

    def view_of(orientation):
        view = SliceView(logic, orientation, orientation, (300, 300))
        made.append(view)
        show_pet_ct(scene, pet_node, colour=PetColour.INVERTED_GREY)
        view.fit()
        view.node.JumpSliceByOffsetting(*CENTRE)
        return view

    yield view_of
    for view in made:
        view.close()


def cyan_of(view):
    """The pixels in the colour of the outline, as rows of x, y from below."""
    picture = view.picture()[::-1].astype(int)
    rows, columns = np.nonzero((picture[..., 1] - picture[..., 0] > 120) & (picture[..., 2] - picture[..., 0] > 120))
    return np.stack([columns, rows], axis=1)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_sphere_is_a_circle_of_its_diameter_in_every_slice_view(outline, view_of, orientation):
    view = view_of(orientation)
    outline.show(Organ.LIVER, [sphere(CENTRE, 30)])
    cyan = cyan_of(view)
    mm_a_pixel = view.node.GetFieldOfView()[0] / 300
    distance = np.hypot(*(cyan - pixel_of(view, CENTRE)).T) * mm_a_pixel
    assert_allclose(distance, 15, atol=2.3 * mm_a_pixel)
    degrees = np.rad2deg(np.arctan2(*(cyan - pixel_of(view, CENTRE)).T)) % 360
    assert len(set(degrees // 10)) == 36


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_ellipsoid_is_an_ellipse(outline, view_of, orientation):
    view = view_of(orientation)
    diameters = (40.0, 20.0, 30.0)
    outline.show(Organ.LIVER, [Ellipsoid(CENTRE, diameters)])
    size = np.ptp(cyan_of(view), axis=0) * view.node.GetFieldOfView()[0] / 300
    assert_allclose(size, [diameters[axis] for axis in ORIENTATIONS[orientation]], atol=2.5)


def test_a_slice_beside_the_centre_cuts_a_smaller_circle(outline, view_of):
    view = view_of("Axial")
    outline.show(Organ.LIVER, [sphere((CENTRE[0], CENTRE[1], CENTRE[2] - 12), 30)])
    across, _ = np.ptp(cyan_of(view), axis=0) * view.node.GetFieldOfView()[0] / 300
    # sqrt(15 ** 2 - 12 ** 2) = 9
    assert across == pytest.approx(18, abs=2)


def test_a_slice_that_misses_the_region_shows_no_outline(outline, view_of):
    view = view_of("Axial")
    outline.show(Organ.LIVER, [sphere((CENTRE[0], CENTRE[1], CENTRE[2] + 16), 30)])
    assert len(cyan_of(view)) == 0


def test_each_sphere_has_a_circle(outline, view_of):
    view = view_of("Axial")
    outline.show(Organ.LIVER, [sphere((r, 0, CENTRE[2]), 20) for r in (-40, 0, 40)])
    apart = np.diff(np.unique(cyan_of(view)[:, 0]))
    assert np.count_nonzero(apart > 1) == 2


def test_the_outline_follows_its_region(outline, view_of):
    view = view_of("Axial")
    outline.show(Organ.LIVER, [sphere(CENTRE, 30)])
    before = cyan_of(view).mean(axis=0)
    outline.show(Organ.LIVER, [sphere((CENTRE[0] - 20, CENTRE[1] + 10, CENTRE[2]), 30)])
    moved = (cyan_of(view).mean(axis=0) - before) * view.node.GetFieldOfView()[0] / 300
    # A view from the feet: the patient's left is on the right.
    assert_allclose(moved, (20, 10), atol=1)


def test_moving_it_makes_no_second_node(scene, outline):
    for r in (0, 10, 20):
        outline.show(Organ.LIVER, [sphere((r, 0, 0))])
    assert scene.GetNumberOfNodesByClass("vtkMRMLModelNode") == 1


def test_it_is_named_after_its_organ(outline):
    outline.show(Organ.LIVER, [sphere(CENTRE)])
    assert outline.node.GetName() == "Reference region (liver)"
    outline.show(Organ.SPLEEN, [sphere(CENTRE)])
    assert outline.node.GetName() == "Reference region (spleen)"


def test_a_hidden_outline_stays_hidden_when_it_moves(outline, view_of):
    view = view_of("Axial")
    outline.set_visible(False)
    outline.show(Organ.LIVER, [sphere(CENTRE, 30)])
    outline.show(Organ.LIVER, [sphere(CENTRE, 40)])
    assert len(cyan_of(view)) == 0
    outline.set_visible(True)
    assert len(cyan_of(view)) > 100


def test_an_outline_removed_from_outside_comes_back_with_the_next_region(scene, outline):
    outline.show(Organ.LIVER, [sphere(CENTRE)])
    scene.RemoveNode(outline.node)
    outline.set_visible(False)
    outline.show(Organ.LIVER, [sphere(CENTRE)])
    assert scene.IsNodePresent(outline.node)
    assert outline.node.GetPolyData().GetNumberOfPoints() > 0


def test_a_removed_outline_leaves_nothing_behind(scene, outline):
    before = scene.GetNumberOfNodes()
    outline.show(Organ.LIVER, [sphere(CENTRE)])
    outline.show(Organ.LIVER, [])
    assert scene.GetNumberOfNodes() == before
    assert outline.node is None


def test_it_is_not_saved_with_the_scene(scene, outline, tmp_path):
    outline.show(Organ.LIVER, [sphere(CENTRE)])
    scene.SetURL(str(tmp_path / "scene.mrml"))
    scene.Commit()
    text = (tmp_path / "scene.mrml").read_text("utf-8")
    assert "ModelDisplay" not in text
    assert "Reference region" not in text


@pytest.fixture
def a_session(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    yield session
    session.close()


def outlines(scene):
    return [
        scene.GetNthNodeByClass(n, "vtkMRMLModelNode") for n in range(scene.GetNumberOfNodesByClass("vtkMRMLModelNode"))
    ]


def test_the_region_of_a_segmentation_is_drawn_and_goes_with_the_case(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    session.segment(region_from_spheres(session.pet, Organ.LIVER, [(-20, 0, -442)]))
    (node,) = outlines(scene)
    assert_allclose(node.GetPolyData().GetBounds(), (-35, -5, -15, 15, -457, -427), atol=0.1)
    session.close()
    assert outlines(scene) == []


def test_the_region_is_drawn_again_when_the_case_is_reopened(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    session.segment(region_from_spheres(session.pet, Organ.SPLEEN, [(-20, 0, -442)]))
    session.close()
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    assert [node.GetName() for node in outlines(scene)] == ["Reference region (spleen)"]
    session.close()


@pytest.mark.parametrize(("proposed", "said"), [(True, "proposed"), (False, "placed")])
def test_the_journal_tells_a_proposed_region_from_one_that_the_reader_placed(a_session, proposed, said):
    region = region_from_spheres(a_session.pet, Organ.LIVER, [(-20, 0, -442)])
    a_session.segment(replace(region, proposed=proposed))
    assert a_session.journal.events()[-1].payload["region"] == said
