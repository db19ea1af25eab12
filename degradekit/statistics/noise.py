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
_DISTANCES = np.arange(1 - _PATCH, _PATCH)


def _autocorrelations_of_cosines() -> Plane:
    """Return those of the eight waves of a cosine transform at distances of -7..7 pixels, (8, 15)."""
    waves = scipy.fft.dct(np.eye(_PATCH), norm="ortho", axis=0)
    return np.array([np.convolve(wave, wave[::-1]) for wave in waves])


_WAVES = _autocorrelations_of_cosines()
"""The variance of a transform is the autocorrelation of the pixels, weighted by that of the transform's wave."""


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


def patch_variances(plane: Plane) -> float:
    """Return the noise's standard deviation by the variances of the cosine transforms of all patches of 8 x 8 pixels.

    The largest of the 64 are left out until as many of the rest lie above their mean as below it; the mean is sigma^2.
    Source: Chen, Zhu, Heng 2015, who take principal components, which cosines come near to.
    """
    correlation = _autocorrelation(plane - plane.mean())
    variances = np.sort(np.einsum("ai,ij,bj->ab", _WAVES, correlation, _WAVES).ravel())
    means = np.cumsum(variances) / np.arange(1, len(variances) + 1)
    is_left = np.tri(len(variances), dtype=np.bool_)  # row k has those of the k + 1 smallest
    above = np.count_nonzero(is_left & (variances > means[:, None]), axis=1)
    below = np.count_nonzero(is_left & (variances < means[:, None]), axis=1)
    return math.sqrt(max(float(means[np.flatnonzero(above >= below)[-1]]), 0.0))


def _autocorrelation(plane: Plane) -> Plane:
    """Return the mean product of pixels at distances of -7..7, (15, 15)."""
    height, width = (scipy.fft.next_fast_len(side + _PATCH - 1, real=True) for side in plane.shape)
    spectrum = scipy.fft.rfft2(plane, (height, width))
    products = scipy.fft.irfft2(spectrum.real**2 + spectrum.imag**2, (height, width))
    return np.asarray(products[np.ix_(_DISTANCES, _DISTANCES)] / plane.size)


def _measure(crop: Crop) -> tuple[float, ...]:
    planes = (crop.luma, crop.cb)
    values = [estimate(plane) for plane in planes for estimate in (immerkaer, haar_mad, patch_variances)]
    return (*values, values[3] / (values[0] + 0.1))


NOISE = Family(
    (
        Statistic("noise_immerkaer", "noise by the mean of second differences", "levels", _IMMERKAER),
        Statistic("noise_mad", "noise by the median of the diagonal Haar band", "levels", _DONOHO),
        Statistic("noise_patches", "noise by the cosine transforms of patches", "levels", _CHEN),
        Statistic("cb_noise_immerkaer", "noise of Cb by the mean of second differences", "levels", _IMMERKAER),
        Statistic("cb_noise_mad", "noise of Cb by the median of the diagonal Haar band", "levels", _DONOHO),
        Statistic("cb_noise_patches", "noise of Cb by the cosine transforms of patches", "levels", _CHEN),
        Statistic(
            "cb_noise_ratio", "noise of Cb / noise of the luma, which gray noise does not have", "ratio", _IMMERKAER
        ),
    ),
    _measure,
)
