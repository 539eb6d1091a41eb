"""Tumour: where lesions lie, how big, how hot and of what shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anatomy import Anatomy
from .combined import Rippled, Union
from .errors import PhantomError
from .fields import SmoothField
from .grid import Block, Grid, Slices
from .seeds import Seeds
from .shapes import Ellipsoid, Point, Shape
from .sites import Ground, Site
from .tissues import codes_of


@dataclass(frozen=True)
class Tumour:
    """One lesion.

    Parameters
    ----------
    site : Site
        Where it grows.
    centre : Point
        RAS mm.
    volume_ml : float
        Intended volume, before it is cut off at the border of its tissue.
    suv : float
        SUVbw (g/mL) within it.
    shape : Shape
        The solid, in the patient's mm.
    """

    site: Site
    centre: Point
    volume_ml: float
    suv: float
    shape: Shape

    def occupancy(self, grid: Grid, tissues: NDArray[np.uint8]) -> tuple[Slices, NDArray[np.float32]]:
        """Return how much of each voxel the lesion fills.

        Parameters
        ----------
        grid : Grid
            A grid in the patient's mm.
        tissues : ndarray, shape (k, j, i)
            Tissue codes on it.

        Returns
        -------
        tuple of 3 slices, and ndarray
            The box (k, j, i) and the filled part of its voxels, 0 to 1.
        """
        step = float(np.mean(grid.spacing))
        found = Block.of(grid.axes).within(self.shape.bounds, margin=2 * step)
        if found is None:
            return (slice(0, 0),) * 3, np.zeros((0, 0, 0), np.float32)
        where, block = found
        filled = np.clip(np.float32(0.5) - self.shape.distance(block) / np.float32(step), 0, 1)
        return where, filled * codes_of(*self.site.tissues)[tissues[where]]


def grown_tumours(seeds: Seeds, anatomy: Anatomy, count: int, liver_suv: float) -> list[Tumour]:
    """Draw the lesions of a patient.

    Parameters
    ----------
    seeds : Seeds
        The patient's.
    anatomy : Anatomy
        Where they may grow.
    count : int
        How many.
    liver_suv : float
        Uptake of normal liver (g/mL): one lesion in ten takes up little more than that.

    Returns
    -------
    list of Tumours
        The largest first.

    Raises
    ------
    PhantomError
        If there is no room for so many.
    """
    if count == 0:
        return []
    sizes = seeds.stream("lesions", "volume")
    volumes = np.clip(1.6 * np.exp(1.15 * sizes.standard_normal(count)), 0.1, 30.0).round(3)
    ground = Ground(anatomy)
    tumours: list[Tumour] = []
    for n, volume in enumerate(np.sort(volumes)[::-1]):
        random = seeds.stream("lesions", n)
        suv = _suv(random, liver_suv)
        found = ground.place(random, float(volume))
        if found is None:
            message = f"The patient has room for {n} lesions, not for {count}. Ask for fewer lesions."
            raise PhantomError(message)
        site, centre, volume_ml = found
        tumours.append(Tumour(site, centre, volume_ml, suv, _shape(random, centre, volume_ml)))
    return tumours


def _suv(random: np.random.Generator, liver_suv: float) -> float:
    if random.random() < 0.1:
        return round(liver_suv * float(random.uniform(1.1, 1.6)), 2)
    return round(float(np.clip(22.0 * np.exp(0.5 * random.standard_normal()), 4.0, 90.0)), 2)


def _shape(random: np.random.Generator, centre: Point, volume_ml: float) -> Shape:
    axes = random.uniform(0.8, 1.25, 3)
    turn = random.uniform(-90, 90, 3)
    lobes = [(random.standard_normal(3), random.uniform(0.45, 0.75)) for _ in range(3)]
    surface = random.integers(2**32)

    def scaled(middle: Point, radius: float) -> Shape:
        body = Ellipsoid(middle, tuple(float(x) * radius for x in axes), tuple(map(float, turn)))
        buds = []
        for direction, size in lobes:
            offset = 0.75 * radius * direction / np.sqrt((direction * direction).sum())
            place = tuple(float(m + x) for m, x in zip(middle, offset, strict=True))
            buds.append(Ellipsoid(place, (float(size) * radius,) * 3))
        solid = Union([body, *buds], 0.3 * radius)
        field = SmoothField(np.random.Generator(np.random.PCG64(int(surface))), solid.bounds, 0.8 * radius)
        return Rippled(solid, field, 0.08 * radius)

    steps = np.linspace(-2.2, 2.2, 45, dtype=np.float32)
    unit = float((scaled((0.0, 0.0, 0.0), 1.0).distance(Block.of((steps, steps, steps))) < 0).sum()) * 0.1**3
    return scaled(centre, float((volume_ml * 1000.0 / unit) ** (1 / 3)))
