"""The peer albumentations 2.0.8: its transforms with the parameters of each row, on float32 images where it takes them.

It installs opencv-python-headless over opencv-python, so it needs an environment of its own (docs/benchmarks.md).
"""

import warnings

import numpy as np
from timing import Contender

warnings.filterwarnings("ignore", category=UserWarning)  # These are about its newer releases.
import albumentations as A
import cv2


def rows(image: np.ndarray) -> dict[str, list[Contender]]:
    """Return its contenders, by the row of the table that they belong to."""
    pixels = np.rint(image * 255).astype(np.uint8)
    sigma = 10 / 255

    def contender(transform: A.BasicTransform, source: np.ndarray = image) -> list[Contender]:
        return [Contender("albumentations", lambda _: transform(image=source)["image"])]

    return {
        "Gaussian noise": contender(A.GaussNoise(std_range=(sigma, sigma), per_channel=True, p=1)),
        "Poisson noise": contender(A.ShotNoise(scale_range=(1 / 256, 1 / 256), p=1)),
        "JPEG round trip": contender(A.ImageCompression(quality_range=(60, 60), p=1), pixels),
        "USM": contender(A.UnsharpMask(blur_limit=(51, 51), sigma_limit=(8, 8), alpha=(0.5, 0.5), threshold=10, p=1)),
        "blur, Gaussian 21 x 21": contender(A.GaussianBlur(blur_limit=(21, 21), sigma_limit=(2.0, 2.0), p=1)),
        "blur, sinc 21 x 21": contender(A.RingingOvershoot(blur_limit=(21, 21), cutoff=(1.5, 1.5), p=1)),
        "resize to 230, area": contender(A.Resize(230, 230, interpolation=cv2.INTER_AREA, p=1)),
        "resize to 230, bilinear": contender(A.Resize(230, 230, interpolation=cv2.INTER_LINEAR, p=1)),
        "resize to 230, bicubic": contender(A.Resize(230, 230, interpolation=cv2.INTER_CUBIC, p=1)),
    }
