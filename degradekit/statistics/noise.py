"""Estimates of the noise of a crop.

All of them take texture for noise, and fall to nearly 0 after denoising or compression.
"""

import math

import numpy as np
import scipy.fft

from degradekit.statistics.crop import Crop, Plane
from degradekit.statistics.statistic import Family, Statistic

_IMMERKAER = "Immerkaer, Fast noise variance estimation, Computer Vision and Image Understanding 64, 1996"
_DONOHO = "Donoho, De-noising by soft-thresholding, IEEE Transactions on Information Theory 41, 1995"
_CHEN = "Chen, Zhu, Heng, An efficient statistical method for image noise level estimation, ICCV 2015"
_MAD_OF_NORMAL = 0.6745
"""The median of |x| of a standard normal variable."""
_PATCH = 8
_ROWS, _COLUMNS = (side.ravel() for side in np.mgrid[:_PATCH, :_PATCH])
_DISTANCES_DOWN, _DISTANCES_ACROSS = (np.subtract.outer(side, side) for side in (_ROWS, _COLUMNS))
"""How far each pixel of a patch lies from each other one."""


def immerkaer(plane: Plane) -> float:
    """Return the noise's standard deviation by the mean of |g * N|, N = [1 -2 1; -2 4 -2; 1 -2 1].

    sigma = sqrt(pi / 2) / (6 (W - 2) (H - 2)) sum |g * N|. Source: Immerkaer 1996.
    """
    rows = plane[:, :-2] - 2 * plane[:, 1:-1] + plane[:, 2:]
    both = rows[:-2] - 2 * rows[1:-1] + rows[2:]
    return math.sqrt(math.pi / 2) / 6 * float(np.abs(both).mean())


def haar_mad(plane: Plane) -> float:
    """Return the noise's standard deviation by the median of the diagonal Haar band's magnitudes / .6745.

    d = (a - b - c + e) / 2 of each square of two by two pixels. Source: Donoho 1995.
    """
    height, width = (side // 2 * 2 for side in plane.shape)
    a, b = plane[:height:2, :width:2], plane[:height:2, 1:width:2]
    c, e = plane[1:height:2, :width:2], plane[1:height:2, 1:width:2]
    return float(np.median(np.abs(a - b - c + e))) / 2 / _MAD_OF_NORMAL


def patch_eigenvalues(plane: Plane) -> float:
    """Return the noise's standard deviation by the eigenvalues of the covariance of patches of 8 x 8 pixels.

    The largest are left out until as many of the rest lie above their mean as below it; the mean is sigma^2. The
    covariance of two pixels of a patch, over all patches of the crop, is the autocorrelation at their distance.
    Source: Chen, Zhu, Heng 2015.
    """
    correlation = _autocorrelation(plane - plane.mean())
    values = np.maximum(np.linalg.eigvalsh(correlation[_DISTANCES_DOWN, _DISTANCES_ACROSS]), 0)
    for count in range(len(values), 0, -1):
        rest = values[:count]
        mean = rest.mean()
        if np.count_nonzero(rest > mean) >= np.count_nonzero(rest < mean):
            return math.sqrt(mean)
    return 0.0


def _autocorrelation(plane: Plane) -> Plane:
    """Return the autocorrelation at distances of -7..7 pixels, where negative ones are the last rows and columns."""
    height, width = (scipy.fft.next_fast_len(side + _PATCH - 1, real=True) for side in plane.shape)
    spectrum = scipy.fft.rfft2(plane, (height, width))
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(scipy.fft.irfft2(power, (height, width))) / plane.size


def _measure(crop: Crop) -> tuple[float, ...]:
    planes = (crop.luma, crop.cb)
    values = [estimate(plane) for plane in planes for estimate in (immerkaer, haar_mad, patch_eigenvalues)]
    return (*values, values[3] / (values[0] + 0.1))


NOISE = Family(
    (
        Statistic("noise_immerkaer", "noise by the mean of second differences", "levels", _IMMERKAER),
        Statistic("noise_mad", "noise by the median of the diagonal Haar band", "levels", _DONOHO),
        Statistic("noise_patches", "noise by the eigenvalues of patches", "levels", _CHEN),
        Statistic("cb_noise_immerkaer", "noise of Cb by the mean of second differences", "levels", _IMMERKAER),
        Statistic("cb_noise_mad", "noise of Cb by the median of the diagonal Haar band", "levels", _DONOHO),
        Statistic("cb_noise_patches", "noise of Cb by the eigenvalues of patches", "levels", _CHEN),
        Statistic(
            "cb_noise_ratio", "noise of Cb / noise of the luma, which gray noise does not have", "ratio", _IMMERKAER
        ),
    ),
    _measure,
)
