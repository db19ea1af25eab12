"""albumentations 2.0.8, operator by operator, each with the row's parameters; float32 where it takes that.

It brings opencv-python-headless over opencv-python, so give it an environment of its own (docs/benchmarks.md).
"""

import warnings

import numpy as np
from timing import Timed

warnings.filterwarnings("ignore", category=UserWarning)  # about its newer releases
import albumentations as A
import cv2


def rows(image: np.ndarray) -> dict[str, list[Timed]]:
    """Its rows of the table."""
    pixels = np.rint(image * 255).astype(np.uint8)
    sigma = 10 / 255

    def timed(transform: A.BasicTransform, source: np.ndarray = image) -> list[Timed]:
        return [Timed("albumentations", lambda _: transform(image=source)["image"])]

    return {
        "Gaussian noise": timed(A.GaussNoise(std_range=(sigma, sigma), per_channel=True, p=1)),
        "Poisson noise": timed(A.ShotNoise(scale_range=(1 / 256, 1 / 256), p=1)),
        "JPEG round trip": timed(A.ImageCompression(quality_range=(60, 60), p=1), pixels),
        "USM": timed(A.UnsharpMask(blur_limit=(51, 51), sigma_limit=(8, 8), alpha=(0.5, 0.5), threshold=10, p=1)),
        "blur, Gaussian 21 x 21": timed(A.GaussianBlur(blur_limit=(21, 21), sigma_limit=(2.0, 2.0), p=1)),
        "blur, sinc 21 x 21": timed(A.RingingOvershoot(blur_limit=(21, 21), cutoff=(1.5, 1.5), p=1)),
        "resize to 230, area": timed(A.Resize(230, 230, interpolation=cv2.INTER_AREA, p=1)),
        "resize to 230, bilinear": timed(A.Resize(230, 230, interpolation=cv2.INTER_LINEAR, p=1)),
        "resize to 230, bicubic": timed(A.Resize(230, 230, interpolation=cv2.INTER_CUBIC, p=1)),
    }
