"""Resampling: every filter is a small table of weights for each axis, applied by one pair of loops.

Pixel centers lie on half pixels and the ratio is in / out for all filters. Nothing is clipped.

Source: docs/model.md, section Resizing.
"""

import math

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.lines import aligned_lines, aligned_stride, copy_pixel, whole_blocks
from degradekit.functional.weighted_sum import weighted_sum
from degradekit.functional.windows import WINDOWS, Taps, box_taps, window_taps
from degradekit.types import Image


def resize(
    image: Image,
    height: int,
    width: int,
    filter: str,
    sigma: float = 0.0,
    filter_width: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Image:
    """Resample an image to height x width pixels.

    Args:
        image: (H, W, C) float32.
        height: Height of the result, >= 1.
        width: Width of the result, >= 1.
        filter: `area` is adaptive average pooling; `bilinear` and `bicubic` (a = -0.75) are not antialiased;
            `bicubic_antialiased` is MATLAB's imresize; `lanczos` is antialiased and has three lobes, as Pillow's;
            `nearest` takes one input; `gaussian` is a Gaussian of the given sigma at the center of each output; those
            of `degradekit.functional.windows` are antialiased.
        sigma: Standard deviation of the filter `gaussian` in input pixels, > 0; the other filters ignore it.
        filter_width: Factor, >= 1/2, by which an antialiased filter is widened; the other filters ignore it.
        shift: How far below and to the right of its usual position each output is taken, in input pixels.

    Returns:
        (height, width, C) float32, a new array.

    Raises:
        ValueError: The filter is unknown.
    """
    same_grid = (height, width) == image.shape[:2] and shift == (0.0, 0.0)
    if same_grid and filter not in _BLURRING and filter_width == 1:
        return image.copy()  # Every output lies on an input, where these filters are 1, and 0 at all other inputs.
    rows = _taps(image.shape[0], height, shift[0], filter, sigma, filter_width)
    columns = _taps(image.shape[1], width, shift[1], filter, sigma, filter_width)
    contiguous = np.ascontiguousarray(image)
    if height < image.shape[0]:  # The columns take longer, so they are resampled in as few rows as possible.
        return _on_columns(_on_rows(contiguous, rows), columns)
    return _on_rows(_on_columns(contiguous, columns), rows)


def _on_rows(image: Image, taps: Taps) -> Image:
    return _resample_rows(image, taps[0], taps[1].astype(np.float32))


def _on_columns(image: Image, taps: Taps) -> Image:
    return _resample_columns(image, taps[0], taps[1].astype(np.float32))


def _taps(n: int, m: int, shift: float, filter: str, sigma: float, filter_width: float) -> Taps:
    """Return the taps that resample one axis from n inputs to m outputs; the weights of an output sum to 1."""
    shrink = max(n / m, 1.0) * filter_width
    if filter == "area":
        return _shifted_area_taps(n, m, shift) if shift else _area_taps(n, m)
    if filter == "nearest" and shift:
        inputs = np.floor((np.arange(m) + 0.5) * n / m + shift).astype(np.int64)
        return np.clip(inputs, 0, n - 1)[:, None], np.ones((m, 1))
    if filter == "nearest":
        # In integers, floor((i + 1/2) n / m) is exact.
        return ((2 * np.arange(m) + 1) * n // (2 * m))[:, None], np.ones((m, 1))
    if filter == "bilinear":
        return _window_taps(n, m, shift, 1.0, 1.0, _TRIANGLE, 0.0, _CLAMP)
    if filter == "bicubic":
        return _window_taps(n, m, shift, 2.0, 1.0, _CUBIC, -0.75, _CLAMP)
    if filter == "bicubic_antialiased":
        return _window_taps(n, m, shift, 2.0 * shrink, shrink, _CUBIC, -0.5, _MIRROR)
    if filter == "lanczos":
        return _window_taps(n, m, shift, 3.0 * shrink, shrink, _LANCZOS, 0.0, _CUT)
    if filter == "gaussian":
        return _window_taps(n, m, shift, 12.5, 1.0, _GAUSSIAN, sigma, _CLAMP)
    if filter == "box":
        return box_taps(n, m, shift, filter_width)
    if filter in WINDOWS:
        shape, support = WINDOWS[filter]
        return window_taps(n, m, shift, support * shrink, shrink, shape)
    raise ValueError(f"filter: unknown (got {filter!r})")


_BLURRING = ("gaussian", "mitchell", "bspline")
"""Filters that blur an image which they resample to its own size."""
_TRIANGLE, _CUBIC, _LANCZOS, _GAUSSIAN = range(4)
_CLAMP, _MIRROR, _CUT = range(3)


@compiled
def _window_taps(
    n: int, m: int, shift: float, support: float, shrink: float, shape: int, parameter: float, border: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the inputs within `support` of each output's center, weighted by a window that `shrink` widens.

    Args:
        n: Inputs along the axis.
        m: Outputs along the axis.
        shift: How far after its usual position each output is taken, in inputs.
        support: Half the width of the window, in inputs.
        shrink: Factor by which the shape is widened.
        shape: _TRIANGLE, _CUBIC, _LANCZOS or _GAUSSIAN.
        parameter: The coefficient a of the cubic, or the sigma of the Gaussian.
        border: What is seen beyond the border: the edge pixel (_CLAMP), the image mirrored with its edge pixel
            (_MIRROR), or nothing (_CUT).
    """
    taps = math.ceil(2 * support)
    indices, weights = np.empty((m, taps), np.int64), np.empty((m, taps))
    for output in range(m):
        center = (output + 0.5) * n / m - 0.5 + shift
        first = math.floor(center - support) + 1
        # The Gaussian is computed relative to its nearest tap, so that a tiny sigma leaves that tap and not 0 / 0.
        nearest = abs(math.floor(center + 0.5) - center)
        total = 0.0
        for k in range(taps):
            i = first + k
            x = abs(i - center) / shrink
            if shape == _TRIANGLE:
                weight = max(1.0 - x, 0.0)
            elif shape == _CUBIC:
                weight = _keys_cubic(x, parameter)
            elif shape == _LANCZOS:
                weight = _lanczos3(x)
            else:
                weight = math.exp((nearest * nearest - x * x) / (2.0 * parameter * parameter))
            if border == _MIRROR:
                i = i % (2 * n)
                i = i if i < n else 2 * n - 1 - i
            elif border == _CUT and (i < 0 or i >= n):
                weight = 0.0
            indices[output, k], weights[output, k] = min(max(i, 0), n - 1), weight
            total += weight
        for k in range(taps):
            weights[output, k] /= total
    return indices, weights


@compiled
def _area_taps(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the taps that average the inputs floor(i n / m) .. ceil((i + 1) n / m) - 1 for output i."""
    taps = (n + m - 1) // m + 1
    indices, weights = np.empty((m, taps), np.int64), np.zeros((m, taps))
    for i in range(m):
        first, end = i * n // m, ((i + 1) * n + m - 1) // m
        for k in range(taps):
            indices[i, k] = min(first + k, end - 1)
            weights[i, k] = 1.0 / (end - first) if first + k < end else 0.0
    return indices, weights


@compiled
def _shifted_area_taps(n: int, m: int, shift: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the taps that average over n / m inputs, but at least one, each weighted by the part of it that counts."""
    width = max(n / m, 1.0)
    taps = math.ceil(width) + 1
    indices, weights = np.empty((m, taps), np.int64), np.empty((m, taps))
    for output in range(m):
        start = (output + 0.5) * n / m + shift - width / 2
        first = math.floor(start)
        for k in range(taps):
            i = first + k
            indices[output, k] = min(max(i, 0), n - 1)
            weights[output, k] = max(min(start + width, i + 1.0) - max(start, float(i)), 0.0) / width
    return indices, weights


@compiled
def _keys_cubic(x: float, a: float) -> float:
    if x <= 1.0:
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    return ((x - 5.0) * x + 8.0) * x * a - 4.0 * a if x < 2.0 else 0.0


@compiled
def _lanczos3(x: float) -> float:
    if x == 0.0:
        return 1.0
    if x >= 3.0:
        return 0.0
    return 3.0 * math.sin(math.pi * x) * math.sin(math.pi * x / 3.0) / (math.pi * math.pi * x * x)


@compiled
def _resample_rows(image: Image, indices: NDArray[np.int64], weights: NDArray[np.float32]) -> Image:
    height, taps = indices.shape
    _, width, channels = image.shape
    lines, n = image.reshape(-1), width * channels
    starts, flat_weights = (indices * n).reshape(-1), weights.reshape(-1)
    result = np.empty(height * n, np.float32)
    for y in range(height):
        weighted_sum(result, y * n, lines, starts, flat_weights, (y * taps, (y + 1) * taps), (0, n))
    return result.reshape(height, width, channels)


@compiled
def _resample_columns(image: Image, indices: NDArray[np.int64], weights: NDArray[np.float32]) -> Image:
    """Resample along the rows of the image, in strips of so many rows that a column of one fills a sum's registers.

    The columns of a strip become lines, so that an output of all its rows is a weighted sum of lines.
    """
    width, taps = indices.shape
    height, columns, channels = image.shape
    rows = max(64 // channels, 1)
    stride = aligned_stride(rows * channels + 4)
    inputs, outputs = aligned_lines(columns, stride), aligned_lines(width, stride)
    starts, flat_weights = (indices * stride).reshape(-1), weights.reshape(-1)
    source, result = image.reshape(-1), np.empty(height * width * channels + 4, np.float32)
    for top in range(0, height, rows):
        for row in range(min(rows, height - top)):
            at = (top + row) * columns * channels
            followed = max(0, min((source.size - 4 - at) // channels + 1, columns))  # pixels of four numbers at least
            for x in range(followed):
                copy_pixel(inputs, x * stride + row * channels, source, at + x * channels, channels)
            for x in range(followed, columns):
                for c in range(channels):
                    inputs[x * stride + row * channels + c] = source[at + x * channels + c]
        for x in range(width):
            parts = (x * taps, (x + 1) * taps)
            weighted_sum(outputs, x * stride, inputs, starts, flat_weights, parts, (0, whole_blocks(rows * channels)))
        for row in range(min(rows, height - top)):
            at = (top + row) * width * channels
            for x in range(width):
                copy_pixel(result, at + x * channels, outputs, x * stride + row * channels, channels)
    return result[: height * width * channels].reshape(height, width, channels)
