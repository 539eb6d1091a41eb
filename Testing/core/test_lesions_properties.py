"""What holds for every lesion map, whatever is done to it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal
from scipy import ndimage

from NENSegmentationLib.core.components import component_numbers
from NENSegmentationLib.core.lesion import Origin
from NENSegmentationLib.core.lesions import LesionMap

SHAPES = arrays.array_shapes(min_dims=3, max_dims=3, max_side=7)
PETS = arrays.arrays(np.float32, SHAPES, elements=st.sampled_from([0.0, 1.0, 4.5, 6.0, 8.25]))
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "add", "split", "merge", "paint", "erase", "redraw", "amend", "undo", "redo"]),
        st.randoms(),
    ),
    max_size=12,
)


def an_image(values: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((4.0, 5.0, 6.0))
    return image


@settings(deadline=None, derandomize=True, max_examples=300)
@given(mask=arrays.arrays(bool, SHAPES), connectivity=st.sampled_from([6, 18, 26]))
def test_components_are_those_of_scipy(mask, connectivity):
    reach = {6: 1, 18: 2, 26: 3}[connectivity]
    expected, _ = ndimage.label(mask, ndimage.generate_binary_structure(3, reach))
    flat = np.flatnonzero(mask)
    assert_array_equal(component_numbers(flat, mask.shape, connectivity) + 1, expected.reshape(-1)[flat])


@settings(deadline=None, derandomize=True, max_examples=100)
@given(values=PETS)
def test_the_map_by_threshold_is_that_of_simpleitk(values):
    pet = an_image(values)
    found = sitk.ConnectedComponent(pet > 4.5, True)
    expected = sitk.RelabelComponent(found, minimumObjectSize=3)
    made = LesionMap.from_threshold(pet, 4.5, minimum_volume_ml=3 * 0.12)
    assert_array_equal(made.labels, sitk.GetArrayFromImage(expected))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(values=PETS, edits=EDITS)
def test_after_any_edits_records_and_labels_agree_and_undo_leads_back_to_the_start(values, edits):
    lesion_map = LesionMap.from_threshold(an_image(values), 4.0, minimum_volume_ml=0)
    start, first_lesions = lesion_map.labels.copy(), dict(lesion_map.lesions)
    used = set(first_lesions)
    for action, random in edits:
        others = lesion_map.labels.copy()
        edit = perform(lesion_map, action, random)
        if edit is None:
            continue
        assert_records_agree(lesion_map, values)
        assert_only_the_box_changed(others, lesion_map.labels, edit)
        if action not in ("undo", "redo"):
            mended = (
                {lesion.id for lesion in edit.removed} if action in ("paint", "erase", "redraw", "amend") else set()
            )
            assert used.isdisjoint({lesion.id for lesion in edit.added} - mended)
        used.update(lesion.id for lesion in edit.added)
    while lesion_map.can_undo:
        lesion_map.undo()
    assert_array_equal(lesion_map.labels, start)
    assert dict(lesion_map.lesions) == first_lesions


def perform(lesion_map: LesionMap, action: str, random):
    ids = list(lesion_map.lesions)
    if action == "delete" and ids:
        return lesion_map.delete(*random.sample(ids, random.randint(1, len(ids))))
    if action == "add" and (lesion_map.labels == 0).any():
        mask = np.random.default_rng(random.randrange(1000)).random(lesion_map.labels.shape) < 0.3
        return lesion_map.add(mask | (np.cumsum(lesion_map.labels == 0).reshape(mask.shape) == 1))
    if action == "split" and ids:
        lesion = lesion_map.lesions[random.choice(ids)]
        if lesion.voxels > 1:
            inside = lesion_map.labels[lesion.box] == lesion.id
            return lesion_map.split(lesion.id, np.cumsum(inside).reshape(inside.shape) % 2 + 1)
    if action == "merge" and len(ids) > 1:
        return lesion_map.merge(random.sample(ids, random.randint(2, len(ids))))
    if action in ("paint", "erase") and ids:
        lesion = lesion_map.lesions[random.choice(ids)]
        mask = np.random.default_rng(random.randrange(1000)).random(lesion_map.labels.shape) < 0.3
        if (mask & (lesion_map.labels == (0 if action == "paint" else lesion.id))).any():
            return getattr(lesion_map, action)(lesion.id, mask)
    if action == "redraw" and ids:
        mask = np.random.default_rng(random.randrange(1000)).random(lesion_map.labels.shape) < 0.3
        mask.flat[random.randrange(mask.size)] = True
        return lesion_map.redraw(random.choice(ids), mask, name="Drawn")
    if action == "amend" and ids:
        return lesion_map.amend(random.choice(ids), name="Node", accepted=True)
    if action == "undo" and lesion_map.can_undo:
        return lesion_map.undo()
    if action == "redo" and lesion_map.can_redo:
        return lesion_map.redo()
    return None


def assert_records_agree(lesion_map: LesionMap, values: np.ndarray) -> None:
    assert set(lesion_map.lesions) == set(np.unique(lesion_map.labels)) - {0}
    for lesion in lesion_map.lesions.values():
        inside = lesion_map.labels == lesion.id
        assert lesion.voxels == np.count_nonzero(inside)
        assert lesion.suv_max == values[inside].max()
        assert np.isclose(lesion.suv_mean, values[inside].mean(dtype=float))
        assert lesion.box == ndimage.find_objects(inside.astype(int))[0]
        assert lesion.origin in (Origin.THRESHOLD, Origin.SEED)


def assert_only_the_box_changed(before: np.ndarray, after: np.ndarray, edit) -> None:
    changed = before != after
    if edit.box is not None:
        changed[edit.box] = False
    assert not changed.any()
