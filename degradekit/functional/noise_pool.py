"""Noise from photos: flat patches are cut out, and what deviates from their mean or slope is a field of noise.

Source: docs/model.md, section Other noise.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.bits import sequence_start, word
from degradekit.functional.compiled import compiled
from degradekit.functional.lines import reflect
from degradekit.types import Image, Pixels, Size

PATCH = 256
"""Side of a patch in pixels."""
BLOCK = 64
"""Side of the blocks in which a plane is fitted."""


def flat_patches(pixels: Pixels, max_variance: float, min_mean: float) -> list[Pixels]:
    """Return the patches of a photo that are smooth enough to show noise, and bright enough not to have lost it.

    Args:
        pixels: (H, W, 3) 8-bit RGB.
        max_variance: The variance of the luma, (299 R + 587 G + 114 B) / 1000, must be below this.
        min_mean: The mean of the luma must be above this.

    Returns:
        (256, 256, 3) each, copies, from a grid with a step of 256 pixels.
    """
    height, width = pixels.shape[:2]
    corners = [(y, x) for y in range(0, height - PATCH + 1, PATCH) for x in range(0, width - PATCH + 1, PATCH)]
    patches = (pixels[y : y + PATCH, x : x + PATCH] for y, x in corners)
    return [patch.copy() for patch in patches if _is_flat(np.ascontiguousarray(patch), max_variance, min_mean)]


def pooled_field(patches: NDArray[np.uint8], size: Size, gray: bool, plane: bool, seed: int) -> Image:
    """Return the noise of a random part of a random patch.

    Args:
        patches: (N, 256, 256, 3) 8-bit RGB.
        size: (height, width) of the field; a longer side than a patch's is filled by reflection.
        gray: Make a field of one channel, the luma of the noise.
        plane: Take a fitted plane off each block of 64 x 64 pixels and channel, and not just the channel's mean.
        seed: Decides patch and part, >= 0.

    Returns:
        (H, W, 3) float32 on the 0..1 scale, or (H, W, 1).
    """
    start = int(sequence_start(seed))
    index, down, right = (int(word(np.uint64(start), k)) >> 11 for k in range(3))
    (height, width), patch = size, patches[index % len(patches)]
    top, left = down % (max(PATCH - height, 0) + 1), right % (max(PATCH - width, 0) + 1)
    noise = _minus_planes(patch, BLOCK if plane else PATCH, plane)
    return _cut(noise, top, left, height, width, 1 if gray else 3)


@compiled
def _is_flat(patch: Pixels, max_variance: float, min_mean: float) -> bool:
    """Compute the luma's variance and mean from exact sums, so that every machine rounds alike."""
    total = squares = np.int64(0)  # of thousandths of levels; below 2^34 and 2^53
    for y in range(PATCH):
        for x in range(PATCH):
            luma = 299 * np.int64(patch[y, x, 0]) + 587 * np.int64(patch[y, x, 1]) + 114 * np.int64(patch[y, x, 2])
            total += luma
            squares += luma * luma
    n = float(PATCH * PATCH)
    mean = total / n
    return bool((squares / n - mean * mean) / 1e6 < max_variance and mean / 1e3 > min_mean)


@compiled
def _minus_planes(patch: Pixels, block: int, plane: bool) -> Image:
    """Return the patch without the mean, or the plane of least squares, of each block of each channel, over 255."""
    result = np.empty(patch.shape, np.float32)
    # Of the coordinates relative to the center, in half pixels, sums of squares along a line and over a block.
    line_squares = np.int64(0)
    for i in range(block):
        line_squares += (2 * i + 1 - block) ** 2
    block_squares = line_squares * block
    for top in range(0, PATCH, block):
        for left in range(0, PATCH, block):
            for c in range(3):
                total = along_y = along_x = np.int64(0)
                for y in range(block):
                    for x in range(block):
                        level = np.int64(patch[top + y, left + x, c])
                        total += level
                        along_y += (2 * y + 1 - block) * level
                        along_x += (2 * x + 1 - block) * level
                mean = total / (block * block)
                slope_y, slope_x = (along_y / block_squares, along_x / block_squares) if plane else (0.0, 0.0)
                for y in range(block):
                    for x in range(block):
                        smooth = mean + slope_y * (2 * y + 1 - block) + slope_x * (2 * x + 1 - block)
                        result[top + y, left + x, c] = (patch[top + y, left + x, c] - smooth) / 255.0
    return result


@compiled
def _cut(noise: Image, top: int, left: int, height: int, width: int, channels: int) -> Image:
    result = np.empty((height, width, channels), np.float32)
    for y in range(height):
        for x in range(width):
            row, column = reflect(top + y, PATCH), reflect(left + x, PATCH)
            if channels == 3:
                for c in range(3):
                    result[y, x, c] = noise[row, column, c]
            else:
                red, green, blue = noise[row, column, 0], noise[row, column, 1], noise[row, column, 2]
                result[y, x, 0] = np.float32(0.2989) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    return result
