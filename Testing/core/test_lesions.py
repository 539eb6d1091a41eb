from __future__ import annotations

import colorsys
import itertools

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.testing import assert_array_equal

from NENSegmentationLib.core.errors import MethodError
from NENSegmentationLib.core.lesion import Origin, colour_of
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.organs import OrganMap
from NENSegmentationLib.core.volume import image_like


def a_pet(values: list, spacing_mm: float = 10.0) -> sitk.Image:
    """An image of voxels of 1 mL, unless another spacing is given."""
    pet = sitk.GetImageFromArray(np.array(values, np.float32))
    pet.SetSpacing((spacing_mm,) * 3)
    return pet


@pytest.fixture
def a_map_of_two_touching_lesions() -> LesionMap:
    return LesionMap.from_labels(a_pet([[[5, 6, 7, 8]]]), np.array([[[1, 1, 2, 2]]]), origin=Origin.THRESHOLD)


@pytest.fixture
def a_map_of_three_lesions() -> LesionMap:
    return LesionMap.from_threshold(a_pet([[[9, 0, 8, 8, 0, 7, 7, 7]]]), 5.0)


def test_lesions_are_numbered_by_size(a_map_of_three_lesions):
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 0, 2, 2, 0, 1, 1, 1]]])


def test_of_two_lesions_of_one_size_the_one_met_first_leads():
    lesion_map = LesionMap.from_threshold(a_pet([[[0, 9, 0, 8, 0, 7]]]), 5.0)
    assert_array_equal(lesion_map.labels, [[[0, 1, 0, 2, 0, 3]]])


def test_a_voxel_exactly_at_the_threshold_is_background():
    assert_array_equal(LesionMap.from_threshold(a_pet([[[5, 0, 6]]]), 5.0).labels, [[[0, 0, 1]]])


def test_a_voxel_above_the_threshold_by_less_than_float32_shows_is_tumour():
    voxel = np.nextafter(np.float32(0.7), np.float32(1))
    threshold = (float(voxel) + float(np.float32(0.7))) / 2 + 1e-9
    assert np.float32(threshold) == voxel
    assert float(voxel) > threshold
    assert_array_equal(LesionMap.from_threshold(a_pet([[[0.1, voxel]]]), threshold).labels, [[[0, 1]]])


def test_eight_voxels_of_12_microlitres_are_under_a_tenth_of_a_millilitre_and_nine_are_not():
    pet = a_pet([[[9] * 8 + [0] + [9] * 9]])
    pet.SetSpacing((2, 2, 3))
    assert_array_equal(LesionMap.from_threshold(pet, 5.0).labels, [[[0] * 8 + [0] + [1] * 9]])


def test_a_component_of_exactly_a_tenth_of_a_millilitre_is_kept():
    pet = a_pet([[[9] * 8]])
    pet.SetSpacing((2.5, 2.5, 2.0))
    assert len(LesionMap.from_threshold(pet, 5.0).lesions) == 1


def test_diagonal_neighbours_are_one_lesion_at_26_and_two_at_6():
    pet = a_pet([[[9, 0], [0, 9]]])
    assert len(LesionMap.from_threshold(pet, 5.0).lesions) == 1
    assert len(LesionMap.from_threshold(pet, 5.0, connectivity=6).lesions) == 2


def test_no_uptake_above_the_threshold_is_a_map_of_no_lesions():
    lesion_map = LesionMap.from_threshold(a_pet([[[1, 2]]]), 5.0)
    assert lesion_map.lesions == {}
    assert lesion_map.patient().total_volume_ml == 0
    assert lesion_map.patient().lowest_suv_mean is None


def test_a_lesion_is_measured():
    lesion = LesionMap.from_threshold(a_pet([[[0, 6, 9, 0]]]), 5.0).lesions[1]
    assert (lesion.voxels, lesion.volume_ml, lesion.suv_max, lesion.suv_mean) == (2, 2.0, 9.0, 7.5)
    assert lesion.total_uptake == 15.0
    assert lesion.centroid_ras == (-15.0, 0.0, 0.0)
    assert lesion.box == (slice(0, 1), slice(0, 1), slice(1, 3))
    assert (lesion.name, lesion.origin) == ("Lesion 1", Origin.THRESHOLD)


def test_the_patient_is_the_sum_of_the_lesions_and_names_the_one_of_lowest_suv_mean(a_map_of_three_lesions):
    patient = a_map_of_three_lesions.patient()
    assert (patient.lesions, patient.total_volume_ml, patient.suv_max) == (3, 6.0, 9.0)
    assert patient.total_uptake == 9 + 16 + 21
    assert patient.lowest_suv_mean == (1, 7.0)


def test_deleting_a_lesion_leaves_its_touching_neighbour(a_map_of_two_touching_lesions):
    a_map_of_two_touching_lesions.delete(1)
    assert_array_equal(a_map_of_two_touching_lesions.labels, [[[0, 0, 2, 2]]])
    assert list(a_map_of_two_touching_lesions.lesions) == [2]


def test_an_edit_holds_only_the_box_that_changed(a_map_of_two_touching_lesions):
    assert a_map_of_two_touching_lesions.delete(2).box == (slice(0, 1), slice(0, 1), slice(2, 4))


def test_adding_a_lesion_never_takes_a_voxel_of_another_one(a_map_of_three_lesions):
    a_map_of_three_lesions.add(np.array([[[1, 1, 1, 0, 0, 0, 0, 0]]], bool))
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 4, 2, 2, 0, 1, 1, 1]]])
    assert a_map_of_three_lesions.lesions[4].origin is Origin.SEED


def test_a_lesion_can_be_added_by_a_mask_in_a_box(a_map_of_three_lesions):
    edit = a_map_of_three_lesions.add(np.array([[[True]]]), (slice(0, 1), slice(0, 1), slice(4, 5)), name="Node")
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 0, 2, 2, 4, 1, 1, 1]]])
    assert edit.added[0].name == "Node"


def test_the_id_of_a_deleted_lesion_is_not_used_again(a_map_of_three_lesions):
    a_map_of_three_lesions.delete(3)
    a_map_of_three_lesions.add(np.array([[[1, 0, 0, 0, 0, 0, 0, 0]]], bool))
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 4]


def test_the_id_of_an_undone_lesion_is_not_used_again(a_map_of_three_lesions):
    free = np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], bool)
    a_map_of_three_lesions.add(free)
    a_map_of_three_lesions.undo()
    assert a_map_of_three_lesions.add(free).added[0].id == 5


def test_splitting_gives_every_part_a_new_id(a_map_of_three_lesions):
    a_map_of_three_lesions.split(1, np.array([[[1, 1, 2]]]))
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 0, 2, 2, 0, 4, 4, 5]]])
    assert a_map_of_three_lesions.lesions[5].voxels == 1


def test_merging_makes_one_new_lesion_with_the_origin_of_the_largest(a_map_of_three_lesions):
    a_map_of_three_lesions.add(np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], bool))
    edit = a_map_of_three_lesions.merge([4, 1])
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 5, 2, 2, 0, 5, 5, 5]]])
    assert edit.added[0].origin is Origin.THRESHOLD
    assert edit.added[0].voxels == 4


def test_undo_and_redo_walk_through_the_edits(a_map_of_three_lesions):
    before = a_map_of_three_lesions.labels.copy()
    a_map_of_three_lesions.merge([1, 3])
    after = a_map_of_three_lesions.labels.copy()
    a_map_of_three_lesions.undo()
    assert_array_equal(a_map_of_three_lesions.labels, before)
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 3]
    a_map_of_three_lesions.redo()
    assert_array_equal(a_map_of_three_lesions.labels, after)
    assert list(a_map_of_three_lesions.lesions) == [2, 4]


def test_a_new_edit_ends_what_could_be_done_again(a_map_of_three_lesions):
    a_map_of_three_lesions.delete(1)
    a_map_of_three_lesions.undo()
    a_map_of_three_lesions.delete(2)
    assert not a_map_of_three_lesions.can_redo


def test_a_point_finds_its_lesion_and_none_outside(a_map_of_three_lesions):
    assert a_map_of_three_lesions.at((-30.0, 0.0, 0.0)).id == 2
    assert a_map_of_three_lesions.at((-10.0, 0.0, 0.0)) is None
    assert a_map_of_three_lesions.at((500.0, 0.0, 0.0)) is None


def test_a_lesion_mostly_in_the_bladder_is_suggested_as_physiological(a_map_of_three_lesions):
    organs = OrganMap(
        image_like(np.array([[[5, 0, 21, 0, 0, 21, 0, 0]]], np.uint8), a_map_of_three_lesions.pet),
        {21: "urinary_bladder", 5: "liver"},
    )
    a_map_of_three_lesions.suggest(organs)
    suggestions = [lesion.suggestion for lesion in a_map_of_three_lesions.lesions.values()]
    assert suggestions == [None, "urinary_bladder", None]


def test_a_lesion_added_after_the_organs_are_known_gets_its_suggestion(a_map_of_three_lesions):
    organs = OrganMap(
        image_like(np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], np.uint8), a_map_of_three_lesions.pet), {1: "spleen"}
    )
    a_map_of_three_lesions.suggest(organs)
    edit = a_map_of_three_lesions.add(np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], bool))
    assert edit.added[0].suggestion == "spleen"


def test_labels_are_taken_over_with_their_names_and_colours():
    lesion_map = LesionMap.from_labels(
        a_pet([[[5, 0, 6]]]), np.array([[[4, 0, 9]]]), origin=Origin.ENSEMBLE, names={9: "Rib"}, colours={4: (1, 0, 0)}
    )
    assert [(lesion.id, lesion.name) for lesion in lesion_map.lesions.values()] == [(4, "Lesion 4"), (9, "Rib")]
    assert lesion_map.lesions[4].colour == (1, 0, 0)
    assert lesion_map.lesions[9].colour == colour_of(9)


def test_a_mask_becomes_lesions_by_its_components():
    lesion_map = LesionMap.from_mask(a_pet([[[5, 0, 6, 7]]]), np.array([[[1, 0, 1, 1]]], bool), origin=Origin.ENSEMBLE)
    assert_array_equal(lesion_map.labels, [[[2, 0, 1, 1]]])


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda m: m.delete(7), "there is no lesion 7. Choose one of those in the list."),
        (lambda m: m.delete(), "no lesion is chosen. Choose one in the list."),
        (lambda m: m.amend(accepted=True), "no lesion is chosen. Choose one in the list."),
        (lambda m: m.redraw(1, np.zeros((1, 1, 8), bool)), "Lesion 1: there is no voxel left. Delete the lesion"),
        (lambda m: m.redraw(1, np.ones((1, 1, 8), bool), name=" "), "Lesion 1: a lesion needs a name"),
        (lambda m: m.redraw(1, np.ones((1, 1, 2), bool)), "the mask has .* voxels"),
        (lambda m: m.merge([1]), "one lesion alone cannot be merged"),
        (lambda m: m.split(1, np.array([[[1, 1, 1]]])), "Lesion 1 is one part only"),
        (lambda m: m.split(1, np.array([[[1, 0, 2]]])), "every voxel of its box needs the number of a part"),
        (lambda m: m.add(np.array([[[1, 0, 1, 1, 0, 0, 0, 0]]], bool)), "there is no voxel to add"),
        (lambda m: m.add(np.array([[[True]]])), "the mask has .* voxels"),
        (lambda m: m.undo(), "there is nothing to undo"),
        (lambda m: m.redo(), "there is nothing to do again"),
    ],
)
def test_an_impossible_edit_is_refused_in_words_and_changes_nothing(a_map_of_three_lesions, act, words):
    before = a_map_of_three_lesions.labels.copy()
    with pytest.raises(MethodError, match=words):
        act(a_map_of_three_lesions)
    assert_array_equal(a_map_of_three_lesions.labels, before)
    assert not a_map_of_three_lesions.can_undo


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda pet: LesionMap.from_threshold(pet, 0.0), "the threshold 0 is not a positive SUV"),
        (lambda pet: LesionMap.from_threshold(pet, float("nan")), "the threshold nan is not a positive SUV"),
        (lambda pet: LesionMap.from_threshold(pet, 5, connectivity=8), "connectivity 8 does not exist"),
        (
            lambda pet: LesionMap.from_threshold(pet, 5, minimum_volume_ml=-1),
            "the minimum volume -1 mL is not a volume",
        ),
        (lambda pet: LesionMap.from_labels(pet, np.array([[[-1, 0]]]), origin=Origin.SEED), "the negative value -1"),
        (lambda pet: LesionMap(pet, np.zeros((1, 1, 3), np.int32), []), "Put both on one grid"),
    ],
)
def test_an_impossible_map_is_refused_in_words(make, words):
    with pytest.raises(MethodError, match=words):
        make(a_pet([[[9, 9]]]))


def test_a_pet_that_is_not_float32_is_refused():
    with pytest.raises(TypeError, match="the lesion map works on float32"):
        LesionMap.from_threshold(sitk.Cast(a_pet([[[9, 9]]]), sitk.sitkFloat64), 5)


def test_painting_gives_a_lesion_voxels_and_takes_none_from_another(a_map_of_three_lesions):
    edit = a_map_of_three_lesions.paint(3, np.array([[[1, 1, 1, 0, 0, 0, 0, 0]]], bool))
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 3, 2, 2, 0, 1, 1, 1]]])
    assert (edit.added[0].id, edit.added[0].voxels, edit.added[0].suv_mean) == (3, 2, 4.5)


def test_erasing_takes_voxels_from_one_lesion_only(a_map_of_three_lesions):
    a_map_of_three_lesions.erase(2, np.array([[[1, 1, 1, 0, 0, 1, 0, 0]]], bool))
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 0, 0, 2, 0, 1, 1, 1]]])
    assert a_map_of_three_lesions.lesions[2].voxels == 1


def test_erasing_the_last_voxel_of_a_lesion_ends_it_until_it_is_undone(a_map_of_three_lesions):
    a_map_of_three_lesions.erase(3, np.array([[[1, 1, 0, 0, 0, 0, 0, 0]]], bool))
    assert list(a_map_of_three_lesions.lesions) == [1, 2]
    a_map_of_three_lesions.undo()
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 3]


def test_a_mended_lesion_keeps_its_name_and_that_it_was_accepted(a_map_of_three_lesions):
    a_map_of_three_lesions.amend(2, name="Liver, segment 8", accepted=True)
    a_map_of_three_lesions.paint(2, np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], bool))
    lesion = a_map_of_three_lesions.lesions[2]
    assert (lesion.name, lesion.accepted, lesion.voxels) == ("Liver, segment 8", True, 3)


def test_amending_a_lesion_changes_no_voxel_and_can_be_undone(a_map_of_three_lesions):
    before = a_map_of_three_lesions.labels.copy()
    edit = a_map_of_three_lesions.amend(2, accepted=True)
    assert edit.box is None
    assert_array_equal(a_map_of_three_lesions.labels, before)
    a_map_of_three_lesions.undo()
    assert not a_map_of_three_lesions.lesions[2].accepted


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (
            lambda m: m.paint(3, np.array([[[1, 0, 1, 1, 0, 0, 0, 0]]], bool)),
            "Lesion 3: there is no voxel to paint here",
        ),
        (
            lambda m: m.erase(3, np.array([[[0, 1, 1, 1, 0, 0, 0, 0]]], bool)),
            "Lesion 3: there is no voxel to erase here",
        ),
        (lambda m: m.amend(3, name=" "), "Lesion 3: a lesion needs a name"),
    ],
)
def test_impossible_mending_is_refused_in_words(a_map_of_three_lesions, act, words):
    with pytest.raises(MethodError, match=words):
        act(a_map_of_three_lesions)
    assert not a_map_of_three_lesions.can_undo


def test_a_label_too_large_for_its_type_is_refused_and_not_wrapped():
    with pytest.raises(MethodError, match="the value 2147483655, which is too large"):
        LesionMap.from_labels(a_pet([[[9, 9]]]), np.array([[[0, 2**31 + 7]]], np.uint32), origin=Origin.GIVEN)


def test_an_edit_that_runs_out_of_memory_has_not_happened(a_map_of_three_lesions, monkeypatch):
    def exhausted(*_):
        raise MemoryError

    before = a_map_of_three_lesions.labels.copy()
    monkeypatch.setattr("NENSegmentationLib.core.history.measure", exhausted)
    with pytest.raises(MemoryError):
        a_map_of_three_lesions.merge([1, 2])
    assert_array_equal(a_map_of_three_lesions.labels, before)
    assert not a_map_of_three_lesions.can_undo


def test_a_lesion_that_comes_back_has_the_suggestion_of_an_organ_map_read_meanwhile(a_map_of_three_lesions):
    a_map_of_three_lesions.delete(3)
    organs = image_like(np.array([[[1, 0, 0, 0, 0, 0, 0, 0]]], np.uint8), a_map_of_three_lesions.pet)
    a_map_of_three_lesions.suggest(OrganMap(organs, {1: "urinary_bladder"}))
    a_map_of_three_lesions.undo()
    assert a_map_of_three_lesions.lesions[3].suggestion == "urinary_bladder"


def test_taking_back_leaves_nothing_to_do_again(a_map_of_three_lesions):
    a_map_of_three_lesions.delete(3)
    a_map_of_three_lesions.take_back()
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 3]
    assert not a_map_of_three_lesions.can_redo


def test_lesions_deleted_together_come_back_together(a_map_of_three_lesions):
    a_map_of_three_lesions.delete(1, 3)
    assert_array_equal(a_map_of_three_lesions.labels, [[[0, 0, 2, 2, 0, 0, 0, 0]]])
    a_map_of_three_lesions.undo()
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 3]
    assert not a_map_of_three_lesions.can_undo


def test_a_lesion_drawn_elsewhere_has_the_voxels_drawn_and_no_others(a_map_of_three_lesions):
    edit = a_map_of_three_lesions.redraw(2, np.array([[[0, 1, 1, 0, 0, 1, 0, 0]]], bool), name="Rib")
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 2, 2, 0, 0, 2, 1, 1]]])
    assert {lesion.id: (lesion.name, lesion.voxels) for lesion in edit.added} == {1: ("Lesion 1", 2), 2: ("Rib", 3)}
    a_map_of_three_lesions.undo()
    assert_array_equal(a_map_of_three_lesions.labels, [[[3, 0, 2, 2, 0, 1, 1, 1]]])


def test_a_lesion_drawn_over_wholly_is_gone_until_it_is_undone(a_map_of_three_lesions):
    a_map_of_three_lesions.redraw(2, np.array([[[1, 1, 1, 1, 0, 0, 0, 0]]], bool))
    assert list(a_map_of_three_lesions.lesions) == [1, 2]
    a_map_of_three_lesions.undo()
    assert list(a_map_of_three_lesions.lesions) == [1, 2, 3]


def test_a_new_lesion_and_a_known_one_can_be_given_a_colour(a_map_of_three_lesions):
    free = np.array([[[0, 1, 0, 0, 0, 0, 0, 0]]], bool)
    assert a_map_of_three_lesions.add(free, colour=(0.0, 0.0, 1.0)).added[0].colour == (0.0, 0.0, 1.0)
    assert a_map_of_three_lesions.amend(1, colour=(0.0, 1.0, 0.0)).added[0].colour == (0.0, 1.0, 0.0)


def test_no_lesion_has_a_colour_near_the_cyan_of_the_reference_region():
    hues = [colorsys.rgb_to_hsv(*colour_of(lesion_id))[0] for lesion_id in range(1, 500)]
    assert min(abs(hue - 0.5) for hue in hues) >= 0.07 - 1e-9


def test_lesions_of_neighbouring_ids_are_far_apart_in_hue():
    hues = [colorsys.rgb_to_hsv(*colour_of(lesion_id))[0] for lesion_id in range(1, 500)]
    apart = [abs(one - other) for one, other in itertools.pairwise(hues)]
    assert min(min(difference, 1 - difference) for difference in apart) > 0.25


def test_the_place_in_a_ring_is_a_voxel_of_it_and_not_the_hole():
    labels = np.zeros((1, 5, 5), int)
    labels[0, 0:5, 0:5] = 7
    labels[0, 1:4, 1:4] = 0
    labels[0, 2, 2] = 9
    ring = LesionMap.from_labels(sitk.GetImageFromArray(np.ones(labels.shape, np.float32)), labels, origin=Origin.GIVEN)
    assert ring.at(ring.lesions[7].centroid_ras).id == 9
    assert ring.at(ring.place_in(7)).id == 7
    assert ring.place_in(9) == ring.lesions[9].centroid_ras
