"""From images to the planes of a JPEG and back: levels, colors, and chroma with fewer samples.

Everything is done row by row, so that intermediate results stay in the first-level cache. All numbers are integers but
the floats of the image.

Source: docs/model.md, section Compression.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled, inlined
from degradekit.functional.levels import level, level_float

Flat = NDArray[np.float32]
Samples = NDArray[np.uint8]
Plane = NDArray[np.uint8]
Line = NDArray[np.int16]


class Layout(NamedTuple):
    """The sizes of an image and of the planes of its JPEG.

    Attributes:
        stride: Length of a row of luma.
        half: Length of a row of Cb, and of one of Cr.
        rows: How many rows of luma there are for each of chroma, 1 or 2.
        columns: How many columns of luma there are for each of chroma, 1, 2 or 4.
        top: How often the first row is repeated above the image.
        left: How often the first column is repeated on the left of the image.
        width: Width of the image.
    """

    stride: int
    half: int
    rows: int
    columns: int
    top: int
    left: int
    width: int


_1, _2, _3 = np.uint64(1), np.uint64(2), np.uint64(3)
_16, _0, _255 = np.int32(16), np.int32(0), np.int32(255)
_HALF = np.int32(2**15)
_NO_COLOR = np.int32(128 * 2**16 + 2**15 - 1)
"""The level of chroma that has no color, and a little less than one half."""


def _fixed(*factors: float) -> tuple[np.int32, ...]:
    """Return factors with 16 bits after the point."""
    return tuple(np.int32(round(factor * 2**16)) for factor in factors)


_R_OF_Y, _G_OF_Y, _B_OF_Y = _fixed(0.299, 0.587, 0.114)
_R_OF_CB, _G_OF_CB, _G_OF_CR, _B_OF_CR = _fixed(0.16874, 0.33126, 0.41869, 0.08131)
_CR_OF_R, _CB_OF_G, _CR_OF_G, _CB_OF_B = _fixed(1.402, 0.34414, 0.71414, 1.772)


def split(pixels: Flat, luma: Plane, chroma: Plane, layout: Layout) -> None:
    """Make the planes of an image.

    Args:
        pixels: The colors of the image, which are clipped and rounded half to even to 8 bits.
        luma: (8, n) uint8, a plane as `jpeg_blocks` takes it, which is filled.
        chroma: Likewise, with Cb in the left halves of its rows and Cr in the right halves.
        layout: The sizes of the image and the planes.
    """
    span = layout.half * layout.columns
    line, sums, pairs = np.empty(layout.stride, np.int16), np.zeros(2 * span, np.int16), np.empty(2 * span, np.int16)
    _split(pixels, luma.reshape(-1), chroma.reshape(-1), line, sums, pairs, tuple(layout))


@compiled
def _split(
    pixels: Flat, lumas: Samples, chromas: Samples, line: Line, sums: Line, pairs: Line, layout: tuple[int, ...]
) -> None:
    stride, half, rows, columns, top, left, width = layout
    last = top + pixels.size // (3 * width) - 1
    span = half * columns
    shift = 0 if rows * columns == 1 else 1 if rows * columns == 2 else 2
    even = 2 if columns == 4 else rows - 1
    odd = even + 1 if columns == 2 else even
    reduced, other, group = sums, pairs, 0
    while group * rows <= last or group % 8:  # below the image, the last rows of both are repeated
        is_inside = group * rows <= last
        for row in range(rows):
            y = group * rows + row
            if is_inside:
                _to_ycc(pixels, max(min(y, last) - top, 0) * width * 3, line, sums, left, span, width, row)
                _extend(line, 0, left, width, stride)
            if y < last // 8 * 8 + 8:
                _narrow(line, lumas, _row_start(lumas.size // 8, stride, y), stride, 0, 0, 0)
        if is_inside:
            _extend(sums, 0, left, width, span)
            _extend(sums, span, left, width, span)
            reduced, other, factor = sums, pairs, columns
            while factor > 1:
                factor //= 2
                _add_pairs(reduced, other, 2 * half * factor)
                reduced, other = other, reduced
        _narrow(reduced, chromas, _row_start(chromas.size // 8, 2 * half, group), 2 * half, even, odd, shift)
        group += 1


@inlined
def _row_start(length: int, stride: int, row: int) -> int:
    """Return where a row of a plane, whose lines have a length, begins in its memory."""
    return (row % 8) * length + row // 8 * stride


@inlined
def _extend(line: Line, start: int, left: int, width: int, stride: int) -> None:
    """Repeat the ends of a row from its beginning to its end."""
    first, last = line[start + left], line[start + left + width - 1]
    for i in range(start, start + left):
        line[i] = first
    for i in range(start + left + width, start + stride):
        line[i] = last


@inlined
def _add_pairs(source: Line, target: Line, count: int) -> None:
    """Add every other number of a line to the one before it."""
    for i in range(np.uint64(count)):
        target[i] = source[_2 * i] + source[_2 * i + _1]


@inlined
def _narrow(sums: Line, samples: Samples, start: int, count: int, even: int, odd: int, shift: int) -> None:
    """Store means: sums plus a bias for even and one for odd columns, shifted down."""
    at, first, step, down = np.uint64(start), np.int16(even), np.int16(odd - even), np.int16(shift)
    for i in range(np.uint64(count)):
        samples[at + i] = np.int16(sums[i] + first + step * np.int16(i & _1)) >> down


@inlined
def _to_ycc(pixels: Flat, source: int, luma: Line, sums: Line, left: int, span: int, width: int, carry: int) -> None:
    """Store a row of luma, and that of both chromas, which is added to `sums` if it carries."""
    at, to, second, keep = np.uint64(source), np.uint64(left), np.uint64(left + span), np.int16(carry)
    for x in range(np.uint64(width)):
        i, j, k = at + _3 * x, to + x, second + x
        r, g, b = level(pixels[i]), level(pixels[i + _1]), level(pixels[i + _2])
        luma[j] = (_R_OF_Y * r + _G_OF_Y * g + _B_OF_Y * b + _HALF) >> _16
        cb, cr = b * _HALF - _R_OF_CB * r - _G_OF_CB * g, r * _HALF - _G_OF_CR * g - _B_OF_CR * b
        sums[j] = sums[j] * keep + np.int16((cb + _NO_COLOR) >> _16)
        sums[k] = sums[k] * keep + np.int16((cr + _NO_COLOR) >> _16)


def merge(luma: Plane, chroma: Plane, pixels: Flat, layout: Layout) -> None:
    """Fill the colors of an image from its planes; arguments are those of `split`."""
    span = layout.half * layout.columns
    mixed, wide = np.zeros(2 * span + 2, np.int16), np.empty(2 * span, np.int16)
    _merge(luma.reshape(-1), chroma.reshape(-1), pixels, mixed, wide, tuple(layout))


@compiled
def _merge(lumas: Samples, chromas: Samples, pixels: Flat, mixed: Line, wide: Line, layout: tuple[int, ...]) -> None:
    stride, half, rows, columns, top, left, width = layout
    height = pixels.size // (3 * width)
    groups, count = (top + height + rows - 1) // rows, (left + width + columns - 1) // columns
    smooth = columns == 2 and count > 2
    tall = rows == 2 and (columns == 1 or smooth)
    span = columns * half
    shift, own, near = 2 * smooth + 2 * tall, 3 if smooth else 1, 1 if smooth else 0
    even, odd = ((8, 7) if tall else (1, 2)) if smooth else (0, 0)
    for row in range(height):
        y = top + row
        group = y // rows
        neighbor = min(max(group - 1 + 2 * (y % 2), 0), groups - 1)
        length = chromas.size // 8
        _mix(
            chromas, _row_start(length, 2 * half, group), _row_start(length, 2 * half, neighbor), mixed, 2 * half, tall
        )
        if columns == 1:
            _center(mixed, wide, 2 * half, 1 + y % 2 if tall else 0, shift)
        else:
            _double(mixed, wide, 2 * half, own, near, even, odd, shift)
            if smooth:
                for first in (0, half):
                    last = first + count - 1
                    wide[2 * first] = ((4 * mixed[first + 1] + even) >> shift) - 128
                    wide[2 * last + 1] = ((4 * mixed[last + 1] + odd) >> shift) - 128
            if columns == 4:
                for i in range(4 * half):
                    mixed[i + 1] = wide[i] + 128
                _double(mixed, wide, 4 * half, 1, 0, 0, 0, 0)
        _to_rgb(lumas, _row_start(lumas.size // 8, stride, y) + left, wide, left, span, pixels, row * width * 3, width)


@inlined
def _mix(samples: Samples, own: int, near: int, mixed: Line, count: int, tall: bool) -> None:
    """Store a row of chroma from the second number on; if it is `tall`, three parts of it and one of a near row."""
    a, b, at, other = np.int16(3 if tall else 1), np.int16(1 if tall else 0), np.uint64(own), np.uint64(near)
    for i in range(np.uint64(count)):
        mixed[i + _1] = a * np.int16(samples[at + i]) + b * np.int16(samples[other + i])


@inlined
def _center(source: Line, target: Line, count: int, bias: int, shift: int) -> None:
    """Store chroma, shifted down and less 128."""
    down, offset = np.int16(shift), np.int16(bias - (128 << shift))
    for i in range(np.uint64(count)):
        target[i] = np.int16(source[i + _1] + offset) >> down


@inlined
def _double(source: Line, target: Line, count: int, own: int, near: int, even: int, odd: int, shift: int) -> None:
    """Store two weighted means of each number and its neighbors, shifted down and less 128."""
    a, b, down = np.int16(own), np.int16(near), np.int16(shift)
    to_even, to_odd = np.int16(even - (128 << shift)), np.int16(odd - (128 << shift))
    for i in range(np.uint64(count)):
        value = np.int16(a * source[i + _1])
        target[_2 * i] = np.int16(value + b * source[i] + to_even) >> down
        target[_2 * i + _1] = np.int16(value + b * source[i + _2] + to_odd) >> down


@inlined
def _to_rgb(
    luma: Samples, start: int, colors: Line, left: int, span: int, pixels: Flat, target: int, width: int
) -> None:
    """Store a row of colors."""
    at, first, second, to = np.uint64(start), np.uint64(left), np.uint64(left + span), np.uint64(target)
    for x in range(np.uint64(width)):
        y = (np.int32(luma[at + x]) << _16) + _HALF
        cb, cr, i = np.int32(colors[first + x]), np.int32(colors[second + x]), to + _3 * x
        pixels[i] = _shifted_float(y + _CR_OF_R * cr)
        pixels[i + _1] = _shifted_float(y - _CB_OF_G * cb - _CR_OF_G * cr)
        pixels[i + _2] = _shifted_float(y + _CB_OF_B * cb)


@inlined
def _shifted_float(value: np.int32) -> np.float32:
    return level_float(min(max(value >> _16, _0), _255))
