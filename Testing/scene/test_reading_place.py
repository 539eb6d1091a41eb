"""What is said of a place in the patient."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import SimpleITK as sitk
from scene.reading import lesions_of, small_patient

from NENSegmentationLib.core.volume import index_to_ras, voxels
from NENSegmentationLib.scene.reading_place import reading_place
from NENSegmentationLib.scene.volumes import Units, volume_node

PET = small_patient()
# In the middle of the first cube, in normal tissue, and in none of the images.
IN_LESION, IN_TISSUE = (tuple(index_to_ras(PET, kji).tolist()) for kji in ((5, 8, 9), (12, 15, 17)))
FAR = (900.0, 0.0, 0.0)


@pytest.fixture
def session(scene):
    ct = sitk.Cast(PET * 0 + 40, sitk.sitkInt16)[:, :, :12]
    return SimpleNamespace(
        pet_node=volume_node(scene, PET, "PET", units=Units.SUV),
        ct_node=volume_node(scene, ct, "CT", units=Units.HU),
        lesion_map=lesions_of(PET),
    )


def test_a_place_in_a_lesion_names_it_with_uptake_density_and_position(session):
    suv, place = voxels(PET)[5, 8, 9], reading_place(session, IN_LESION)
    named = place.lesion
    assert place.lines == (
        f"{named.name}: {named.volume_ml:.1f} mL, SUVmax {named.suv_max:.1f}",
        f"SUV {suv:.2f}, 40 HU",
        "R 34.0  A 26.0  I 475.0 mm",
    )


def test_a_place_beside_all_lesions_and_beyond_the_ct_has_its_uptake_alone(session):
    assert reading_place(session, IN_TISSUE).lines == (
        f"SUV {voxels(PET)[12, 15, 17]:.2f}",
        "R 2.0  P 2.0  I 440.0 mm",
    )


def test_the_voxel_counts_in_which_the_place_lies(session):
    beside = (IN_LESION[0] + 1.9, IN_LESION[1] - 1.9, IN_LESION[2] + 2.4)
    assert reading_place(session, beside).suv == reading_place(session, IN_LESION).suv


def test_without_ct_and_lesions_there_is_the_uptake(session):
    session.ct_node = session.lesion_map = None
    assert len(reading_place(session, IN_LESION).lines) == 2


def test_beside_all_images_nothing_is_said(session):
    assert reading_place(session, FAR).lines == ()
