"""Screentone and halftone: tones as dots and lines of full ink on white paper, by a threshold for each pixel.

A screen is a checkerboard of cells. In those of even sum of row and column, ink starts to grow from the middle of the
cell; in the others, paper is what is left in the middle, so at half the tone it is a checkerboard. Exact 0 and 1 are
kept, so plain white stays white.

Source: docs/model.md, section Levels and print.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import clipped
from degradekit.types import Image

_OFF_TIES = 1e-6
"""Shifts rotated coordinates, in pixels: at a right angle they would be integers but for the rounding of a sine."""
_LIFT = np.float32(0.003)
"""Added to the thresholds of odd cells, of which the least would be 0, at which ink never is."""
_TURN, _QUARTER, _HALF = 2 * math.pi, 0.25, 0.5
_S3, _S5, _S7, _S9, _S11 = (1 / math.factorial(n) for n in (3, 5, 7, 9, 11))


class Screen(NamedTuple):
    """One screen.

    Attributes:
        size: Side of a cell in pixels, >= 2.
        spot: How a cell fills with ink: as a `dot`, `line`, `inverse_line` (the other diagonal), `cross` (both
            diagonals) or `ellipse`; or `smooth_dot`, a dot of continuous outline, antialiased over one pixel.
        angle: Rotation about the middle of the image, in radians.
    """

    size: int
    spot: str
    angle: float


def tone(plane: NDArray[np.float32], screen: Screen) -> NDArray[np.float32]:
    """Return (H, W) float32 of 0 (ink) and 1 (paper), and with `smooth_dot` what lies between at the outlines.

    Args:
        plane: (H, W) float32 of brightness, which is clipped to [0, 1].
        screen: The screen.
    """
    plane = np.ascontiguousarray(plane)
    cosine, sine = math.cos(screen.angle), math.sin(screen.angle)
    if screen.spot == "smooth_dot":
        return _smooth(plane, screen.size, cosine, sine)
    return _hard(plane, thresholds(screen.size, screen.spot).ravel(), 2 * screen.size, cosine, sine)


def thresholds(size: int, spot: str) -> NDArray[np.float32]:
    """Return the thresholds of two by two cells, (2 size, 2 size): ink is where the brightness is below.

    The size^2 pixels of a cell are ranked by the spot's function of their distance from its middle, the farthest first,
    and of equally far ones the first in raster order of (x, y).
    """
    x, y = (axis - size // 2 for axis in np.indices((size, size)))
    if spot == "dot":  # the middle lies a little aside, so that few pixels are equally far; in units of 1/20 pixel
        ordered = (20 * (x + size // 2) - 10 * size - 2) ** 2 + (20 * (y + size // 2) - 10 * size - 3) ** 2
    elif spot == "ellipse":  # of 60 degrees; its axis is the last integer h with 3 h^2 <= 4 q
        ordered = np.array([math.isqrt(4 * int(q) // 3) for q in (x * x + y * y - x * y).flat])
    else:
        ordered = {
            "line": np.abs(x - y),
            "inverse_line": np.abs(x + y),
            "cross": np.minimum(np.abs(x - y), np.abs(x + y)),
        }[spot]
    ranks = np.empty(size * size, np.int64)
    ranks[np.argsort(-ordered.ravel(), kind="stable")] = np.arange(size * size)
    rising = (0.5 - ranks * 0.5 / (size * size - 1)).reshape(size, size).T
    even, odd = (1 - rising).astype(np.float32), rising.astype(np.float32) + _LIFT
    return np.block([[even, odd], [odd, even]])


def tone_channels(image: Image, screens: Sequence[Screen]) -> Image:
    """Tone each channel with a screen of its own; a gray image takes the first."""
    return np.stack([tone(image[..., c], screens[c]) for c in range(image.shape[2])], axis=2)


def tone_value(image: Image, screen: Screen) -> Image:
    """Tone the value of HSV, the largest channel, and keep hue and saturation."""
    image = np.ascontiguousarray(image)
    return _with_value(image, tone(_largest(image), screen))


def tone_inks(image: Image, screens: Sequence[Screen], strengths: Sequence[float]) -> Image:
    """Print with cyan, magenta, yellow and black.

    K = 1 - max, C = (1 - R - K) / (1 - K), and so on; 1 - C is toned as brightness, and a channel of the result is
    (1 - strength C) (1 - strength K), with the C and K that the screens leave. A gray image takes black alone.

    Args:
        image: (H, W, C) float32, which is clipped to [0, 1].
        screens: The screens of cyan, magenta, yellow and black.
        strengths: How much of its color an ink takes out, 0 to 1, in the same order.
    """
    image = np.ascontiguousarray(image)
    largest = _largest(image)
    result = np.empty_like(image)
    black = tone(largest, screens[3])
    for channel in range(image.shape[2]):
        paper = tone(_ratio(image, largest, channel), screens[channel])
        _print(result, channel, paper, np.float32(strengths[channel]), black, np.float32(strengths[3]))
    return result


@compiled
def _hard(
    plane: NDArray[np.float32], thresholds: NDArray[np.float32], period: int, cosine: float, sine: float
) -> NDArray[np.float32]:
    height, width = plane.shape
    shift = period // 4  # the middle of a cell lies on the first pixel, if there is no rotation
    share = 1.0 / period
    result, cells = np.empty_like(plane), np.empty(width, np.int32)
    for i in range(height):
        dy = i - height / 2
        for j in range(width):
            dx = j - width / 2
            x = np.floor(cosine * dx - sine * dy + width / 2 + _OFF_TIES) + shift
            y = np.floor(sine * dx + cosine * dy + height / 2 + _OFF_TIES) + shift
            # Half a pixel from the borders of a period, no rounding can reach the next one.
            x -= period * np.floor((x + 0.5) * share)
            y -= period * np.floor((y + 0.5) * share)
            cells[j] = np.int32(y * period + x)
        for j in range(width):
            value = plane[i, j]
            ink = (value <= np.float32(0)) | ((value < np.float32(1)) & (value < thresholds[np.uint32(cells[j])]))
            result[i, j] = np.float32(0) if ink else np.float32(1)
    return result


@compiled
def _cos_of_turns(turns: float) -> float:
    """Return cos(2 pi turns) to 1e-7, as the Taylor polynomial of the sine of what is left to a quarter of a turn."""
    a = _TURN * (_QUARTER - abs(turns - math.floor(turns + _HALF)))
    y = a * a
    return a * (1 - y * (_S3 - y * (_S5 - y * (_S7 - y * (_S9 - y * _S11)))))


@compiled
def _smooth(plane: NDArray[np.float32], size: int, cosine: float, sine: float) -> NDArray[np.float32]:
    """Compare with T = 1/2 + 1/2 cos(pi x / size) cos(pi y / size); T's slope gives the distance from the outline."""
    height, width = plane.shape
    result = np.empty_like(plane)
    for i in range(height):
        dy = i - height / 2
        for j in range(width):
            value = np.float64(plane[i, j])
            if value <= 0 or value >= 1:
                result[i, j] = np.float32(0) if value <= 0 else np.float32(1)
                continue
            dx = j - width / 2
            a = _cos_of_turns((cosine * dx - sine * dy) / (2 * size))
            b = _cos_of_turns((sine * dx + cosine * dy) / (2 * size))
            slope = _HALF * math.pi / size * math.sqrt(max(a * a + b * b - 2 * a * a * b * b, 1e-12))
            covered = min(max((value - _HALF - _HALF * a * b) / slope + _HALF, 0.0), 1.0)
            result[i, j] = covered * covered * (3 - 2 * covered)
    return result


@compiled
def _largest(image: Image) -> NDArray[np.float32]:
    height, width, channels = image.shape
    result = np.empty((height, width), np.float32)
    for i in range(height):
        for j in range(width):
            largest = image[i, j, 0]
            for channel in range(1, channels):
                largest = max(largest, image[i, j, channel])
            result[i, j] = clipped(largest)
    return result


@compiled
def _with_value(image: Image, values: NDArray[np.float32]) -> Image:
    height, width, channels = image.shape
    result = np.empty_like(image)
    for i in range(height):
        for j in range(width):
            largest = clipped(image[i, j, 0])
            for channel in range(1, channels):
                largest = max(largest, clipped(image[i, j, channel]))
            for channel in range(channels):
                share = clipped(image[i, j, channel]) / largest if largest > 0 else np.float32(1)
                result[i, j, channel] = share * values[i, j]
    return result


@compiled
def _ratio(image: Image, largest: NDArray[np.float32], channel: int) -> NDArray[np.float32]:
    """Return 1 - C for one channel: its share of the largest one; on black, where no color can be seen, 1."""
    height, width = largest.shape
    result = np.empty((height, width), np.float32)
    for i in range(height):
        for j in range(width):
            black = largest[i, j] <= np.float32(0)
            result[i, j] = np.float32(1) if black else clipped(image[i, j, channel]) / largest[i, j]
    return result


@compiled
def _print(
    result: Image,
    channel: int,
    paper: NDArray[np.float32],
    strength: np.float32,
    black: NDArray[np.float32],
    black_strength: np.float32,
) -> None:
    one = np.float32(1)
    for i in range(paper.shape[0]):
        for j in range(paper.shape[1]):
            color = one - strength * (one - paper[i, j])
            result[i, j, channel] = color * (one - black_strength * (one - black[i, j]))
