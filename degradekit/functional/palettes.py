"""Few colors for a whole image, as in a GIF: palettes, and the nearest of their colors for each pixel.

Source: docs/model.md, section Levels and print.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.dithering import taps_of
from degradekit.functional.levels import clipped, to_float, to_pixels
from degradekit.types import Image, Pixels

FIXED = {
    "web_safe": list(product(range(0, 256, 51), repeat=3)),
    "ega": [
        (170, 85, 0) if color == (170, 170, 0) else color  # the monitor turned its dark yellow into brown
        for dark, bright in ((0, 170), (85, 255))
        for color in product((dark, bright), repeat=3)
    ],
}
"""Levels of the fixed palettes: 6 x 6 x 6 equidistant ones, and the sixteen of IBM's Enhanced Graphics Adapter."""

_CELLS = 16
"""Cells of the color cube along each axis."""
_0 = np.float32(0)
_SLACK = np.float32(1e-5)
"""Squared distance that no rounding reaches."""


def fixed_palette(name: str, channels: int) -> Pixels:
    """Return a palette of `FIXED` as (k, channels) levels; for a gray image, its grays."""
    colors = np.array(FIXED[name], np.uint8)
    return colors if channels == 3 else colors[(colors == colors[:, :1]).all(axis=1), :1]


def median_cut(image: Image, colors: int) -> Pixels:
    """Choose a palette for an image by median cut (Heckbert, SIGGRAPH 1982), all of it in integers.

    The box of the most pixels, which starts as all of the image's at 8-bit levels, is cut across its longest side, so
    that at least half of its pixels fall below the cut, and neither part is empty. A box of one color is never cut. The
    colors are the means of the boxes, rounded to levels.

    Args:
        image: (H, W, C) float32.
        colors: The most colors of the palette.

    Returns:
        (k, C) uint8, where k is `colors`, or the number of the image's distinct colors if they are fewer.
    """
    return _median_cut(to_pixels(np.ascontiguousarray(image)).reshape(-1, image.shape[2]), colors)


def to_palette(image: Image, palette: Pixels, diffusion: str) -> Image:
    """Give each pixel the nearest color of a palette in RGB, of equally near ones the first.

    Args:
        image: (H, W, C) float32, which is clipped to [0, 1].
        palette: (k, C) levels.
        diffusion: One of `dithering.FILTERS`, by which the error is carried on to later pixels; the sum of a pixel and
            the errors that it gets is clipped to [0, 1] again. Or "none".
    """
    colors = np.zeros((palette.shape[0], 3), np.float32)  # gray ones lie along one axis of the cube
    colors[:, : palette.shape[1]] = to_float(palette)
    return _to_palette(np.ascontiguousarray(image), colors, *taps_of(diffusion))


@compiled
def _median_cut(pixels: Pixels, colors: int) -> Pixels:
    pixels = pixels.copy()
    other = np.empty_like(pixels)
    channels = pixels.shape[1]
    starts, ends = np.zeros(colors, np.int64), np.zeros(colors, np.int64)
    sides, axes = np.zeros(colors, np.int64), np.zeros(colors, np.int64)
    ends[0], boxes = pixels.shape[0], 1
    axes[0], sides[0] = _longest_side(pixels)
    while boxes < colors:
        most, box = 0, -1
        for i in range(boxes):
            if sides[i] > 0 and ends[i] - starts[i] > most:
                most, box = ends[i] - starts[i], i
        if box < 0:
            break
        start, end = starts[box], ends[box]
        middle = start + _cut(pixels[start:end], axes[box], other)
        starts[boxes], ends[boxes], ends[box] = middle, end, middle
        axes[box], sides[box] = _longest_side(pixels[start:middle])
        axes[boxes], sides[boxes] = _longest_side(pixels[middle:end])
        boxes += 1
    palette = np.empty((boxes, channels), np.uint8)
    for box in range(boxes):
        size = ends[box] - starts[box]
        for channel in range(channels):
            total = np.int64(0)
            for i in range(starts[box], ends[box]):
                total += pixels[i, channel]
            palette[box, channel] = (2 * total + size) // (2 * size)
    return palette


@compiled
def _longest_side(pixels: Pixels) -> tuple[int, int]:
    """Return the channel of the widest range of levels, and the difference of its ends."""
    axis, longest = 0, -1
    for channel in range(pixels.shape[1]):
        low, high = 255, 0
        for i in range(pixels.shape[0]):
            level = int(pixels[i, channel])
            low, high = min(low, level), max(high, level)
        if high - low > longest:
            axis, longest = channel, high - low
    return axis, longest


@compiled
def _cut(pixels: Pixels, axis: int, other: Pixels) -> int:
    """Move the pixels below the median to the front, in order, and return how many they are."""
    n, channels = pixels.shape
    counts = np.zeros(256, np.int64)
    for i in range(n):
        counts[pixels[i, axis]] += 1
    level, below = 0, counts[0]
    while 2 * below < n:
        level += 1
        below += counts[level]
    if below == n:
        below -= counts[level]
        level -= 1
    front, back = 0, 0
    for i in range(n):
        if pixels[i, axis] <= level:
            for channel in range(channels):
                pixels[front, channel] = pixels[i, channel]
            front += 1
        else:
            for channel in range(channels):
                other[back, channel] = pixels[i, channel]
            back += 1
    for i in range(back):
        for channel in range(channels):
            pixels[front + i, channel] = other[i, channel]
    return front


@compiled
def _near_colors(colors: NDArray[np.float32], cell: int, near: Pixels) -> int:
    """List the colors that may be nearest to a point of a cell of the color cube, in order, and return their number.

    No color counts whose least distance from the cell is above the largest distance of another.
    """
    least = np.empty(colors.shape[0], np.float32)
    bound = np.float32(4)
    for i in range(colors.shape[0]):
        nearest, farthest, rest = _0, _0, cell
        for channel in range(2, -1, -1):
            low = np.float32(rest % _CELLS) / np.float32(_CELLS)
            high = np.float32(rest % _CELLS + 1) / np.float32(_CELLS)
            rest //= _CELLS
            color = colors[i, channel]
            outside = max(low - color, color - high, _0)
            across = max(high - color, color - low)
            nearest += outside * outside
            farthest += across * across
        least[i] = nearest
        bound = min(bound, farthest)
    count = 0
    for i in range(colors.shape[0]):
        if least[i] <= bound + _SLACK:
            near[count] = i
            count += 1
    return count


@compiled
def _nearest(
    colors: NDArray[np.float32], near: Pixels, count: int, first: np.float32, second: np.float32, third: np.float32
) -> int:
    """Return the first of the nearest colors among those listed."""
    nearest, best = np.float32(4), 0
    for i in range(count):
        color = int(near[i])
        a, b, c = first - colors[color, 0], second - colors[color, 1], third - colors[color, 2]
        distance = a * a + b * b + c * c
        if distance < nearest:
            nearest, best = distance, color
    return best


@compiled
def _to_palette(
    image: Image,
    colors: NDArray[np.float32],
    up: NDArray[np.int64],
    right: NDArray[np.int64],
    weights: NDArray[np.float32],
) -> Image:
    height, width, channels = image.shape
    result = np.empty_like(image)
    errors = np.zeros((3, width + 4, channels), np.float32)  # of three rows, with two columns of zeros at each end
    value, rows = np.zeros(3, np.float32), np.empty_like(up)
    near = np.empty((_CELLS**3, colors.shape[0]), np.uint8)  # by cell, as soon as a pixel falls into it
    counts = np.zeros(near.shape[0], np.int64)
    for y in range(height):
        for tap in range(up.size):
            rows[tap] = (y + 3 - up[tap]) % 3
        for x in range(width):
            cell = 0
            for channel in range(channels):
                error = _0
                for tap in range(up.size):
                    error += errors[rows[tap], x + 2 + right[tap], channel] * weights[tap]
                value[channel] = clipped(clipped(image[y, x, channel]) + error)
            for channel in range(3):
                cell = _CELLS * cell + min(int(value[channel] * np.float32(_CELLS)), _CELLS - 1)
            if counts[cell] == 0:
                counts[cell] = _near_colors(colors, cell, near[cell])
            best = _nearest(colors, near[cell], counts[cell], value[0], value[1], value[2])
            for channel in range(channels):
                errors[y % 3, x + 2, channel] = value[channel] - colors[best, channel]
                result[y, x, channel] = colors[best, channel]
    return result
