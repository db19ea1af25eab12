"""The names of torchvision that importing basicsr asks for, where torchvision is not installed.

Its wheels need the torch that they were built for. Only `rgb_to_grayscale` is ever called.
"""

import sys
import types

from torch import Tensor

__version__ = "0"


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return object


def _rgb_to_grayscale(image: Tensor, num_output_channels: int = 1) -> Tensor:
    gray = 0.2989 * image[..., 0:1, :, :] + 0.587 * image[..., 1:2, :, :] + 0.114 * image[..., 2:3, :, :]
    return gray.expand(*gray.shape[:-3], num_output_channels, *gray.shape[-2:])


for _name in ("transforms", "transforms.functional", "models", "models.vgg", "ops", "utils"):
    sys.modules[f"{__name__}.{_name}"] = _Module(f"{__name__}.{_name}")
transforms, models, ops, utils = (
    sys.modules[f"{__name__}.{name}"] for name in ("transforms", "models", "ops", "utils")
)
transforms.functional = sys.modules[f"{__name__}.transforms.functional"]
transforms.functional.rgb_to_grayscale = _rgb_to_grayscale
