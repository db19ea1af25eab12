"""The second-order chain written in the most direct way with OpenCV, NumPy and SciPy, as a peer to compare with.

It draws from the same distributions as the recipe `real-esrgan`, on one thread. Kernels are dense matrices that OpenCV
applies, noise comes from NumPy's generator, JPEG is OpenCV's. It shows what degradekit gains over good general-purpose
code, where a comparison with slower libraries alone would flatter it.
"""

import math

import cv2
import numpy as np
from scipy.special import j1

FILTERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)


def sharpen(image: np.ndarray) -> np.ndarray:
    """Sharpen by unsharp masking."""
    blur = cv2.GaussianBlur(image, (51, 51), 0)
    residual = image - blur
    mask = (np.abs(residual) * 255 > 10).astype(np.float32)
    soft = cv2.GaussianBlur(mask, (51, 51), 0)
    return soft * np.clip(image + 0.5 * residual, 0, 1) + (1 - soft) * image


def sinc_kernel(size: int, cutoff: float) -> np.ndarray:
    """Return the circular low-pass."""
    grid = np.arange(size) - size // 2
    d = np.hypot(*np.meshgrid(grid, grid))
    d[size // 2, size // 2] = 1
    kernel = cutoff * j1(cutoff * d) / (2 * np.pi * d)
    kernel[size // 2, size // 2] = cutoff**2 / (4 * np.pi)
    return (kernel / kernel.sum()).astype(np.float32)


def blur_kernel(rng: np.random.Generator, high: float) -> np.ndarray:
    """Draw a kernel of one of the six families, or a sinc; sigma goes up to `high` pixels."""
    size = int(rng.choice(np.arange(7, 22, 2)))
    if rng.random() < 0.1:
        return sinc_kernel(size, rng.uniform(math.pi / 3 if size < 13 else math.pi / 5, math.pi))
    family = rng.choice(6, p=[0.45, 0.25, 0.12, 0.03, 0.12, 0.03])
    sigma_x = sigma_y = rng.uniform(0.2, high)
    theta = 0.0
    if family % 2:
        sigma_y, theta = rng.uniform(0.2, high), rng.uniform(-math.pi, math.pi)
    beta = 1.0
    if family >= 2:
        beta_low, beta_high = (0.5, 4) if family < 4 else (1, 2)
        beta = rng.uniform(beta_low, 1) if rng.random() < 0.5 else rng.uniform(1, beta_high)
    grid = np.arange(size) - size // 2
    i, j = np.meshgrid(grid, grid)
    c, s = math.cos(theta), math.sin(theta)
    q = ((c * i + s * j) / sigma_x) ** 2 + ((c * j - s * i) / sigma_y) ** 2
    kernel = np.exp(-0.5 * q**beta) if family < 4 else 1 / (1 + q**beta)
    return (kernel / kernel.sum()).astype(np.float32)


def blur(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Filter with a dense kernel."""
    return cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)


def add_poisson(rng: np.random.Generator, image: np.ndarray, scale: float, gray: bool = False) -> np.ndarray:
    """Add Poisson noise made from the image at 8-bit levels, and clip."""
    base = (image @ np.array([0.2989, 0.587, 0.114], np.float32))[..., None] if gray else image
    q = np.rint(np.clip(base, 0, 1) * 255)
    levels = np.count_nonzero(np.bincount(q.astype(np.uint8).ravel()))
    peak = 2 ** math.ceil(math.log2(levels))
    field = (rng.poisson(q / 255 * peak) / peak - q / 255).astype(np.float32) * np.float32(scale)
    return np.clip(image + field, 0, 1)


def add_noise(rng: np.random.Generator, image: np.ndarray, sigma: float, scale: float) -> np.ndarray:
    """Add Gaussian noise with a sigma of up to `sigma`, or Poisson noise with a scale of up to `scale`, and clip."""
    gray = rng.random() < 0.4
    if rng.random() >= 0.5:
        return add_poisson(rng, image, rng.uniform(0.05, scale), gray)
    shape = (*image.shape[:2], 1) if gray else image.shape
    return np.clip(image + rng.standard_normal(shape, np.float32) * np.float32(rng.uniform(1, sigma) / 255), 0, 1)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Compress and decompress with OpenCV's JPEG, without exchanging red and blue, which takes the same time."""
    pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32) / 255


def resize(rng: np.random.Generator, image: np.ndarray, side: float) -> np.ndarray:
    """Resize to a square of the given side, with a random filter."""
    size = max(1, int(side))
    return cv2.resize(image, (size, size), interpolation=FILTERS[rng.integers(3)])


def factor(rng: np.random.Generator, low: float, high: float, up: float, down: float) -> float:
    """Draw a resize factor: up in [1, high], down in [low, 1], or 1."""
    u = rng.random()
    return rng.uniform(1, high) if u < up else rng.uniform(low, 1) if u < up + down else 1.0


def second_order(rng: np.random.Generator, image: np.ndarray, scale: int = 4, usm: bool = True) -> np.ndarray:
    """Degrade a square HR of (H, H, 3) float32 to uint8 by the second-order chain."""
    side = image.shape[0]
    if usm:
        image = sharpen(image)
    image = blur(image, blur_kernel(rng, 3.0))
    image = resize(rng, image, side * factor(rng, 0.15, 1.5, 0.2, 0.7))
    image = add_noise(rng, image, 30, 3.0)
    image = jpeg(image, int(rng.integers(30, 96)))
    if rng.random() < 0.8:
        image = blur(image, blur_kernel(rng, 1.5))
    image = resize(rng, image, side / scale * factor(rng, 0.3, 1.2, 0.3, 0.4))
    image = add_noise(rng, image, 25, 2.5)
    jpeg_last = rng.random() < 0.5
    if not jpeg_last:
        image = jpeg(image, int(rng.integers(30, 96)))
    image = resize(rng, image, side // scale)
    if rng.random() < 0.8:
        size = int(rng.choice(np.arange(7, 22, 2)))
        image = blur(image, sinc_kernel(size, rng.uniform(math.pi / 3, math.pi)))
    if jpeg_last:
        image = jpeg(image, int(rng.integers(30, 96)))
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
