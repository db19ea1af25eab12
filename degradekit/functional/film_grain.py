"""Film grain as AV1 and AFGS1 define it: an autoregressive template, cut into blocks, scaled by the brightness.

Source: docs/model.md, section Film grain.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled
from degradekit.functional.film_grain_sets import SETS, GrainSet, Points
from degradekit.functional.levels import clipped
from degradekit.functional.luma import BLUE, GREEN, RED
from degradekit.functional.normal import standard_normal
from degradekit.functional.resizing import resize
from degradekit.types import Image

Plane = NDArray[np.float32]
TEMPLATE = (73, 82)
"""(height, width) of the grain that windows are cut from."""
WHITE_SIGMA = 32
"""Standard deviation of the template before it is filtered."""
_MARGIN = 3
"""Pixels above, left and right of what is filtered."""
_FIRST = 9
"""Row and column of the first window: the margin, and twice the longest lag."""
_BLOCK, _OVERLAP = 32, 2
_BLOCKS = 2**40
"""Where the words of a seed begin that choose the windows, far behind those of the template."""
_0, _255 = np.float32(0), np.float32(255)
_128, _64TH = np.float32(128), np.float32(1 / 64)
_CR_RED, _CB_BLUE = np.float32(1.402), np.float32(1.772)
_CR_GREEN, _CB_GREEN = np.float32(1.402 * 0.299 / 0.587), np.float32(1.772 * 0.114 / 0.587)
_OF_RED, _OF_BLUE = np.float32(255 / 1.402), np.float32(255 / 1.772)
_NEAR, _FAR = np.float32(27 / 32), np.float32(17 / 32)


def film_grain(image: Image, name: str, strength: float, size: float, seed: int) -> Image:
    """Add film grain to the luma and to the chroma of an image.

    Args:
        image: (H, W, C) float32; a gray one gets the luma's grain.
        name: Name of the published set.
        strength: Factor of its amplitude, >= 0.
        size: Factor by which the grain is enlarged, >= 1.
        seed: Seed of the template and of the windows, >= 0.

    Returns:
        (H, W, C) float32 in [0, 1].
    """
    grain_set = SETS[name]
    planes = templates(grain_set, seed)
    if image.shape[2] == 1:
        planes = planes[:1]
    enlarged = np.stack([enlarge(plane, size) for plane in planes])
    windows = _windows(image.shape[0], image.shape[1], enlarged.shape[1], enlarged.shape[2], size, seed)
    overlap = _OVERLAP if grain_set.overlap else 0
    factor = strength / 2**grain_set.shift / 255
    chroma = grain_set.cb, grain_set.cr
    amplitudes = np.stack([_amplitudes(points) for points in (grain_set.points, *(c.points for c in chroma))])
    amplitudes *= np.float32(factor)
    mixes = np.array([(64, 0, 0), *((c.luma_mult, c.mult, c.offset) for c in chroma)], np.float32)
    return _add(np.ascontiguousarray(image), enlarged, windows, overlap, amplitudes, mixes)


def templates(grain_set: GrainSet, seed: int) -> NDArray[np.float32]:
    """Return the grain of luma, Cb and Cr, (3, 73, 82), on the scale on which white noise has a sigma of 32."""
    white = standard_normal((3, *TEMPLATE), seed) * np.float32(WHITE_SIGMA)
    unit = 2.0**-grain_set.ar_shift
    planes = white.astype(np.float64)
    none = np.zeros(TEMPLATE)
    _filter(planes[0], np.array(grain_set.ar) * unit, grain_set.lag, none, 0.0)
    for plane, chroma in ((planes[1], grain_set.cb), (planes[2], grain_set.cr)):
        _filter(plane, np.array(chroma.ar[:-1]) * unit, grain_set.lag, planes[0], chroma.ar[-1] * unit)
    return planes.astype(np.float32)


def enlarge(template: Plane, size: float) -> Plane:
    """Return a template enlarged by a factor >= 1 with the standard deviation that it had."""
    if size == 1:
        return template
    height, width = int(template.shape[0] * size), int(template.shape[1] * size)
    enlarged = resize(template[:, :, np.newaxis], height, width, "bicubic")[:, :, 0]
    before, after = template.std(dtype=np.float64), enlarged.std(dtype=np.float64)
    return enlarged * np.float32(before / after)


@compiled
def _filter(
    plane: NDArray[np.float64], coefficients: NDArray[np.float64], lag: int, luma: NDArray[np.float64], coupling: float
) -> None:
    """Add to each grain, in raster order, those before it by their coefficients, and that of the luma."""
    height, width = plane.shape
    for y in range(_MARGIN, height):
        for x in range(_MARGIN, width - _MARGIN):
            total = coupling * luma[y, x]
            k = 0
            for dy in range(-lag, 1):
                for dx in range(-lag, lag + 1 if dy < 0 else 0):
                    total += coefficients[k] * plane[y + dy, x + dx]
                    k += 1
            plane[y, x] = min(max(plane[y, x] + total, -128.0), 127.0)


@compiled
def _windows(height: int, width: int, rows: int, columns: int, size: float, seed: int) -> NDArray[np.int64]:
    """Return the row and the column of the window of each block, one of 16 x 16 that are 2 pixels times size apart."""
    start = sequence_start(seed)
    down, across = (height + _BLOCK - 1) // _BLOCK, (width + _BLOCK - 1) // _BLOCK
    windows = np.empty((down, across, 2), np.int64)
    for i in range(down):
        for j in range(across):
            bits = word(start, _BLOCKS + i * across + j) >> np.uint64(56)
            y, x = np.int64(bits & np.uint64(15)), np.int64(bits >> np.uint64(4))
            windows[i, j, 0] = np.int64(min((_FIRST + 2 * y) * size, rows - _BLOCK - _OVERLAP))
            windows[i, j, 1] = np.int64(min((_FIRST + 2 * x) * size, columns - _BLOCK - _OVERLAP))
    return windows


def _amplitudes(points: Points) -> Plane:
    """Return the amplitude at 0..255, and once more the last: on lines between the points, constant beyond them."""
    at, heights = np.array(points, np.float64).T
    amplitudes: Plane = np.interp(np.minimum(np.arange(257.0), 255), at, heights).astype(np.float32)
    return amplitudes


@compiled
def grain_line(line: Plane, template: Plane, windows: NDArray[np.int64], y: int, overlap: int) -> None:
    """Write a line of grain: 32 pixels of the window of each block, blended over its first pixels where it overlaps."""
    width = line.size
    block = y // _BLOCK
    _window_line(line, template, windows[block], y - block * _BLOCK, overlap)
    row = y - block * _BLOCK
    if row < overlap and block > 0:
        above = np.empty(width, np.float32)
        _window_line(above, template, windows[block - 1], _BLOCK + row, overlap)
        before, own = (_NEAR, _FAR) if row == 0 else (_FAR, _NEAR)
        for x in range(width):
            line[x] = before * above[x] + own * line[x]


@compiled
def _window_line(line: Plane, template: Plane, windows: NDArray[np.int64], row: int, overlap: int) -> None:
    for block in range(windows.shape[0]):
        first = block * _BLOCK
        source = template[windows[block, 0] + row]
        left = windows[block, 1]
        for x in range(min(_BLOCK, line.size - first)):
            line[first + x] = source[left + x]
        if block > 0:
            old, end = template[windows[block - 1, 0] + row], windows[block - 1, 1] + _BLOCK
            for x in range(min(overlap, line.size - first)):
                before, own = (_NEAR, _FAR) if x == 0 else (_FAR, _NEAR)
                line[first + x] = before * old[end + x] + own * line[first + x]


@compiled
def _add(
    image: Image, planes: NDArray[np.float32], windows: NDArray[np.int64], overlap: int, amplitudes: Plane, mixes: Plane
) -> Image:
    height, width, channels = image.shape
    result = np.empty_like(image)
    grain = np.empty((channels, width), np.float32)
    for y in range(height):
        for c in range(channels):
            grain_line(grain[c], planes[c], windows, y, overlap)
        for x in range(width):
            if channels == 1:
                value = clipped(image[y, x, 0])
                added = grain[0, x] * _amplitude(amplitudes[0], value * _255)
                result[y, x, 0] = clipped(value + added)
                continue
            red, green = clipped(image[y, x, 0]), clipped(image[y, x, 1])
            blue = clipped(image[y, x, 2])
            luma = RED * red + GREEN * green + BLUE * blue
            value = luma * _255
            added = grain[0, x] * _amplitude(amplitudes[0], value)
            at = _chroma_value(mixes[1], value, (blue - luma) * _OF_BLUE)
            cb = grain[1, x] * _amplitude(amplitudes[1], at)
            at = _chroma_value(mixes[2], value, (red - luma) * _OF_RED)
            cr = grain[2, x] * _amplitude(amplitudes[2], at)
            result[y, x, 0] = clipped(red + (added + _CR_RED * cr))
            result[y, x, 1] = clipped(green + (added - _CB_GREEN * cb - _CR_GREEN * cr))
            result[y, x, 2] = clipped(blue + (added + _CB_BLUE * cb))
    return result


@compiled
def _chroma_value(mix: Plane, luma: np.float32, chroma: np.float32) -> np.float32:
    """Return the value by which a chroma's amplitude is looked up, from the luma in 0..255 and a chroma around 0."""
    return np.float32((mix[0] * luma + mix[1] * (chroma + _128)) * _64TH + mix[2])


@compiled
def _amplitude(table: Plane, value: np.float32) -> np.float32:
    level = min(max(value, _0), _255)
    index = np.int32(level)
    return np.float32(table[index] + (table[index + 1] - table[index]) * (level - np.float32(index)))
