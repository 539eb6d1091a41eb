"""Tumour: how many lesions, how big, how hot, of what shape, and what each of them fills of a grid."""

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
from .sites import Ground, Site, radius_of
from .tissues import codes_of

SMALLEST_ML, LARGEST_ML = 0.1, 50.0
LOWEST_SUV, HIGHEST_SUV = 1.5, 150.0

# A reader sees a median of 25 lesions, interquartile range 41: a log-normal with sigma = asinh(41 / 50) / 0.6745. About
# six in ten of those that grow show in the reference segmentation (measured), so that more are drawn.
_MEDIAN_NUMBER, _NUMBER_SIGMA, _LARGEST_NUMBER = 25.0 / 0.6, 1.11, 250

# Volume and uptake, fitted to 8,771 real PSMA lesions of 1 mL or more (see Docs/digital-patient.md): logarithms are
# normal; part of the variation of uptake is common to all lesions of a patient, and larger lesions are hotter.
_MEDIAN_ML, _VOLUME_SIGMA = 0.70, 1.8
_MEDIAN_SUV, _SUV_OF_PATIENT, _SUV_OF_LESION, _SUV_BY_VOLUME = 15.0, 0.55, 0.55, 0.03

_HETEROGENEITY = 0.22
_NECROSIS_FROM_ML, _NECROTIC, _NECROTIC_HOUNSFIELD = 3.0, 0.35, 18.0
_BORE_MM = 1.0


@dataclass(frozen=True)
class Necrosis:
    """The dead centre of a lesion.

    Parameters
    ----------
    depth_mm : float
        How deep under the surface it begins.
    uptake : float
        Its uptake, as a part of the rim's.
    """

    depth_mm: float
    uptake: float


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
        Mean SUVbw (g/mL) of its living part.
    shape : Shape
        The solid, in the patient's mm.
    texture : SmoothField, optional
        How the uptake differs from place to place, with an SD of 1.
    necrosis : Necrosis, optional
        Its dead centre.
    """

    site: Site
    centre: Point
    volume_ml: float
    suv: float
    shape: Shape
    texture: SmoothField | None = None
    necrosis: Necrosis | None = None

    def drawn(self, grid: Grid, tissues: NDArray[np.uint8]) -> DrawnTumour:
        """Draw the lesion.

        Parameters
        ----------
        grid : Grid
            A grid in the patient's mm.
        tissues : ndarray, shape (k, j, i)
            Tissue codes on it.
        """
        step = float(np.mean(grid.spacing))
        found = Block.of(grid.axes).within(self.shape.bounds, margin=2 * step)
        if found is None:
            nothing = np.zeros((0, 0, 0), np.float32)
            return DrawnTumour(self, (slice(0, 0),) * 3, nothing, nothing, nothing)
        where, block = found
        distance = self.shape.distance(block)
        filled = np.clip(np.float32(0.5) - distance / np.float32(step), 0, 1)
        filled = filled * codes_of(*self.site.tissues)[tissues[where]]
        uptake = np.full(filled.shape, self.suv, np.float32)
        hounsfield = np.full(filled.shape, self.site.hounsfield, np.float32)
        if self.texture is not None:
            uptake *= np.clip(1 + np.float32(_HETEROGENEITY) * self.texture.on(block.axes), 0.3, 2)
        if self.necrosis is not None:
            dead = np.clip(-(distance + np.float32(self.necrosis.depth_mm)) / np.float32(_BORE_MM), 0, 1)
            uptake *= 1 - dead * np.float32(1 - self.necrosis.uptake)
            hounsfield += dead * (np.float32(_NECROTIC_HOUNSFIELD) - hounsfield)
        return DrawnTumour(self, where, filled, uptake, hounsfield)


@dataclass(frozen=True)
class DrawnTumour:
    """A lesion on a grid.

    Parameters
    ----------
    tumour : Tumour
        The lesion.
    box : tuple of 3 slices
        Where it lies, (k, j, i).
    filled : ndarray, shape of the box, float32
        The part of each voxel that it fills, 0 to 1.
    uptake : ndarray, shape of the box, float32
        Its SUVbw (g/mL) there.
    hounsfield : ndarray, shape of the box, float32
        Its CT number there.
    """

    tumour: Tumour
    box: Slices
    filled: NDArray[np.float32]
    uptake: NDArray[np.float32]
    hounsfield: NDArray[np.float32]


def number_of_lesions(seeds: Seeds) -> int:
    """Draw how many lesions grow in a patient: median 42, interquartile range 68, 1 to 250; about 0.6 of them show."""
    drawn = _MEDIAN_NUMBER * np.exp(_NUMBER_SIGMA * seeds.stream("lesions", "number").standard_normal())
    return int(np.clip(round(float(drawn)), 1, _LARGEST_NUMBER))


def grown_tumours(seeds: Seeds, anatomy: Anatomy, count: int) -> list[Tumour]:
    """Draw the lesions of a patient.

    Parameters
    ----------
    seeds : Seeds
        The patient's.
    anatomy : Anatomy
        Where they may grow.
    count : int
        How many.

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
    ground = Ground(anatomy, seeds)
    of_patient = float(np.clip(seeds.stream("lesions", "uptake").standard_normal(), -1.5, 2.5)) * _SUV_OF_PATIENT
    tumours: list[Tumour] = []
    for n, volume in enumerate(_volumes(seeds, count)):
        random = seeds.stream("lesions", n)
        of_lesion = float(random.standard_normal())
        found = ground.place(random, float(volume))
        if found is None:
            message = f"The patient has room for {n} lesions, not for {count}. Ask for fewer lesions."
            raise PhantomError(message)
        site, centre, volume_ml = found
        suv = _MEDIAN_SUV * np.exp(of_patient + _SUV_OF_LESION * of_lesion) * volume_ml**_SUV_BY_VOLUME
        suv = round(float(np.clip(suv, LOWEST_SUV, HIGHEST_SUV)), 2)
        shape = _shape(random, centre, volume_ml)
        texture = SmoothField(random, shape.bounds, max(0.6 * radius_of(volume_ml), 4.0))
        tumours.append(Tumour(site, centre, volume_ml, suv, shape, texture, _necrosis(random, volume_ml)))
    return tumours


def _volumes(seeds: Seeds, count: int) -> NDArray[np.float64]:
    """Draw volumes (mL), the largest first; what falls outside the limits is drawn again."""
    tries = seeds.stream("lesions", "volume").standard_normal((count, 32))
    volumes = _MEDIAN_ML * np.exp(_VOLUME_SIGMA * tries)
    fits = (volumes >= SMALLEST_ML) & (volumes <= LARGEST_ML)
    chosen = volumes[np.arange(count), fits.argmax(axis=1)]
    return np.sort(np.clip(chosen, SMALLEST_ML, LARGEST_ML).round(3))[::-1]


def _necrosis(random: np.random.Generator, volume_ml: float) -> Necrosis | None:
    chance, depth, uptake = random.random(), random.uniform(0.35, 0.6), random.uniform(0.05, 0.25)
    if volume_ml < _NECROSIS_FROM_ML or chance >= _NECROTIC:
        return None
    return Necrosis(round(float(depth) * radius_of(volume_ml), 2), round(float(uptake), 2))


def _shape(random: np.random.Generator, centre: Point, volume_ml: float) -> Shape:
    """Return an irregular solid; the larger, the more lobes it has and the further they reach."""
    count = 3 + int(min(volume_ml, 40.0) // 6)
    large = min(volume_ml, 30.0) / 30.0
    reach, ripple = 0.85 + 0.35 * large, 0.11 + 0.08 * large
    axes = random.uniform(0.62, 1.4, 3)
    turn = random.uniform(-90, 90, 3)
    lobes = [(random.standard_normal(3), random.uniform(0.35, 0.72)) for _ in range(count)]
    surface = random.integers(2**32)

    def scaled(middle: Point, radius: float) -> Shape:
        body = Ellipsoid(middle, tuple(float(x) * radius for x in axes), tuple(map(float, turn)))
        buds = []
        for direction, size in lobes:
            offset = reach * radius * direction / np.sqrt((direction * direction).sum())
            place = tuple(float(m + x) for m, x in zip(middle, offset, strict=True))
            buds.append(Ellipsoid(place, (float(size) * radius,) * 3))
        solid = Union([body, *buds], 0.22 * radius)
        field = SmoothField(np.random.Generator(np.random.PCG64(int(surface))), solid.bounds, 0.8 * radius)
        return Rippled(solid, field, ripple * radius)

    steps = np.linspace(-2.7, 2.7, 37, dtype=np.float32)
    unit = float((scaled((0.0, 0.0, 0.0), 1.0).distance(Block.of((steps, steps, steps))) < 0).sum()) * 0.15**3
    return scaled(centre, float((volume_ml * 1000.0 / unit) ** (1 / 3)))
