"""Where lesions may grow, and how room is found for the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .anatomy import Anatomy
from .grid import Grid, Slices
from .shapes import Point
from .tissues import BONES, codes_of

_PLANNING_MM = 4.0
_NEAR_VESSELS_MM = 32.0
# A component of the threshold must not run into physiological uptake through the blur.
_CLEAR_OF_HOT_ORGANS_MM = 13.0
_HOT_ORGANS = (
    *("spleen", "kidney_left", "kidney_right", "kidney_left_pelvis", "kidney_right_pelvis"),
    *("urinary_bladder", "adrenal_gland_left", "adrenal_gland_right", "gallbladder"),
)
_LARGEST_SHARE_OF_LIVER = 0.25
_FAR_MM = 40.0
_AXIAL = ("vertebrae", "sacrum", "hip", "femur", "ribs", "sternum")


@dataclass(frozen=True)
class Site:
    """A kind of place where lesions grow.

    Parameters
    ----------
    name : str
        As the truth names it.
    share : float
        Part of all lesions.
    tissues : tuple of str
        What a lesion may displace; it stops at everything else.
    largest_ml : float
        Upper bound of the volume.
    depth : float
        How deep its middle lies in that tissue, in parts of its radius.
    hounsfield : float
        Mean CT number.
    """

    name: str
    share: float
    tissues: tuple[str, ...]
    largest_ml: float
    depth: float
    hounsfield: float


SITES = (
    Site("liver", 0.50, ("liver",), 30.0, 0.75, 44.0),
    Site("node", 0.25, ("visceral_fat",), 12.0, 0.65, 42.0),
    Site("bone", 0.25, tuple(b for b in BONES if b.startswith(_AXIAL)), 8.0, 0.7, 480.0),
)
"""Shares, volumes and uptake of lesions are assumed."""


class Ground:
    """The places that are still free, on a coarse grid of its own so that the voxel size asked for changes nothing."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._grid = Grid.centred((260, 130, 130), (_PLANNING_MM,) * 3, (0.0, -10.0, 0.0))
        tissues = anatomy.tissues(self._grid)
        to_hot = self._distance_to(codes_of(*_HOT_ORGANS)[tissues])
        self._candidates = {site.name: self._within(site, tissues, to_hot) for site in SITES}
        self._liver_ml = float(codes_of("liver")[tissues].sum()) * self._grid.voxel_ml
        self._in_liver_ml = 0.0
        self._centres: list[Point] = []
        self._radii: list[float] = []

    def place(self, random: np.random.Generator, volume: float) -> tuple[Site, Point, float] | None:
        """Find room for a lesion; one that fits nowhere is made smaller."""
        first = SITES[int(random.choice(len(SITES), p=[site.share for site in SITES]))]
        confluent = random.random() < 0.3
        for smaller in (1.0, 0.6, 0.3, 0.1):
            for site in (first, *(other for other in SITES if other is not first)):
                if site.name == "liver" and self._in_liver_ml + volume > _LARGEST_SHARE_OF_LIVER * self._liver_ml:
                    continue
                volume_ml = max(min(volume * smaller, site.largest_ml), 0.1)
                centre = self._free(random, site, radius_of(volume_ml), confluent)
                if centre is not None:
                    self._centres.append(centre)
                    self._radii.append(radius_of(volume_ml))
                    self._in_liver_ml += volume_ml if site.name == "liver" else 0.0
                    return site, centre, round(volume_ml, 3)
        return None

    def _free(self, random: np.random.Generator, site: Site, radius: float, confluent: bool) -> Point | None:
        points, depth, clear = self._candidates[site.name]
        free = (depth >= site.depth * radius) & (clear >= radius + _CLEAR_OF_HOT_ORGANS_MM)
        if self._centres:
            gap = np.full(len(points), np.inf)
            for centre, other in zip(self._centres, self._radii, strict=True):
                apart = np.sqrt(((points - np.array(centre)) ** 2).sum(axis=1))
                gap = np.minimum(gap, (apart - 0.8 * (radius + other)) / (radius + other))
            alone, touching = free & (gap > 0.5), free & (gap > 0) & (gap < 0.25)
            free = touching if (confluent and touching.any()) or not alone.any() else alone
        chosen = np.flatnonzero(free)
        if not chosen.size:
            return None
        jitter = random.uniform(-0.5, 0.5, 3) * _PLANNING_MM
        point = points[chosen[int(random.integers(chosen.size))]] + jitter
        return tuple(round(float(x), 2) for x in point)

    def _within(self, site: Site, tissues: NDArray[np.uint8], to_hot: NDArray[np.float64]) -> tuple[NDArray, ...]:
        home = codes_of(*site.tissues)[tissues]
        depth = self._depth_in(home)
        if site.name == "node":
            vessels = codes_of("aorta", "inferior_vena_cava", "duodenum", "pancreas")[tissues]
            home &= self._distance_to(vessels) <= _NEAR_VESSELS_MM
            bladder = np.flatnonzero(codes_of("urinary_bladder")[tissues].any(axis=(1, 2)))
            home[: int(bladder[-1]) if bladder.size else 0] = False
        index = np.argwhere(home)
        r, a, s = self._grid.axes
        points = np.column_stack([r[index[:, 2]], a[index[:, 1]], s[index[:, 0]]]).astype(float)
        return points, depth[home], to_hot[home]

    def _distance_to(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Distance to a mask in mm, as far as it matters."""
        box = _box(mask, int(_FAR_MM / _PLANNING_MM))
        distance = np.full(mask.shape, _FAR_MM, np.float32)
        distance[box] = np.minimum(ndimage.distance_transform_edt(~mask[box], self._grid.spacing), _FAR_MM)
        return distance

    def _depth_in(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Distance out of a mask in mm."""
        box = _box(mask, 1)
        depth = np.zeros(mask.shape, np.float32)
        depth[box] = ndimage.distance_transform_edt(mask[box], self._grid.spacing)
        return depth


def radius_of(volume_ml: float) -> float:
    """Return the radius in mm of a sphere of so many mL."""
    return (volume_ml * 750.0 / np.pi) ** (1 / 3)


def _box(mask: NDArray[np.bool_], margin: int) -> Slices:
    found = ndimage.find_objects(mask.view(np.uint8))[0]
    return tuple(slice(max(cut.start - margin, 0), cut.stop + margin) for cut in found)
