"""Statistics of LR images, and how two streams of them compare. Nothing here needs basicsr or torch."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from degradekit.types import Pixels

Plane = NDArray[np.float64]
Row = tuple[str, ...]
Described = Sequence[Mapping[str, float]]
BANDS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Edges of the bands of the power spectrum, in cycles per pixel."""
LARGEST_SHIFT = 2.0
SMALL_P, LARGE_Z = 1e-3, 3.5
"""A difference beyond one of these is marked."""


class Comparison(NamedTuple):
    """How one statistic differs between two streams over the same tiles.

    Attributes:
        distance: Largest distance of the two distribution functions (Kolmogorov and Smirnov).
        p: Its probability, or a smaller one, between equal streams; too high, as the tiles are the same.
        z: The mean difference over its standard error, tile by tile.
    """

    distance: float
    p: float
    z: float

    @property
    def differs(self) -> bool:
        """Whether the difference is marked."""
        return self.p < SMALL_P or abs(self.z) > LARGE_Z

    def __str__(self) -> str:
        return marked(f"{self.distance:.3f} ({self.p:.1g}) {self.z:+.1f}", self.differs)


def marked(text: str, differs: bool) -> str:
    """Return a cell of a table, in bold where it differs."""
    return f"**{text}**" if differs else text


def compare(one: Sequence[float], other: Sequence[float]) -> Comparison:
    """Compare the values of a statistic in two streams, the same tiles in the same order."""
    test = ks_2samp(one, other)
    return Comparison(float(test.statistic), float(test.pvalue), paired_z(one, other))


def comparison_lines(
    described: Mapping[str, Described], shown: Sequence[str], pairs: Mapping[str, tuple[str, str]]
) -> list[str]:
    """Return the table with a row for each statistic: the medians of some streams, and the comparisons of pairs.

    Args:
        described: For each stream the statistics of its LRs, by tile.
        shown: Streams whose medians are shown.
        pairs: The two streams of each comparison, by its name.
    """
    header = ["statistic", *(f"median, {name}" for name in shown), *pairs]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for statistic in described[shown[0]][0]:
        values = {name: [of_tile[statistic] for of_tile in rows] for name, rows in described.items()}
        cells = [f"{np.median(values[name]):.4g}" for name in shown]
        cells += [str(compare(values[one], values[other])) for one, other in pairs.values()]
        lines.append(f"| {statistic} | {' | '.join(cells)} |")
    return lines


def summary_lines(described: Mapping[str, Described], pairs: Mapping[str, tuple[str, str]]) -> list[str]:
    """Return the table with a row for each pair of streams: how many statistics differ, and which differ most."""
    lines = ["| | statistics that differ | largest D | largest abs(z) |", "|---|---|---|---|"]
    for name, (one, other) in pairs.items():
        compared = {
            statistic: compare(*([of_tile[statistic] for of_tile in described[each]] for each in (one, other)))
            for statistic in described[one][0]
        }
        by_distance = max(compared, key=lambda statistic: compared[statistic].distance)
        by_z = max(compared, key=lambda statistic: abs(compared[statistic].z))
        cells = [
            f"{sum(each.differs for each in compared.values())} of {len(compared)}",
            f"{compared[by_distance].distance:.3f} (p {compared[by_distance].p:.1g}), {by_distance}",
            f"{abs(compared[by_z].z):.1f}, {by_z}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def paired_z(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the mean of other - one over its standard error; 0 where all are equal."""
    differences = np.subtract(other, one)
    mean, error = float(differences.mean()), standard_error(differences)
    if error == 0:
        return math.copysign(math.inf, mean) if mean else 0.0
    return mean / error


def standard_error(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Return the standard error of the mean of independent values."""
    return float(np.std(values, ddof=1)) / math.sqrt(len(values))


def describe(lr: Pixels, bicubic: Pixels) -> Mapping[str, float]:
    """Return all statistics of an LR.

    Args:
        lr: (H, W, 3) 8-bit levels.
        bicubic: The same tile, only resized, by antialiased bicubic.
    """
    rgb = lr.astype(np.float64)
    red, green, blue = (rgb[:, :, channel] for channel in range(3))
    y, cb, cr = ycbcr(lr)
    clean, *_ = ycbcr(bicubic)
    detail = fine(y)
    gray_difference = np.abs(rgb - bicubic).mean(2)
    half_y, half_x = y.shape[0] // 2, y.shape[1] // 2
    error = float(np.mean((rgb - bicubic) ** 2))
    return {
        "mean R": red.mean(),
        "mean G": green.mean(),
        "mean B": blue.mean(),
        "mean minus bicubic's": rgb.mean() - bicubic.mean(),
        "standard deviation of Y": y.std(),
        "standard deviation of Cb": cb.std(),
        "standard deviation of Cr": cr.std(),
        "gradient of Y": np.abs(np.diff(y, axis=0)).mean() + np.abs(np.diff(y, axis=1)).mean(),
        "log10 variance of the Laplacian": math.log10(cv2.Laplacian(y, cv2.CV_64F).var() + 1e-3),
        **{f"log10 power of Y, {band} per pixel": value for band, value in power(y).items()},
        **{f"log10 power of Cb, {band} per pixel": value for band, value in list(power(cb).items())[::4]},
        "noise of Y": noise(y),
        "noise of Cb": noise(cb),
        "steps between 8 x 8 blocks, Y": blockiness(y, 8),
        "steps between 2 x 2 blocks, Cb": blockiness(cb, 2),
        "correlation of R and G": correlation(red, green),
        "correlation of G and B": correlation(green, blue),
        "correlation of R and G, fine detail": correlation(fine(red), fine(green)),
        "neighbors' correlation, Y": correlation(y[:, 1:], y[:, :-1]),
        "neighbors' correlation, fine detail of Y": correlation(detail[:, 1:], detail[:, :-1]),
        "share of 0": float((lr == 0).mean()),
        "share of 255": float((lr == 255).mean()),
        "PSNR to bicubic": 10 * math.log10(255**2 / max(error, 1e-3)),
        "shift, upper left quarter": shift(y[:half_y, :half_x], clean[:half_y, :half_x]),
        "shift, lower right quarter": shift(y[half_y:, half_x:], clean[half_y:, half_x:]),
        "last two rows' difference to bicubic minus first two's": float(
            gray_difference[-2:].mean() - gray_difference[:2].mean()
        ),
    }


def ycbcr(pixels: Pixels) -> tuple[Plane, Plane, Plane]:
    """Return Y, Cb and Cr of (H, W, 3) levels as JPEG has them, Cb and Cr around 0."""
    red, green, blue = (pixels[:, :, channel].astype(np.float64) for channel in range(3))
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    return y, (blue - y) / 1.772, (red - y) / 1.402


def fine(plane: Plane) -> Plane:
    """Return what a Gaussian of 1.5 pixels takes away."""
    result: Plane = plane - cv2.GaussianBlur(plane, (0, 0), 1.5)
    return result


def power(plane: Plane) -> dict[str, float]:
    """Return log10(1 + mean power) by band, under a Hann window."""
    height, width = plane.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    spectrum = np.abs(np.fft.rfft2((plane - plane.mean()) * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    return {
        f"{low} to {high}": math.log10(1 + float(spectrum[(radius >= low) & (radius < high)].mean()))
        for low, high in pairwise(BANDS)
    }


def noise(plane: Plane) -> float:
    """Estimate the standard deviation of white noise (Immerkaer, 1996)."""
    mask = np.outer([1.0, -2.0, 1.0], [1.0, -2.0, 1.0])
    inner = cv2.filter2D(plane, -1, mask)[1:-1, 1:-1]
    return float(np.abs(inner).mean()) * math.sqrt(math.pi / 2) / 6


def blockiness(plane: Plane, block: int) -> float:
    """Return the mean step across the borders of blocks over the mean step within blocks; 1 where there are none."""
    between, within = [], []
    for steps in (np.abs(np.diff(plane, axis=1)).mean(0), np.abs(np.diff(plane, axis=0)).mean(1)):
        at_border = np.arange(1, len(steps) + 1) % block == 0
        between.append(steps[at_border].mean())
        within.append(steps[~at_border].mean())
    return float((np.mean(between) + 1e-3) / (np.mean(within) + 1e-3))


def correlation(one: Plane, other: Plane) -> float:
    """Return the correlation of two planes; 0 where one of them is flat."""
    a, b = one - one.mean(), other - other.mean()
    length = math.sqrt(float((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / length if length else 0.0


def shift(plane: Plane, clean: Plane) -> float:
    """Return by how many pixels a plane lies below and to the right of a clean one, as the mean of both directions.

    Both are smoothed, and their difference is fitted by the gradient of the clean one (least squares). Shifts beyond
    LARGEST_SHIFT, as nearly flat tiles bring, are cut to it.
    """
    smooth, target = (cv2.GaussianBlur(values, (0, 0), 1.0) for values in (clean, plane))
    down, right = np.gradient(smooth)
    inner = (slice(2, -2), slice(2, -2))
    columns = [values[inner].ravel() for values in (down, right, np.ones_like(smooth))]
    solution, *_ = np.linalg.lstsq(np.stack(columns, 1), (target - smooth)[inner].ravel(), rcond=None)
    return float(np.clip(-(solution[0] + solution[1]) / 2, -LARGEST_SHIFT, LARGEST_SHIFT))
