"""Resampling: every filter is a small table of weights per axis, applied by one pair of loops.

Centers lie on half pixels and the ratio is in / out for all filters. Nothing is clipped.
Source: spec section 3; the antialiased bicubic is MATLAB's imresize (Keys 1981 with a = -1/2, the image mirrored with
its edge pixel at the border).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.lines import add_gathered
from degradekit.types import Image

Taps = tuple[NDArray[np.int64], NDArray[np.float32]]


def resize(image: Image, height: int, width: int, filter: str, sigma: float = 0.0) -> Image:
    """Resample to height x width.

    Args:
        image: (H, W, C) float32.
        height: Of the result, >= 1.
        width: Of the result, >= 1.
        filter: `area` adaptive average pooling; `bilinear`, `bicubic` (cubic coefficient -0.75) without
            antialiasing; `bicubic_antialiased` MATLAB's imresize; `lanczos` antialiased, three lobes, as Pillow;
            `nearest`; `gaussian` a Gaussian of the given sigma at each output's center.
        sigma: Of the gaussian filter, in input pixels; the others have none.
    """
    if (height, width) == image.shape[:2] and filter != "gaussian":
        return (
            image.copy()
        )  # every output's center lies on an input's, where all these filters are 1 there and 0 elsewhere
    rows, columns = _taps(image.shape[0], height, filter, sigma), _taps(image.shape[1], width, filter, sigma)
    contiguous = np.ascontiguousarray(image)
    if height < image.shape[0]:  # columns take longer, so on as few rows as there are
        return _resample_columns(_resample_rows(contiguous, *rows), *columns)
    return _resample_rows(_resample_columns(contiguous, *columns), *rows)


def axis_weights(n: int, m: int, filter: str, sigma: float = 0.0) -> NDArray[np.float64]:
    """The (m, n) matrix that resamples n pixels to m along one axis; its rows sum to 1."""
    indices, weights = _axis_taps(n, m, filter, sigma)
    matrix = np.zeros((m, n))
    np.add.at(matrix, (np.arange(m)[:, None], indices), weights)
    return matrix


@lru_cache(maxsize=256)
def _taps(n: int, m: int, filter: str, sigma: float) -> Taps:
    indices, weights = _axis_taps(n, m, filter, sigma)
    return indices, weights.astype(np.float32)


def _axis_taps(n: int, m: int, filter: str, sigma: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(m, k) input indices and weights of each of m outputs."""
    centers = (np.arange(m) + 0.5) * n / m - 0.5
    if filter == "area":
        return _area_taps(n, m)
    if filter == "nearest":
        # Exact in integers: floor((i + 1/2) n / m).
        return ((2 * np.arange(m) + 1) * n // (2 * m))[:, None], np.ones((m, 1))
    shrink = max(n / m, 1.0)
    if filter == "bilinear":
        indices, distances = _window(centers, 1.0)
        weights = np.maximum(1 - np.abs(distances), 0)
    elif filter == "bicubic":
        indices, distances = _window(centers, 2.0)
        weights = _keys_cubic(np.abs(distances), -0.75)
    elif filter == "bicubic_antialiased":
        indices, distances = _window(centers, 2.0 * shrink)
        weights = _keys_cubic(np.abs(distances) / shrink, -0.5)
    elif filter == "lanczos":
        indices, distances = _window(centers, 3.0 * shrink)
        weights = _lanczos(np.abs(distances) / shrink, 3.0)
        weights[(indices < 0) | (indices >= n)] = 0
    elif filter == "gaussian":
        indices, distances = _window(centers, 12.5)
        weights = _gaussian(distances, sigma)
    else:
        raise ValueError(f"filter: unknown (got {filter!r})")
    weights /= weights.sum(axis=1, keepdims=True)
    if filter == "bicubic_antialiased":
        mirrored = indices % (2 * n)
        return np.where(mirrored < n, mirrored, 2 * n - 1 - mirrored), weights
    return np.clip(indices, 0, n - 1), weights


def _window(centers: NDArray[np.float64], support: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The input indices within `support` of each center, and their distances to it."""
    first = np.floor(centers - support).astype(np.int64) + 1
    indices = first[:, None] + np.arange(math.ceil(2 * support))
    return indices, indices - centers[:, None]


def _area_taps(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Output i averages the inputs floor(i n / m) .. ceil((i + 1) n / m) - 1 with equal weights."""
    i = np.arange(m)
    first, end = i * n // m, -((-(i + 1) * n) // m)
    offsets = np.arange(int((end - first).max()))
    inside = offsets < (end - first)[:, None]
    return np.where(inside, first[:, None] + offsets, first[:, None]), inside / (end - first)[:, None]


def _keys_cubic(x: NDArray[np.float64], a: float) -> NDArray[np.float64]:
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def _lanczos(x: NDArray[np.float64], lobes: float) -> NDArray[np.float64]:
    return np.where(x < lobes, np.sinc(x) * np.sinc(x / lobes), 0.0)


def _gaussian(distances: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    # Relative to the nearest tap, so that a tiny sigma leaves that tap and not 0 / 0.
    squares = distances * distances
    excess = squares - squares.min(axis=1, keepdims=True)
    weights: NDArray[np.float64] = np.vectorize(math.exp)(-excess / (2 * sigma * sigma))
    return weights


@compiled
def _resample_rows(image: Image, indices: NDArray[np.int64], weights: NDArray[np.float32]) -> Image:
    height = indices.shape[0]
    _, width, channels = image.shape
    lines = image.reshape(image.shape[0], width * channels)
    result = np.zeros((height, width * channels), np.float32)
    for y in range(height):
        add_gathered(result[y], lines, indices[y], weights[y])
    return result.reshape(height, width, channels)


@compiled
def _resample_columns(image: Image, indices: NDArray[np.int64], weights: NDArray[np.float32]) -> Image:
    width, taps = indices.shape
    height, _, channels = image.shape
    result = np.empty((height, width, channels), np.float32)
    for y in range(height):
        line, out = image[y].reshape(-1), result[y].reshape(-1)
        if channels == 3:  # three sums in registers
            for x in range(width):
                red = green = blue = np.float32(0)
                for k in range(taps):
                    weight, i = weights[x, k], np.uint64(3 * indices[x, k])
                    red += weight * line[i]
                    green += weight * line[i + np.uint64(1)]
                    blue += weight * line[i + np.uint64(2)]
                out[3 * x], out[3 * x + 1], out[3 * x + 2] = red, green, blue
        else:
            for x in range(width):
                for c in range(channels):
                    total = np.float32(0)
                    for k in range(taps):
                        total += weights[x, k] * line[indices[x, k] * channels + c]
                    out[x * channels + c] = total
    return result
