"""Where lesions may grow, and how room is found for the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .anatomy import Anatomy
from .grid import Grid, Slices
from .seeds import Seeds
from .shapes import Point
from .tissues import BONES, codes_of

TOUCHING = 0.15
"""Part of the lesions that may lie against an organ of high uptake."""

_PLANNING_MM = 4.0
_NEAR_VESSELS_MM = 26.0
_NEAR_BOWEL_MM = 30.0
_MESENTERY_IN_FRONT_MM = 14.0
_INTO_THIGH_MM = 70.0
# A component of the threshold that runs into physiological uptake through the blur is the exception.
_CLEAR_OF_HOT_ORGANS_MM = 13.0
_AGAINST_HOT_ORGANS_MM = 0.5
_HOT_ORGANS = (
    *("spleen", "kidney_left", "kidney_right", "kidney_left_pelvis", "kidney_right_pelvis"),
    *("urinary_bladder", "adrenal_gland_left", "adrenal_gland_right", "gallbladder"),
    *("ureter_left", "ureter_right"),
)
_LARGEST_SHARE_OF_LIVER = 0.25
# A ball of liver this large stays without lesions, as a place for the reference region.
_HEALTHY_LIVER_MM = 30.0
_FAR_MM = 40.0
_AXIAL = ("vertebrae", "sacrum", "hip", "femur", "ribs", "sternum", "scapula", "humerus")
_CONFLUENT = 0.3


@dataclass(frozen=True)
class Site:
    """A kind of place where lesions grow.

    Parameters
    ----------
    name : str
        As the truth names it.
    share : float
        Part of all lesions.
    home : tuple of str
        Where the middle of a lesion lies.
    tissues : tuple of str
        What a lesion may displace; it stops at everything else.
    largest_ml : float
        Upper bound of the volume.
    depth : float
        How deep its middle lies in what it may displace, in parts of its radius.
    hounsfield : float
        Mean CT number.
    """

    name: str
    share: float
    home: tuple[str, ...]
    tissues: tuple[str, ...]
    largest_ml: float
    depth: float
    hounsfield: float


_BONE = tuple(bone for bone in BONES if bone.startswith(_AXIAL))

SITES = (
    Site("liver", 0.42, ("liver",), ("liver",), 50.0, 0.75, 44.0),
    Site("mesenteric_node", 0.15, ("visceral_fat",), ("visceral_fat",), 50.0, 0.65, 42.0),
    Site("retroperitoneal_node", 0.13, ("visceral_fat",), ("visceral_fat",), 40.0, 0.65, 42.0),
    Site("bone", 0.22, _BONE, _BONE, 30.0, 0.6, 480.0),
    Site("lung", 0.04, ("lung_left", "lung_right"), ("lung_left", "lung_right"), 15.0, 0.8, 30.0),
    Site("pancreas", 0.04, ("pancreas",), ("pancreas", "visceral_fat"), 40.0, 0.5, 46.0),
)
"""Shares and largest volumes are assumed; they follow the sites that well-differentiated NEN is known to spread to."""


class Ground:
    """The places that are still free, on a coarse grid of its own so that the voxel size asked for changes nothing.

    Parameters
    ----------
    anatomy : Anatomy
        The patient's.
    seeds : Seeds
        Choose the part of the liver that stays healthy.
    """

    def __init__(self, anatomy: Anatomy, seeds: Seeds) -> None:
        self._grid = Grid.centred((260, 130, 130), (_PLANNING_MM,) * 3, (0.0, -10.0, 0.0))
        self._tissues = anatomy.tissues(self._grid)
        to_hot = self._distance_to(*_HOT_ORGANS)
        self._candidates = {site.name: self._within(site, to_hot) for site in SITES}
        self._liver_ml = float(codes_of("liver")[self._tissues].sum()) * self._grid.voxel_ml
        self._in_liver_ml = 0.0
        self._healthy = self._healthy_place(seeds)
        self._centres: list[Point] = []
        self._radii: list[float] = []

    def place(self, random: np.random.Generator, volume: float) -> tuple[Site, Point, float] | None:
        """Find room for a lesion; one that fits nowhere is made smaller."""
        first = SITES[int(random.choice(len(SITES), p=[site.share for site in SITES]))]
        confluent, touching = random.random() < _CONFLUENT, random.random() < TOUCHING
        for smaller in (1.0, 0.6, 0.3, 0.1):
            for site in (first, *(other for other in SITES if other is not first)):
                if site.name == "liver" and self._in_liver_ml + volume > _LARGEST_SHARE_OF_LIVER * self._liver_ml:
                    continue
                volume_ml = max(min(volume * smaller, site.largest_ml), 0.1)
                centre = self._free(random, site, radius_of(volume_ml), confluent, touching)
                if centre is not None:
                    self._centres.append(centre)
                    self._radii.append(radius_of(volume_ml))
                    self._in_liver_ml += volume_ml if site.name == "liver" else 0.0
                    return site, centre, round(volume_ml, 3)
        return None

    def _free(
        self, random: np.random.Generator, site: Site, radius: float, confluent: bool, touching: bool
    ) -> Point | None:
        points, depth, clear = self._candidates[site.name]
        free = (depth >= site.depth * radius) & (clear >= radius + _CLEAR_OF_HOT_ORGANS_MM)
        if touching:
            against = (depth >= site.depth * radius) & (clear < radius + _PLANNING_MM)
            against &= clear >= radius + _AGAINST_HOT_ORGANS_MM
            free = against if against.any() else free
        if site.name == "liver":
            free &= np.sqrt(((points - self._healthy) ** 2).sum(axis=1)) >= radius + _HEALTHY_LIVER_MM
        chosen = np.flatnonzero(free)
        if self._centres and chosen.size:
            gap = self._gaps(points[chosen], radius)
            alone, beside = chosen[gap > 0.5], chosen[(gap > 0) & (gap < 0.25)]
            chosen = beside if (confluent and beside.size) or not alone.size else alone
        if not chosen.size:
            return None
        jitter = random.uniform(-0.5, 0.5, 3) * _PLANNING_MM
        point = points[chosen[int(random.integers(chosen.size))]] + jitter
        return tuple(round(float(x), 2) for x in point)

    def _gaps(self, points: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
        """Return how far each point is from the nearest lesion, in parts of the sum of both radii."""
        x, y, z = points.T
        gap = np.full(len(points), np.inf)
        for (r, a, s), other in zip(self._centres, self._radii, strict=True):
            apart = np.sqrt((x - r) ** 2 + (y - a) ** 2 + (z - s) ** 2)
            np.minimum(gap, apart / (radius + other) - 0.8, out=gap)
        return gap

    def _healthy_place(self, seeds: Seeds) -> NDArray[np.float64]:
        points, depth, _ = self._candidates["liver"]
        deep = points[depth >= min(_HEALTHY_LIVER_MM, float(depth.max()))]
        return deep[int(seeds.stream("lesions", "healthy liver").integers(len(deep)))]

    def _within(self, site: Site, to_hot: NDArray[np.float64]) -> tuple[NDArray, ...]:
        home = codes_of(*site.home)[self._tissues]
        depth = self._depth_in(codes_of(*site.tissues)[self._tissues])
        bladder = np.flatnonzero(codes_of("urinary_bladder")[self._tissues].any(axis=(1, 2)))
        if site.name.endswith("_node"):
            home &= self._beside_vessels() if site.name.startswith("retro") else self._in_mesentery()
            home[: int(bladder[-1])] = False
        if site.name == "bone":
            # Red marrow, in which metastases settle, ends in the upper part of the thigh.
            home[: max(int(bladder[0] - _INTO_THIGH_MM / _PLANNING_MM), 0)] = False
        index = np.argwhere(home)
        r, a, s = self._grid.axes
        points = np.column_stack([r[index[:, 2]], a[index[:, 1]], s[index[:, 0]]]).astype(float)
        return points, depth[home], to_hot[home]

    def _beside_vessels(self) -> NDArray[np.bool_]:
        return self._distance_to("aorta", "inferior_vena_cava") <= _NEAR_VESSELS_MM

    def _in_mesentery(self) -> NDArray[np.bool_]:
        vessels = codes_of("aorta", "inferior_vena_cava")[self._tissues]
        front = float(self._grid.axes[1][np.argwhere(vessels.any(axis=(0, 2)))].mean()) + _MESENTERY_IN_FRONT_MM
        near = self._distance_to("small_bowel", "duodenum") <= _NEAR_BOWEL_MM
        return near & (self._grid.axes[1] > front)[None, :, None]

    def _distance_to(self, *organs: str) -> NDArray[np.float32]:
        """Distance to organs in mm, as far as it matters."""
        mask = codes_of(*organs)[self._tissues]
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
