"""The perceptual loss of Real-ESRGAN.

Source: docs/model.md, section Losses and training; VGG19 of Simonyan and Zisserman (ICLR 2015), features before
activation as in ESRGAN.
"""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from degradekit.errors import DegradekitError
from degradekit_models.messages import first_line
from degradekit_models.tensor_files import TensorFileError, plain_tensors, read_tensors

_CHANNELS = (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512)
"""VGG19 up to its last convolution; M halves the size."""
_LAYERS = {2: 0.1, 7: 0.1, 16: 1.0, 25: 1.0, 34: 1.0}
"""Weights of conv1_2, 2_2, 3_4, 4_4 and 5_4, by their index among VGG19's features."""
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
VGG19_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
"""The name ends with the beginning of the file's SHA-256."""


class PerceptualLoss(nn.Module):
    """L1 distance of VGG19's features before activation, of ImageNet-normalized images in [0, 1].

    Args:
        vgg19: A file with VGG19's weights as torchvision publishes them; None means torch's download, which its hub
            cache keeps.

    Raises:
        DegradekitError: The weights cannot be read or downloaded, or are not VGG19's.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, vgg19: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self.features = _vgg19_features()
        try:
            self.features.load_state_dict(_vgg19_weights(vgg19))
        except RuntimeError as error:
            raise DegradekitError(
                f"vgg19: must be torchvision's VGG19 weights (got {vgg19}: {first_line(error)})"
            ) from None
        self.features.requires_grad_(False).eval()
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the weighted sum over the layers for (N, 3, H, W) images; only `fake` gets gradients."""
        a, b = (fake - self.mean) / self.std, (real.detach() - self.mean) / self.std
        total = fake.new_zeros(())
        for index, layer in enumerate(self.features):
            a, b = layer(a), layer(b)
            if index in _LAYERS:
                total = total + _LAYERS[index] * F.l1_loss(a, b)
        return total


def _vgg19_features() -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for channels in _CHANNELS:
        if isinstance(channels, str):
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()]
            inputs = channels
    return nn.Sequential(*layers[:-1])  # no features are read behind the last convolution


def vgg19_cache() -> Path:
    """Return the file to which torch downloads VGG19's weights, and from which it reads them later."""
    return Path(torch.hub.get_dir(), "checkpoints", VGG19_URL.rpartition("/")[2])


def _vgg19_weights(path: str | os.PathLike[str] | None) -> dict[str, Tensor]:
    """Read or download the weights of the features, by the names in `_vgg19_features`."""
    cached = vgg19_cache()
    file = path if path is not None else cached if cached.exists() else None
    try:
        if file is not None:
            state = read_tensors(file)
        else:
            state = torch.hub.load_state_dict_from_url(
                VGG19_URL, map_location="cpu", weights_only=True, check_hash=True
            )
    except Exception as error:  # of networks, disks and pickles
        needed, reason = "vgg19: its weights are needed for the perceptual loss, and", first_line(error)
        if path is not None:
            message = (
                f"the file {Path(path)} failed ({reason}); give a file with torchvision's VGG19 weights, or connect"
                " this machine to the internet once and give none"
            )
        elif file is not None:
            message = f"torch's copy of them, {cached}, cannot be read ({reason}); delete it to download them again"
        else:
            message = (
                f"torch's download of {VGG19_URL} failed ({reason}); connect this machine to the internet once,"
                f" or download the file on another machine and give it as vgg19, or copy it to {cached}"
            )
        raise DegradekitError(f"{needed} {message}") from None
    known: dict[str, Any] = state if isinstance(state, dict) else {}
    names = list(_vgg19_features().state_dict())
    try:
        weights = plain_tensors({name: known.get(f"features.{name}") for name in names})
    except TensorFileError as error:
        raise DegradekitError(f"vgg19: must be torchvision's VGG19 weights (got {file}: {error})") from None
    if len(weights) < len(names):
        raise DegradekitError(f"vgg19: must be torchvision's VGG19 weights, `features.0.weight` and on (got {file})")
    return weights
