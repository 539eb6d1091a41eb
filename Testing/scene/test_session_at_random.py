"""Five hundred corrections at random: what is drawn, what is kept and what is replayed stay the same lesions."""

from __future__ import annotations

import random

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal
from scene.elsewhere import ERASE, draw, other_segments

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.reference_region import Organ, region_from_spheres
from NENSegmentationLib.core.seed_rule import fixed_suv, gradient_edge, percent_of_maximum
from NENSegmentationLib.core.volume import index_to_ras
from NENSegmentationLib.scene.segmentation_lesions import lesion_map_from_node
from NENSegmentationLib.scene.session import CorrectionSession
from NENSegmentationLib.scene.volumes import Units, volume_node, voxel_view

CORRECTIONS = 500


@pytest.fixture
def pet_node(scene):
    """Thirty foci of many sizes, some of them confluent, in a warm body with a liver."""
    chance = np.random.default_rng(7)
    uptake = np.ones((32, 40, 40), np.float32)
    uptake[10:22, 14:26, 14:26] = 5
    grid = np.mgrid[:32, :40, :40]
    for centre in chance.uniform((2, 2, 2), (30, 38, 38), (30, 3)):
        distance = ((grid - centre[:, None, None, None]) ** 2).sum(axis=0)
        focus = chance.uniform(4, 30) * np.exp(-distance / 2 / chance.uniform(0.8, 2.0) ** 2)
        liver = (slice(10, 22), slice(14, 26), slice(14, 26))
        focus[liver] = 0
        uptake = np.maximum(uptake, focus).astype(np.float32)
    pet = sitk.GetImageFromArray(uptake)
    pet.SetSpacing((4.0, 4.0, 4.0))
    return volume_node(scene, pet, "PET", units=Units.SUV)


def correct(session: CorrectionSession, chance: random.Random) -> None:
    """One correction that a reader could make; one that is impossible here is refused in words, and nothing happens."""
    lesions = list(session.lesion_map.lesions)
    voxel = [chance.randrange(n) for n in session.lesion_map.labels.shape]
    anywhere = tuple(float(part) for part in index_to_ras(session.pet, voxel))
    lesion = chance.choice(lesions) if lesions else 1
    rule = chance.choice([fixed_suv(3.0), percent_of_maximum(), gradient_edge(), None])
    chance.choice(
        [
            lambda: session.delete(lesion),
            lambda: session.mark_physiological(lesion),
            lambda: session.add_seed(anywhere, rule),
            lambda: session.add_seed(anywhere, rule),
            lambda: session.split(lesion),
            lambda: session.merge(chance.sample(lesions, min(2, len(lesions)))),
            lambda: session.rename(lesion, f"Focus {chance.randrange(99)}"),
            lambda: session.accept(lesion),
            lambda: session.paint(lesion, [anywhere], 14.0),
            lambda: session.erase(lesion, [anywhere], 14.0),
            lambda: session.paint(lesion, [anywhere, tuple(part + 10 for part in anywhere)], 9.0),
            lambda: elsewhere(session, chance, voxel),
            lambda: elsewhere(session, chance, voxel),
            session.undo,
            session.undo,
            session.redo,
        ]
    )()


def elsewhere(session: CorrectionSession, chance: random.Random, voxel: list[int]) -> None:
    """One edit in Slicer's Segment Editor; it is taken in by the next correction of ours, or now."""
    segmentation = session.node.GetSegmentation()
    chosen = chance.choice(segmentation.GetSegmentIDs() or [segmentation.AddEmptySegment("", "First")])
    place = tuple(slice(centre, min(centre + 4, n)) for centre, n in zip(voxel, (32, 40, 40), strict=True))
    others = other_segments(session.node, chosen)
    chance.choice(
        [
            lambda: draw(session.node, session.pet, chosen, place, over=others),
            lambda: draw(session.node, session.pet, chosen, place),
            lambda: draw(session.node, session.pet, chosen, place, mode=ERASE),
            lambda: draw(session.node, session.pet, segmentation.AddEmptySegment("", "Drawn"), place),
            lambda: segmentation.RemoveSegment(chosen),
            lambda: segmentation.GetSegment(chosen).SetName(f"Site {chance.randrange(99)}"),
            lambda: segmentation.GetSegment(chosen).SetColor(chance.random(), chance.random(), 0.5),
        ]
    )()
    if chance.random() < 0.5:
        session.take_in()


def test_after_500_corrections_node_picture_and_replayed_journal_are_the_lesion_map(scene, pet_node, tmp_path):
    session = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    session.segment(region_from_spheres(session.pet, Organ.LIVER, [(-80.0, -80.0, 64.0)], 30.0))
    chance, made = random.Random(11), 0
    while made < CORRECTIONS:
        try:
            correct(session, chance)
        except MethodError:
            continue
        made += 1
    session.take_in()
    labels, lesions = session.lesion_map.labels.copy(), dict(session.lesion_map.lesions)
    from_node = lesion_map_from_node(session.node, session.pet)
    kinds = {event.kind.value for event in session.journal.events()}
    assert {"deleted", "added", "split", "merged", "renamed", "accepted", "painted", "edited_elsewhere"} <= kinds
    assert_array_equal(from_node.labels, labels)
    assert [lesion.name for lesion in from_node.lesions.values()] == [lesion.name for lesion in lesions.values()]
    assert [lesion.colour for lesion in from_node.lesions.values()] == [lesion.colour for lesion in lesions.values()]
    assert_array_equal(voxel_view(session.overlay.node.GetImageData()), labels)
    session.close()
    again = CorrectionSession.open(scene, pet_node, tmp_path / "case.journal")
    assert_array_equal(again.lesion_map.labels, labels)
    assert dict(again.lesion_map.lesions) == lesions
    again.close()
