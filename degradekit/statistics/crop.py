"""A crop that is measured, with what several statistics need of it."""

from functools import cached_property, reduce
from typing import TypeAlias

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from degradekit.types import Pixels

Plane: TypeAlias = NDArray[np.float64]
"""(H, W) float64, levels of 0..255 or differences of them."""


class Crop:
    """A crop of a photo, whose luma, chroma and spectra are computed when they are first asked for.

    Attributes:
        pixels: (H, W, C) uint8, C = 1 or 3.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels

    @cached_property
    def channels(self) -> tuple[Plane, ...]:
        """The channels, each a plane."""
        return tuple(np.ascontiguousarray(np.moveaxis(self.pixels, 2, 0), np.float64))

    @cached_property
    def lowest(self) -> Plane:
        """The lowest channel of each pixel."""
        return reduce(np.minimum, self.channels)

    @cached_property
    def highest(self) -> Plane:
        """The highest channel of each pixel."""
        return reduce(np.maximum, self.channels)

    @cached_property
    def luma(self) -> Plane:
        """The luma .299 R + .587 G + .114 B (ITU-R BT.601); of a gray crop its levels."""
        if len(self.channels) == 1:
            return self.channels[0]
        red, green, blue = self.channels
        return 0.299 * red + 0.587 * green + 0.114 * blue

    @cached_property
    def cb(self) -> Plane:
        """The blue chroma .564 (B - Y); 0 for a gray crop."""
        if len(self.channels) == 1:
            return np.zeros_like(self.luma)
        return 0.564 * (self.channels[2] - self.luma)

    @cached_property
    def across(self) -> Plane:
        """Differences of horizontal neighbors of the luma, (H, W - 1)."""
        return np.diff(self.luma, axis=1)

    @cached_property
    def down(self) -> Plane:
        """Differences of vertical neighbors of the luma, (H - 1, W)."""
        return np.diff(self.luma, axis=0)

    @cached_property
    def luma_power(self) -> Plane:
        """The power spectrum of the luma; see `power`."""
        return power(self.luma)

    @cached_property
    def cb_power(self) -> Plane:
        """The power spectrum of Cb; see `power`."""
        return power(self.cb)


def power(plane: Plane) -> Plane:
    """Return the power spectrum of a plane without its mean, under a Hann window: (H, W // 2 + 1).

    It is divided by the sum of the window's squares, so white noise has its variance at every frequency on average.
    """
    height, width = plane.shape
    rows, columns = _hann(height), _hann(width)
    windowed = (plane - plane.mean()) * rows[:, None] * columns
    spectrum = scipy.fft.rfft2(windowed)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) / (np.sum(rows**2) * np.sum(columns**2)))


def _hann(length: int) -> Plane:
    return 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
