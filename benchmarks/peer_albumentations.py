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


def step_rows(image: np.ndarray, _steps: dict) -> dict[str, list[Contender]]:
    """Return its contenders, by the row of operators.py that they belong to."""
    pixels = np.rint(image * 255).astype(np.uint8)
    sigma = 10 / 255
    plain = {"brightness": (1, 1), "contrast": (1, 1), "saturation": (1, 1), "hue": (0, 0)}

    def contender(transform: A.BasicTransform, source: np.ndarray = image, work: str = "") -> list[Contender]:
        name = f"albumentations{work}" + (", 8-bit" if source is pixels else "")
        return [Contender(name, lambda _: transform(image=source)["image"])]

    def jitter(**changed: tuple[float, float]) -> list[Contender]:
        return contender(A.ColorJitter(**(plain | changed), p=1))

    def resize(side: int, flag: int) -> list[Contender]:
        return contender(A.Resize(side, side, interpolation=flag, p=1))

    rotated = {"sigma_x_limit": (3, 3), "sigma_y_limit": (1, 1), "rotate_limit": (29, 29), "noise_limit": (1, 1)}
    straight = {"angle_range": (30, 30), "direction_range": (0, 0), "allow_shifted": False}
    uniform = {"spatial_mode": "per_pixel", "noise_params": {"ranges": [(-25 / 255, 25 / 255)]}}
    speckle = {"multiplier": (1 - sigma, 1 + sigma), "elementwise": True, "per_channel": True}
    scales = {"downscale": cv2.INTER_AREA, "upscale": cv2.INTER_NEAREST}
    shift = {"r_shift_limit": (8, 8), "g_shift_limit": (0, 0), "b_shift_limit": (-8, -8)}
    saturation = {"hue_shift_limit": (0, 0), "sat_shift_limit": (-30, -30), "val_shift_limit": (0, 0)}
    dispersion = {"primary_distortion_limit": (0.001, 0.001), "secondary_distortion_limit": (0.0005, 0.0005)}
    iso = A.ISONoise(color_shift=(0.02, 0.02), intensity=(0.2, 0.2), p=1)
    salt = A.SaltAndPepper(amount=(0.02, 0.02), salt_vs_pepper=(0.5, 0.5), p=1)
    return {
        "kernel, Gaussian 21 x 21": contender(A.GaussianBlur(blur_limit=(21, 21), sigma_limit=(2.0, 2.0), p=1)),
        "kernel, rotated Gaussian 21 x 21": contender(
            A.AdvancedBlur(blur_limit=(21, 21), beta_limit=(0.999, 1.001), **rotated, p=1)
        ),
        "kernel, rotated plateau 21 x 21": contender(
            A.AdvancedBlur(blur_limit=(21, 21), beta_limit=(0.5, 1.5), **rotated, p=1)
        ),
        "sinc 13 x 13": contender(A.RingingOvershoot(blur_limit=(13, 13), cutoff=(2.0, 2.0), p=1)),
        "sinc 21 x 21": contender(A.RingingOvershoot(blur_limit=(21, 21), cutoff=(1.5, 1.5), p=1)),
        "box blur 5 x 5": contender(A.Blur(blur_limit=(5, 5), p=1)),
        "disc blur, radius 4": contender(A.Defocus(radius=(4, 4), alias_blur=(0.1, 0.1), p=1)),
        "motion blur, 10 px at 30 degrees": contender(A.MotionBlur(blur_limit=(11, 11), **straight, p=1)),
        "median 5 x 5": contender(A.MedianBlur(blur_limit=(5, 5), p=1)),
        "sharpen, 51 taps": contender(
            A.UnsharpMask(blur_limit=(51, 51), sigma_limit=(8, 8), alpha=(0.5, 0.5), threshold=10, p=1)
        ),
        "halo, unsharp mask": contender(
            A.UnsharpMask(blur_limit=(13, 13), sigma_limit=(1.5, 1.5), alpha=(1, 1), threshold=0, p=1)
        ),
        "resize to 230, area": resize(230, cv2.INTER_AREA),
        "resize to 230, bilinear": resize(230, cv2.INTER_LINEAR),
        "resize to 230, bicubic": resize(230, cv2.INTER_CUBIC),
        "resize to 230, lanczos": resize(230, cv2.INTER_LANCZOS4),
        "resize to 600, bicubic": resize(600, cv2.INTER_CUBIC),
        "crop to 384": contender(A.CenterCrop(384, 384, p=1)),
        "pixelate x2.5": contender(A.Downscale(scale_range=(0.4, 0.4), interpolation_pair=scales, p=1)),
        "noise, Gaussian, sigma 10": contender(A.GaussNoise(std_range=(sigma, sigma), per_channel=True, p=1)),
        "noise, Gaussian gray": contender(A.GaussNoise(std_range=(sigma, sigma), per_channel=False, p=1)),
        "noise, Poisson": contender(A.ShotNoise(scale_range=(1 / 256, 1 / 256), p=1)),
        "noise, speckle, sigma 10": contender(A.MultiplicativeNoise(**speckle, p=1), work=", uniform factors"),
        "uniform noise, 25": contender(A.AdditiveNoise(noise_type="uniform", **uniform, p=1)),
        "salt and pepper, 2 %": contender(salt),
        "camera, no mosaic": contender(iso, work=" ISONoise"),
        "JPEG quality 60": contender(A.ImageCompression(quality_range=(60, 60), p=1), pixels),
        "WebP quality 60": contender(A.ImageCompression("webp", quality_range=(60, 60), p=1), pixels),
        "quantize to 16 levels": contender(A.Posterize(num_bits=4, p=1), pixels),
        "levels, gamma 1.1": contender(A.RandomGamma(gamma_limit=(91, 91), p=1)),
        "saturation, HSV": contender(A.HueSaturationValue(**saturation, p=1), pixels),
        "saturation, luma": jitter(saturation=(0.7, 0.7)),
        "grayscale": contender(A.ToGray(p=1)),
        "color cast, shift": contender(A.RGBShift(**shift, p=1), pixels),
        "brightness x1.1": jitter(brightness=(1.1, 1.1)),
        "contrast x1.1": jitter(contrast=(1.1, 1.1)),
        "hue +0.03 turns": jitter(hue=(0.03, 0.03)),
        "chromatic aberration": contender(A.ChromaticAberration(**dispersion, p=1)),
    }
