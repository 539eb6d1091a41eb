"""The projection as part of a session."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from numpy.testing import assert_array_equal
from scene.reading import lesions_of, mip_of, small_patient

from NENSegmentationLib.core.seed_rule import fixed_suv
from NENSegmentationLib.scene.mip import RotatingMip
from NENSegmentationLib.scene.offscreen import SliceView, application_logic
from NENSegmentationLib.scene.projections import begin_projections
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view


@pytest.fixture
def session(scene, tmp_path):
    node = volume_node(scene, small_patient(), "PET", units=Units.SUV)
    session = CorrectionSession.open(scene, node, tmp_path / "case.journal")
    yield session
    session.close()


@pytest.fixture
def view(scene):
    with SliceView(application_logic(scene), "MIP", "Coronal", (100, 100)) as view:
        yield view


def test_a_session_that_nobody_looks_at_has_no_projection(session):
    session.take_over(lesions_of(session.pet))
    assert session.mip is None


def test_the_projection_is_there_before_the_lesions_and_gets_them(session, view):
    mip = session.show_mip(view.node, view.layers)
    assert view.layers.GetLabelVolumeID() is None
    session.take_over(lesions_of(session.pet))
    assert session.mip is mip
    assert view.layers.GetLabelVolumeID() == mip.lesion_node.GetID()


def test_every_edit_is_seen_on_the_projection(scene, session, view):
    session.take_over(lesions_of(session.pet))
    session.show_mip(view.node, view.layers)
    place = session.lesion_map.lesions[5].centroid_ras
    session.delete(5)
    session.merge([1, 2])
    session.undo()
    session.preview_seed(place, fixed_suv(10.0))
    session.add_seed(place, fixed_suv(10.0))
    fresh = mip_of(scene, session.lesion_map, views=24)
    shown, expected = (voxel_view(mip.lesion_node.GetImageData()) for mip in (session.mip, fresh))
    assert np.array_equal(shown, expected)


def test_a_session_that_is_shown_and_closed_leaves_no_node_behind(scene, tmp_path, view):
    node = volume_node(scene, small_patient(), "PET", units=Units.SUV)
    before = scene.GetNumberOfNodes()
    session = CorrectionSession.open(scene, node, tmp_path / "case.journal")
    session.show_mip(view.node, view.layers)
    session.take_over(lesions_of(session.pet))
    session.close()
    assert scene.GetNumberOfNodes() == before


def test_showing_a_lesion_jumps_and_turns(session, view):
    session.take_over(lesions_of(session.pet))
    mip = session.show_mip(view.node, view.layers)
    shown = voxel_view(mip.lesion_node.GetImageData())
    hidden = min(session.lesion_map.lesions, key=lambda id_: np.count_nonzero(shown[12] == id_))
    session.show_lesion(hidden)
    place = round((mip.angle(view.node) + 180) / 15)
    assert np.count_nonzero(shown[place] == hidden) > np.count_nonzero(shown[12] == hidden)


def test_projections_that_were_begun_before_are_the_same(session, view):
    again = session.show_mip(view.node, view.layers, begin_projections(session.pet, views=12))
    assert_array_equal(
        slicer.util.arrayFromVolume(again.pet_node),
        slicer.util.arrayFromVolume(RotatingMip(session.scene, session.pet, views=12).pet_node),
    )


def test_projections_of_an_image_that_has_none_are_an_error_where_they_are_asked_for(session, view):
    with pytest.raises(ValueError, match="a turn of 3 views has none from behind"):
        session.show_mip(view.node, view.layers, begin_projections(session.pet, views=3))
