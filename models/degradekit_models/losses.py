"""The losses of Real-ESRGAN: perceptual and adversarial; L1 is torch's own.

Source: spec section 10; VGG19 of Simonyan and Zisserman (ICLR 2015), features before activation as in ESRGAN.
"""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from degradekit.errors import DegradekitError
from degradekit_models.files import first_line

_CHANNELS = (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512)
"""VGG19 up to its last convolution; M halves the size."""
_LAYERS = {2: 0.1, 7: 0.1, 16: 1.0, 25: 1.0, 34: 1.0}
"""Weights of conv1_2, 2_2, 3_4, 4_4 and 5_4, by their place among VGG19's features."""
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
VGG19_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"


class PerceptualLoss(nn.Module):
    """L1 distance of VGG19's features before activation, of ImageNet-normalized images in [0, 1].

    Args:
        weights: A file with VGG19's weights as torchvision publishes them; None looks into torch's hub cache and
            downloads there.

    Raises:
        DegradekitError: The weights are not to be had, or are not VGG19's.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, weights: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self.features = _vgg19_features()
        try:
            self.features.load_state_dict(_vgg19_weights(weights))
        except RuntimeError as error:
            raise DegradekitError(
                f"vgg19: must be torchvision's VGG19 weights (got {weights}: {first_line(error)})"
            ) from None
        self.features.requires_grad_(False).eval()
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """The weighted sum over the layers; only `fake` gets gradients."""
        a, b = (fake - self.mean) / self.std, (real.detach() - self.mean) / self.std
        total = fake.new_zeros(())
        for number, layer in enumerate(self.features):
            a, b = layer(a), layer(b)
            if number in _LAYERS:
                total = total + _LAYERS[number] * F.l1_loss(a, b)
        return total


def adversarial_loss(logits: Tensor, real: bool) -> Tensor:
    """Binary cross-entropy of logits against all ones (`real`) or all zeros."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))


def _vgg19_features() -> nn.Sequential:
    layers: list[nn.Module] = []
    inputs = 3
    for channels in _CHANNELS:
        if isinstance(channels, str):
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU()]
            inputs = channels
    return nn.Sequential(*layers[:-1])  # nothing is taken behind the last convolution


def _vgg19_weights(place: str | os.PathLike[str] | None) -> dict[str, Any]:
    """The weights of the features, by the names in `_vgg19_features`."""
    try:
        if place is None:
            state = torch.hub.load_state_dict_from_url(VGG19_URL, map_location="cpu", weights_only=True)
        else:
            state = torch.load(place, map_location="cpu", weights_only=True)
    except Exception as error:  # of networks, disks and pickles
        wanted = f"the file {Path(place)}" if place is not None else f"torch's download of {VGG19_URL}"
        raise DegradekitError(
            f"vgg19: its weights are needed for the perceptual loss, and {wanted} failed ({first_line(error)}); "
            "give a file with torchvision's VGG19 weights, or connect this machine to the internet once"
        ) from None
    named: dict[str, Any] = state if isinstance(state, dict) else {}
    found = {name: named.get(f"features.{name}") for name in _vgg19_features().state_dict()}
    if not all(isinstance(value, Tensor) for value in found.values()):
        raise DegradekitError(f"vgg19: must be torchvision's VGG19 weights, `features.0.weight` and on (got {place})")
    return found
