"""The preview of a seeded lesion: against the components of the whole thresholded volume, which it spares."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from comparison import Comparison, best_of
from scipy import ndimage
from synthetic import synthetic_pet

from NENSegmentationLib.core.body import Body
from NENSegmentationLib.core.lesions import LesionMap
from NENSegmentationLib.core.seed import Growth, grow
from NENSegmentationLib.core.seed_rule import Rule, fixed_suv, gradient_edge, percent_of_maximum
from NENSegmentationLib.core.volume import image_like, index_to_ras, shape, voxels

_THRESHOLD = 10.0
# The gradient edge is more work than the component that it is compared with.
_DEMANDED = {fixed_suv(_THRESHOLD): 20, percent_of_maximum(): 20, gradient_edge(): 10}
_ROUNDS = 9
_PREVIEW_S = 0.02
_CENTRE = (170, 170, 170)
_RADIUS_MM = 23.0


def run() -> list[Comparison]:
    """Compare the growth of a lesion of 50 mL by each rule, after making sure that the component is the same."""
    pet = _with_a_large_lesion(synthetic_pet())
    lesion_map = LesionMap(pet, np.zeros(shape(pet), np.int32), [])
    body = Body(pet)
    ras = tuple(index_to_ras(pet, np.add(_CENTRE, 2)))
    everywhere = np.ones((3, 3, 3))

    def preview(rule: Rule) -> Growth:
        return grow(lesion_map, ras, rule, body=body)

    def component() -> np.ndarray:
        labels, _ = ndimage.label(voxels(pet) > _THRESHOLD, everywhere)
        return labels == labels[_CENTRE]

    growth, expected = preview(fixed_suv(_THRESHOLD)), component()
    if np.count_nonzero(expected) != np.count_nonzero(growth.mask) or not expected[growth.box][growth.mask].all():
        message = "the two components differ, so no time can be compared"
        raise AssertionError(message)
    whole = best_of(3, component)
    seconds = [best_of(_ROUNDS, lambda rule=rule: preview(rule)) for rule in _DEMANDED]
    name = f"of a lesion of {growth.volume_ml:.0f} mL"
    return [
        *(
            Comparison(f"preview by {rule.kind.value} {name}", taken, "scipy.ndimage.label", whole, at_least)
            for (rule, at_least), taken in zip(_DEMANDED.items(), seconds, strict=True)
        ),
        Comparison(f"the slowest preview {name}", max(seconds), "interactive", _PREVIEW_S, at_least=1),
    ]


def _with_a_large_lesion(pet: sitk.Image) -> sitk.Image:
    uptake = voxels(pet).copy()
    grid = np.ogrid[tuple(slice(c - 20, c + 21) for c in _CENTRE)]
    distance = sum(((axis - c) * step) ** 2 for axis, c, step in zip(grid, _CENTRE, (3, 2, 2), strict=True))
    around = uptake[tuple(slice(c - 20, c + 21) for c in _CENTRE)]
    around[:] = 1
    around[distance <= _RADIUS_MM**2] = 25
    around[:] = ndimage.gaussian_filter(around, (0.85, 1.3, 1.3))
    return image_like(uptake, pet)
