"""The peers kornia and torch: their functions with the parameters of each row, in batches of 1 on one CPU thread."""

from collections.abc import Callable
from functools import partial

import kornia
import numpy as np
import torch
from timing import Contender

from degradekit.functional import kernels


def rows(image: np.ndarray) -> dict[str, list[Contender]]:
    """Return its contenders, by the row of the table that they belong to."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    sinc = torch.from_numpy(kernels.sinc(21, 1.5).astype(np.float32))[None]
    quality = torch.full((1,), 60.0)

    def resize(mode: str) -> list[Contender]:
        return [Contender("torch", lambda _: torch.nn.functional.interpolate(tensor, (230, 230), mode=mode))]

    return {
        "Gaussian field": [Contender("torch", lambda _: torch.randn(tensor.shape))],
        "Poisson counts": [Contender("torch", lambda _: torch.poisson(tensor * 256))],
        "Gaussian noise": [Contender("torch", lambda _: (tensor + torch.randn(tensor.shape) * (10 / 255)).clamp(0, 1))],
        "JPEG round trip": [Contender("kornia", lambda _: kornia.enhance.jpeg_codec_differentiable(tensor, quality))],
        "blur, Gaussian 21 x 21": [
            Contender("kornia", lambda _: kornia.filters.gaussian_blur2d(tensor, (21, 21), (2.0, 2.0), "reflect"))
        ],
        "blur, sinc 21 x 21": [Contender("kornia", lambda _: kornia.filters.filter2d(tensor, sinc, "reflect"))],
        "resize to 230, area": resize("area"),
        "resize to 230, bilinear": resize("bilinear"),
        "resize to 230, bicubic": resize("bicubic"),
    }


def step_rows(image: np.ndarray, steps: dict) -> dict[str, list[Contender]]:
    """Return its contenders, by the row of operators.py that they belong to."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].contiguous()
    quality, sigma = torch.full((1,), 60.0), 10 / 255
    salt = kornia.augmentation.RandomSaltAndPepperNoise((0.0199, 0.0201), (0.5, 0.5), p=1)

    def contender(call: Callable, *arguments: object, who: str = "kornia") -> list[Contender]:
        return [Contender(who, lambda _: call(tensor, *arguments))]

    def resize(side: int, mode: str, antialias: bool = False) -> list[Contender]:
        work = partial(torch.nn.functional.interpolate, mode=mode, antialias=antialias)
        return contender(work, (side, side), who="torch")

    rows = {
        row: contender(kornia.filters.filter2d, torch.from_numpy(kernel)[None])
        for row, step in steps.items()
        if (kernel := step.kernel()) is not None
    }
    return rows | {
        "kernel, Gaussian 21 x 21": contender(kornia.filters.gaussian_blur2d, (21, 21), (2.0, 2.0)),
        "box blur 5 x 5": contender(kornia.filters.box_blur, (5, 5)),
        "motion blur, 10 px at 30 degrees": contender(kornia.filters.motion_blur, 11, 30.0, 0.0),
        "median 5 x 5": contender(kornia.filters.median_blur, (5, 5)),
        "bilateral 7 x 7": contender(kornia.filters.bilateral_blur, (7, 7), 30 / 255, (3.0, 3.0)),
        "halo, unsharp mask": contender(kornia.filters.unsharp_mask, (13, 13), (1.5, 1.5)),
        "resize to 230, area": resize(230, "area"),
        "resize to 230, bilinear": resize(230, "bilinear"),
        "resize to 230, bicubic": resize(230, "bicubic"),
        "resize to 230, bicubic antialiased": resize(230, "bicubic", antialias=True),
        "resize to 600, bicubic": resize(600, "bicubic"),
        "noise, Gaussian, sigma 10": contender(lambda x: (x + torch.randn_like(x) * sigma).clamp(0, 1), who="torch"),
        "noise, Poisson": contender(lambda x: (torch.poisson(x * 256) / 256).clamp(0, 1), who="torch"),
        "noise, speckle, sigma 10": contender(lambda x: (x + x * torch.randn_like(x) * sigma).clamp(0, 1), who="torch"),
        "uniform noise, 25": contender(lambda x: (x + (torch.rand_like(x) - 0.5) * 0.2).clamp(0, 1), who="torch"),
        "salt and pepper, 2 %": contender(salt),
        "JPEG quality 60": contender(kornia.enhance.jpeg_codec_differentiable, quality),
        "chroma subsampling 4:2:0": contender(lambda x: kornia.color.yuv420_to_rgb(*kornia.color.rgb_to_yuv420(x))),
        "quantize to 16 levels": contender(kornia.enhance.posterize, 4),
        "levels, gamma 1.1": contender(kornia.enhance.adjust_gamma, 1 / 1.1, 240 / 255),
        "saturation, HSV": contender(kornia.enhance.adjust_saturation, 0.7),
        "saturation, luma": contender(kornia.enhance.adjust_saturation_with_gray_subtraction, 0.7),
        "grayscale": contender(lambda x: kornia.color.grayscale_to_rgb(kornia.color.rgb_to_grayscale(x))),
        "brightness x1.1": contender(lambda x: (x * 1.1).clamp(0, 1), who="torch"),
        "contrast x1.1": contender(kornia.enhance.adjust_contrast_with_mean_subtraction, 1.1),
        "hue +0.03 turns": contender(kornia.enhance.adjust_hue, 0.03 * 2 * np.pi),
        "to light": contender(kornia.color.rgb_to_linear_rgb),
        "from light": contender(kornia.color.linear_rgb_to_rgb),
    }
