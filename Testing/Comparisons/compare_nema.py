"""The digital patient's scanner on the NEMA body phantom, against a real scan of it.

``python Testing/Comparisons/compare_nema.py DATA OUT.md``: DATA is the folder that holds ``nema_iq_phantom``.
The real image gives the centres of the spheres and the activity of spheres and background; the phantom is drawn with
them, scanned by our model without its post-filter (the real image shows no sign of one) and measured the same way.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage, optimize, special

from NENSegmentationLib.phantom.drawing import Drawing
from NENSegmentationLib.phantom.grid import Grid
from NENSegmentationLib.phantom.noise import Noise
from NENSegmentationLib.phantom.scanner import CLINICAL, emission, pet_scan
from NENSegmentationLib.phantom.seeds import Seeds
from NENSegmentationLib.phantom.tissues import CODES
from NENSegmentationLib.phantom.uptake import Uptake

DIAMETERS = (37, 28, 22, 17, 13, 10)
# Voxels (k, j, i) near the centres of the spheres, to start the fits.
_STARTS = (
    *((42.0, 97.3, 121.9), (43.2, 120.3, 107.6), (42.2, 119.4, 80.1)),
    *((42.5, 95.2, 67.1), (42.6, 72.1, 81.6), (42.3, 73.0, 109.3)),
)
_INSERT_MM = 25.0
_FIRST_SLICE, _UNIFORM = 16, slice(58, 84)
_DEPTHS = ((6, 20), (20, 45), (45, 80))
_BODY, _SPHERE, _INSERT = "muscle", "liver", "lung_right"
UNFILTERED = replace(CLINICAL, filter_mm=0.01)
# Relative noise at which the background is as noisy as in the real scan.
_NEMA_NOISE = 0.66
# The scan is noisier towards the end of the field, where the background is measured, than at the spheres.
_NOISE_AT_SPHERES = 0.454


@dataclass(frozen=True)
class Measured:
    """What was measured of one image; activities in the image's own unit."""

    spheres: dict[int, dict[str, float]]
    background: float
    contrast: float
    variation: float
    by_depth: list[float]
    lag_in_plane: float
    lag_axial: float
    noise_exponent: float
    insert: float
    centres: list[NDArray[np.float64]]


def measured(image: NDArray[np.float64], spacing: NDArray[np.float64], starts: Sequence[tuple[float, ...]]) -> Measured:
    """Measure an image (k, j, i)."""
    spheres, centres, hot_noise = {}, [], []
    background, body, insert_at = _background(image, spacing)
    true = None
    for diameter, start in zip(DIAMETERS, starts, strict=True):
        fit = _fitted(image, spacing, diameter, start)
        true = true or fit["activity"]
        centres.append(fit["centre"])
        inside, core = fit["inside"], fit["core"]
        if diameter >= 28:
            hot_noise.append(core.std())
        spheres[diameter] = {
            "mean": (inside.mean() - background) / (true - background),
            "max": (fit["near"].max() - background) / (true - background),
            "fwhm": fit["fwhm"],
        }
    noise = _noise(image, spacing, body, insert_at)
    exponent = np.log(np.mean(hot_noise) / noise["sd_near"]) / np.log(true / background)
    return Measured(
        spheres=spheres,
        background=background,
        contrast=true / background,
        variation=noise["variation"],
        by_depth=noise["by_depth"],
        lag_in_plane=noise["in_plane"],
        lag_axial=noise["axial"],
        noise_exponent=float(exponent),
        insert=noise["insert"] / background,
        centres=centres,
    )


def _background(image: NDArray, spacing: NDArray) -> tuple[float, NDArray[np.bool_], NDArray]:
    smooth = ndimage.gaussian_filter(image, 1.5)
    body = ndimage.binary_fill_holes(
        ndimage.binary_opening(smooth[70] > 0.3 * np.median(smooth[_UNIFORM][:, 90:110, 60:70]), iterations=2)
    )
    middle = np.array(ndimage.center_of_mass(body))
    away = _away(body.shape, middle, spacing)
    ring = (ndimage.distance_transform_edt(body, spacing[1:]) > 15) & (away > 45)
    return float(image[_UNIFORM][:, ring].mean()), body, middle


def _fitted(image: NDArray, spacing: NDArray, diameter: int, start: tuple[float, ...]) -> dict:
    """Fit a ball blurred by a Gaussian: centre, activity, background and FWHM."""
    radius = diameter / 2 + 16
    box = tuple(slice(int(x - radius / h), int(x + radius / h) + 2) for x, h in zip(start, spacing, strict=True))
    place = np.stack([grid[box] * h for grid, h in zip(np.indices(image.shape), spacing, strict=True)])
    values = image[box]

    def model(p: NDArray) -> tuple[NDArray, NDArray]:
        away = np.sqrt(((place - p[:3, None, None, None]) ** 2).sum(axis=0))
        return p[5] + (p[3] - p[5]) * _ball(away, diameter / 2, abs(p[4])), away

    def residuals(p: NDArray) -> NDArray:
        expected, away = model(p)
        return np.where(away < radius, expected - values, 0).ravel()

    first = np.array([*(np.array(start) * spacing), values.max() * 0.7, 2.0, np.median(values)])
    p = optimize.least_squares(residuals, first, x_scale=[1, 1, 1, first[3], 1, first[5]]).x
    away = model(p)[1]
    return {
        "centre": p[:3] / spacing,
        "activity": float(p[3]),
        "fwhm": float(abs(p[4]) * np.sqrt(8 * np.log(2))),
        "inside": values[away < diameter / 2],
        "near": values[away < diameter / 2 + 3],
        "core": values[away < max(diameter / 2 - 8, 1.5)],
    }


def _ball(away: NDArray, radius: float, sigma: float) -> NDArray:
    away = np.maximum(away, 1e-3)
    root = np.sqrt(2) * sigma
    edge = 0.5 * (special.erf((radius - away) / root) + special.erf((radius + away) / root))
    tails = np.exp(-((away - radius) ** 2) / root**2) - np.exp(-((away + radius) ** 2) / root**2)
    return edge - sigma / (np.sqrt(2 * np.pi) * away) * tails


def _noise(image: NDArray, spacing: NDArray, body: NDArray[np.bool_], middle: NDArray) -> dict:
    part = image[_UNIFORM]
    depth, away = ndimage.distance_transform_edt(body, spacing[1:]), _away(body.shape, middle, spacing)
    region = (depth > 15) & (away > 45)
    level = part[:, region].mean(axis=1) / part[:, region].mean()
    rest = part - part.mean(axis=0) * level[:, None, None]
    rest *= np.sqrt(len(part) / (len(part) - 1))
    variance = (rest[:, region] ** 2).mean()

    def lag(axis: int) -> float:
        both = np.broadcast_to(region, part.shape)
        first, second = (np.take(both, range(s, both.shape[axis] - 1 + s), axis) for s in (0, 1))
        pair = first & second
        x, y = (np.take(rest, range(s, both.shape[axis] - 1 + s), axis)[pair] for s in (0, 1))
        return float((x * y).mean() / variance)

    by_depth = []
    for low, high in _DEPTHS:
        ring = (depth > low) & (depth <= high) & (away > 40)
        by_depth.append(float(np.sqrt((rest[:, ring] ** 2).mean()) / part[:, ring].mean()))
    # Beside the spheres, at their distance from the middle, for the exponent.
    near = (away > 40) & (away < 75) & (depth > 25)
    return {
        "variation": float(np.sqrt(variance) / part[:, region].mean()),
        "by_depth": by_depth,
        "in_plane": (lag(1) + lag(2)) / 2,
        "axial": lag(0),
        "sd_near": _beside_spheres(image, near),
        "insert": float(part[:, away < 6].mean()),
    }


def _beside_spheres(image: NDArray, near: NDArray[np.bool_]) -> float:
    part = image[26:34]
    calm = near & (part.max(axis=0) < 4 * np.median(part[:, near]))
    return float(part[:, calm].std())


def _away(shape: tuple[int, int], middle: NDArray, spacing: NDArray) -> NDArray:
    j, i = np.indices(shape)
    return np.hypot((j - middle[0]) * spacing[1], (i - middle[1]) * spacing[2])


def scanned(real: Measured, grid: Grid, body: NDArray[np.bool_], middle: NDArray, noise: Noise) -> NDArray:
    """Draw the phantom with voxels half as large and scan it; activity in the real image's unit."""
    fine = Grid.centred(tuple(2 * n for n in grid.shape), tuple(h / 2 for h in grid.spacing), _middle_of(grid))
    spacing = np.array(fine.spacing)
    tissues = np.zeros(fine.shape, np.uint8)
    filled = tissues[2 * _FIRST_SLICE :]
    filled[:] = np.where(np.kron(body, np.ones((2, 2), bool)), CODES[_BODY], 0)
    filled[:, _away(fine.shape[1:], middle * 2 + 0.5, spacing) < _INSERT_MM] = CODES[_INSERT]
    k, j, i = (at * h for at, h in zip(np.ogrid[tuple(slice(n) for n in fine.shape)], spacing, strict=True))
    for diameter, centre in zip(DIAMETERS, real.centres, strict=True):
        z, y, x = (centre * 2 + 0.5) * spacing
        tissues[np.sqrt((k - z) ** 2 + (j - y) ** 2 + (i - x) ** 2) < diameter / 2] = CODES[_SPHERE]
    table = np.zeros(256, np.float32)
    table[CODES[_BODY]], table[CODES[_SPHERE]] = 1.0, real.contrast
    drawing, seeds = Drawing(fine, tissues, []), Seeds(1)
    seen = emission(drawing, grid, Uptake(table, np.zeros(256, np.float32)), seeds, UNFILTERED)
    return real.background * pet_scan(seen, grid, drawing, drawing, noise, UNFILTERED, seeds).astype(float)


def table(real: Measured, ours: Measured) -> str:
    """Return the comparison as markdown."""
    lines = ["| | real scan | our scanner |", "|---|---|---|"]
    for name, key, digits in (("mean recovery", "mean", 2), ("max recovery", "max", 2), ("FWHM, mm", "fwhm", 1)):
        for diameter in DIAMETERS:
            pair = (x.spheres[diameter][key] for x in (real, ours))
            lines.append(f"| sphere {diameter} mm: {name} | " + " | ".join(f"{x:.{digits}f}" for x in pair) + " |")
    rows = [
        ("noise of the background, SD / mean", [x.variation for x in (real, ours)]),
        *(
            (f"the same {low} to {high} mm under the surface", [x.by_depth[n] for x in (real, ours)])
            for n, (low, high) in enumerate(_DEPTHS)
        ),
        ("noise correlation with the next voxel, in plane (2.08 mm)", [x.lag_in_plane for x in (real, ours)]),
        ("noise correlation with the next voxel, axial (2.78 mm)", [x.lag_axial for x in (real, ours)]),
        ("noise SD grows with activity to the power", [x.noise_exponent for x in (real, ours)]),
        ("middle of the cold insert, part of the background", [x.insert for x in (real, ours)]),
    ]
    lines += [f"| {name} | {one:.3f} | {other:.3f} |" for name, (one, other) in rows]
    return "\n".join(lines) + "\n"


def main(data: Path, out: Path) -> None:
    """Measure both and write the table."""
    image = sitk.ReadImage(str(data / "nema_iq_phantom" / "nema_recon1.nii.gz"))
    voxels, spacing = sitk.GetArrayFromImage(image).astype(float), np.array(image.GetSpacing())[::-1]
    real = measured(voxels, spacing, _STARTS)
    _, body, middle = _background(voxels, spacing)
    grid = Grid.centred(voxels.shape, tuple(float(h) for h in spacing), (0.0, 0.0, 0.0))
    at_end, at_spheres = (
        measured(
            scanned(real, grid, body, middle, Noise(level, 1.0, UNFILTERED.noise_fwhm_mm)),
            spacing,
            _STARTS,
        )
        for level in (_NEMA_NOISE, _NOISE_AT_SPHERES)
    )
    out.write_text(table(real, replace(at_end, spheres=at_spheres.spheres, noise_exponent=at_spheres.noise_exponent)))


def _middle_of(grid: Grid) -> tuple[float, float, float]:
    return tuple(float(axis[0] + axis[-1]) / 2 for axis in grid.axes)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
