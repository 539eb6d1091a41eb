"""The reference region in the projection: an ellipse around what its voxels show there, from every angle."""

from __future__ import annotations

import numpy as np
import pytest
from scene.reading import lesions_of, mip_of, small_patient
from vtkmodules.util.numpy_support import vtk_to_numpy

from NENSegmentationLib.core.reference_region import Ellipsoid, Organ, sphere
from NENSegmentationLib.scene.mip_navigation import MipNavigation
from NENSegmentationLib.scene.mip_outline import MipOutline
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.region_outline import RegionOutline

CENTRE = (10.0, -6.0, 8.0)
LONG = Ellipsoid(CENTRE, (40.0, 20.0, 30.0))


@pytest.fixture
def outline(scene):
    return RegionOutline(scene)


@pytest.fixture
def a_view(scene):
    with SliceView(application_logic(scene), "MIP", "Coronal", (300, 300)) as view:
        yield view


@pytest.fixture
def mip(scene, a_view):
    mip = mip_of(scene, lesions_of(small_patient()), views=12)
    mip.show_in(a_view.node, a_view.layers)
    a_view.fit()
    return mip


@pytest.fixture
def drawn(a_view, mip, outline):
    """Turn the view, and return the lines in it: points in mm to the right of and above the middle of the view."""
    made = MipOutline(a_view.interactor, a_view.node, mip, outline)

    def drawn(degrees=0.0):
        mip.turn_to(a_view.node, degrees)
        if not made._lines.GetNumberOfCells():
            return np.zeros((0, 2))
        pixels = vtk_to_numpy(made._lines.GetPoints().GetData())[:, :2]
        mm_a_pixel = a_view.node.GetFieldOfView()[0] / a_view.node.GetDimensions()[0]
        return pixels * mm_a_pixel

    return drawn


@pytest.mark.parametrize(("degrees", "width_mm"), [(0, 40), (180, 40), (90, 20), (-90, 20), (30, np.hypot(34.641, 10))])
def test_an_ellipsoid_is_as_wide_as_it_is_seen_from_an_angle(drawn, outline, degrees, width_mm):
    outline.show(Organ.LIVER, [LONG])
    assert np.ptp(drawn(degrees), axis=0) == pytest.approx((width_mm, 30), abs=0.2)


@pytest.mark.parametrize("degrees", [0, 60, 90, 150, -120])
def test_its_middle_is_where_the_centre_of_the_region_is_seen(drawn, a_view, mip, outline, degrees):
    outline.show(Organ.LIVER, [sphere(CENTRE, 30.0)])
    line = drawn(degrees)
    seen = np.array(mip.projected(a_view.node, CENTRE))
    to_xy = np.linalg.inv(np.array(a_view.node.GetXYToRAS().GetData()).reshape(4, 4))
    mm_a_pixel = a_view.node.GetFieldOfView()[0] / a_view.node.GetDimensions()[0]
    assert line.mean(axis=0) == pytest.approx((to_xy @ [*seen, 1])[:2] * mm_a_pixel, abs=0.01)


def test_each_sphere_of_a_region_has_its_line(drawn, outline):
    outline.show(Organ.LIVER, [sphere(CENTRE, 30.0), sphere((0.0, 0.0, 0.0), 30.0)])
    assert len(drawn()) == 128


def test_it_follows_the_region(drawn, outline):
    outline.show(Organ.LIVER, [sphere(CENTRE, 30.0)])
    before = drawn().mean(axis=0)
    outline.show(Organ.LIVER, [sphere((CENTRE[0], CENTRE[1], CENTRE[2] + 12), 30.0)])
    assert drawn().mean(axis=0) - before == pytest.approx((0, 12), abs=0.1)


def test_it_is_hidden_shown_and_removed_with_the_region(drawn, outline):
    outline.show(Organ.LIVER, [LONG])
    outline.set_visible(False)
    assert not len(drawn())
    outline.set_visible(True)
    assert len(drawn())
    outline.remove()
    assert not len(drawn())


def test_the_projection_of_a_session_has_it(a_view, mip, outline):
    mip.outline = outline
    props = a_view.interactor.GetRenderWindow().GetRenderers().GetFirstRenderer().GetViewProps()
    before = props.GetNumberOfItems()
    navigation = MipNavigation(a_view.interactor, a_view.node, mip)
    assert props.GetNumberOfItems() == before + 2
    navigation.detach()
    assert props.GetNumberOfItems() == before
