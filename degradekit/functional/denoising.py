"""What a camera does about its noise: non-local means over a small neighborhood, and sharpening.

Source: docs/model.md, section Camera.
"""

import numpy as np
from numpy.typing import NDArray

from degradekit.functional.compiled import compiled
from degradekit.functional.levels import clipped
from degradekit.functional.lines import reflect
from degradekit.functional.luma import BLUE, GREEN, RED
from degradekit.functional.unsharp import gaussian_blur
from degradekit.types import Image

Plane = NDArray[np.float32]

_SEARCH = 3
"""How far away, in rows and in columns, patches are compared."""
_PAD = _SEARCH + 1
_MAD_OF_NORMAL = 0.6745
_EXPECTED = 6.0
"""h^2 of the weights in noise variances; the squared difference of two patches of noise alone is 2 on average."""
_CHROMA = np.float32(4)
"""Factor of h^2 for the chroma."""
_SHARPENING_TAPS = 5
_LEAST_H_SQUARED = 1e-30
"""Below it, only patches that are equal in float32 would be averaged, and its inverse would soon be infinite."""
_0, _1, _9TH, _QUARTER = np.float32(0), np.float32(1), np.float32(1 / 9), np.float32(0.25)


def denoise_and_sharpen(image: Image, denoising: float, sharpening: float) -> Image:
    """Average similar patches, then add detail of the luma.

    Args:
        image: (H, W, C) float32, which is clipped to [0, 1].
        denoising: Strength in units of the noise, which is estimated; 0 leaves the image as it is.
        sharpening: How much of the luma's difference to a Gaussian of 5 taps is added; 0 adds none.

    Returns:
        (H, W, C) float32 in [0, 1].
    """
    planes = _planes(np.ascontiguousarray(image))
    h_squared = _EXPECTED * (denoising * noise_sigma(planes[0])) ** 2 if denoising > 0 else 0.0
    if h_squared > _LEAST_H_SQUARED:
        planes = _non_local_means(_padded(planes), np.float32(h_squared))
        result = _image(planes)
    else:
        result = np.clip(image, _0, _1)
    if sharpening > 0:
        luma = planes[0][:, :, np.newaxis]
        result = _with_detail(result, luma, gaussian_blur(luma, _SHARPENING_TAPS), np.float32(sharpening))
    return result


def noise_sigma(luma: Plane) -> float:
    """Estimate the standard deviation of noise, also of noise that demosaicing has blurred.

    It is the larger one of the estimates at full and at half size, where the noise of means of 2 x 2 counts twice.
    """
    full = _half_mad(luma)
    height, width = luma.shape[0] // 2 * 2, luma.shape[1] // 2 * 2
    even = luma[:height, :width].reshape(height // 2, 2, width // 2, 2)
    halved = ((even[:, 0, :, 0] + even[:, 0, :, 1]) + (even[:, 1, :, 0] + even[:, 1, :, 1])) * _QUARTER
    return max(full, 2 * _half_mad(halved))


def _half_mad(plane: Plane) -> float:
    """Return Donoho's estimate: the median magnitude of the diagonal Haar coefficients over 0.6745."""
    height, width = plane.shape[0] // 2 * 2, plane.shape[1] // 2 * 2
    if min(height, width) < 2:
        return 0.0
    a, b = plane[:height:2, :width:2], plane[:height:2, 1:width:2]
    c, d = plane[1:height:2, :width:2], plane[1:height:2, 1:width:2]
    magnitudes = np.abs((a - b) - (c - d)).reshape(-1)
    middle = magnitudes.size // 2
    return float(np.partition(magnitudes, middle)[middle]) / 2 / _MAD_OF_NORMAL


@compiled
def _planes(image: Image) -> NDArray[np.float32]:
    """Return the luma, and for RGB the differences of red and blue to it, as (1, H, W) or (3, H, W)."""
    height, width, channels = image.shape
    planes = np.empty((channels, height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if channels == 1:
                planes[0, y, x] = clipped(image[y, x, 0])
            else:
                red, blue = clipped(image[y, x, 0]), clipped(image[y, x, 2])
                luma = RED * red + GREEN * clipped(image[y, x, 1]) + BLUE * blue
                planes[0, y, x], planes[1, y, x], planes[2, y, x] = luma, red - luma, blue - luma
    return planes


@compiled
def _image(planes: NDArray[np.float32]) -> Image:
    channels, height, width = planes.shape
    image = np.empty((height, width, channels), np.float32)
    for y in range(height):
        for x in range(width):
            luma = planes[0, y, x]
            if channels == 1:
                image[y, x, 0] = luma
            else:
                red, blue = luma + planes[1, y, x], luma + planes[2, y, x]
                green = (luma - RED * red - BLUE * blue) / GREEN
                image[y, x, 0] = clipped(red)
                image[y, x, 1] = clipped(green)
                image[y, x, 2] = clipped(blue)
    return image


@compiled
def _padded(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    channels, height, width = planes.shape
    padded = np.empty((channels, height + 2 * _PAD, width + 2 * _PAD), np.float32)
    for c in range(channels):
        for y in range(height + 2 * _PAD):
            row = reflect(y - _PAD, height)
            for x in range(width + 2 * _PAD):
                padded[c, y, x] = planes[c, row, reflect(x - _PAD, width)]
    return padded


@compiled
def _non_local_means(padded: NDArray[np.float32], h_squared: np.float32) -> NDArray[np.float32]:
    """Average each pixel with those around it whose 3 x 3 patches of luma are similar.

    The weight is max(0, 1 - d / h^2)^2, with d the mean squared difference of the patches; chroma has a larger h.
    """
    channels = padded.shape[0]
    height, width = padded.shape[1] - 2 * _PAD, padded.shape[2] - 2 * _PAD
    luma = padded[0]
    result = np.empty((channels, height, width), np.float32)
    squares = np.empty(width + 2, np.float32)
    weights, chroma_weights = np.empty(width, np.float32), np.empty(width, np.float32)
    sums = np.empty((channels, width), np.float32)
    total, chroma_total = np.empty(width, np.float32), np.empty(width, np.float32)
    inverse = _9TH / h_squared
    for y in range(height):
        total[:], chroma_total[:], sums[:] = _0, _0, _0
        for dy in range(-_SEARCH, _SEARCH + 1):
            for dx in range(-_SEARCH, _SEARCH + 1):
                squares[:] = _0
                for line in range(_PAD - 1, _PAD + 2):
                    own, other = luma[y + line], luma[y + line + dy]
                    near, far = own[_PAD - 1 : _PAD + width + 1], other[_PAD - 1 + dx : _PAD + width + 1 + dx]
                    for x in range(width + 2):
                        difference = near[x] - far[x]
                        squares[x] += difference * difference
                for x in range(width):
                    distance = (squares[x] + squares[x + 1] + squares[x + 2]) * inverse
                    weight = max(_1 - distance, _0)
                    weights[x] = weight * weight
                    weight = max(_1 - distance / _CHROMA, _0)
                    chroma_weights[x] = weight * weight
                    total[x] += weights[x]
                    chroma_total[x] += chroma_weights[x]
                for c in range(channels):
                    source, target = padded[c, y + _PAD + dy, _PAD + dx : _PAD + dx + width], sums[c]
                    used = chroma_weights if c else weights
                    for x in range(width):
                        target[x] += used[x] * source[x]
        for c in range(channels):
            used = chroma_total if c else total
            for x in range(width):
                result[c, y, x] = sums[c, x] / used[x]
    return result


@compiled
def _with_detail(image: Image, luma: Image, blurred: Image, weight: np.float32) -> Image:
    result = np.empty_like(image)
    height, width, channels = image.shape
    for y in range(height):
        for x in range(width):
            detail = weight * (luma[y, x, 0] - blurred[y, x, 0])
            for c in range(channels):
                result[y, x, c] = clipped(image[y, x, c] + detail)
    return result
