"""The peers kornia and torch: their functions with the parameters of each row, in batches of 1 on one CPU thread."""

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
