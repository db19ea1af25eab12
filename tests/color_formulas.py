"""Formulas of color in float64, written apart from degradekit's, and how far float32 may be from them."""

import numpy as np

FLOAT32 = 8 * 4 * 2.0**-24
"""Of a few operations, of which each is off by at most 2^-24 of a number below 4."""
CURVE = 0.01 / 255
"""Of a table of a curve: what its straight lines are off by."""
LUMA = np.array([0.299, 0.587, 0.114])


def wide(image) -> np.ndarray:
    return image.astype(np.float64)


def decoded(x) -> np.ndarray:
    size = np.abs(wide(x))
    return np.sign(x) * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def encoded(x) -> np.ndarray:
    size = np.abs(wide(x))
    return np.sign(x) * np.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
