"""The generator of ESRGAN and Real-ESRGAN.

Source: Wang et al., ESRGAN (ECCV workshops 2018) and Real-ESRGAN (ICCV workshops 2021); docs/model.md, section
Networks. The names of the parameters are those of the published checkpoints.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from degradekit.errors import DegradekitError

_RESIDUAL_SCALE = 0.2
_GROWTH = 32
"""Channels that each convolution of a dense block adds; other readers of such weights expect it."""
BLOCK_REACH, END_REACH = 15, 3
"""Pixels of the features that `ResidualBlocks` and `RRDBNet.enlarged` see on each side of one."""
_UNSHUFFLE = {4: 1, 2: 2, 1: 4}
"""Factor of the pixel-unshuffle before the network, which itself always enlarges by 4, by scale."""


class RRDBNet(nn.Module):
    """Residual-in-residual dense blocks, then nearest-neighbor upsampling twice.

    Args:
        scale: 4, 2 or 1; below 4 the input is pixel-unshuffled, so its sides must be multiples of 4 / scale.
        features: Channels between the blocks.
        blocks: Residual-in-residual dense blocks.

    Raises:
        DegradekitError: The scale is another one.

    Shape:
        (N, 3, H, W) in [0, 1] to (N, 3, scale H, scale W), not clipped.
    """

    def __init__(self, scale: int = 4, features: int = 64, blocks: int = 23) -> None:
        super().__init__()
        if scale not in _UNSHUFFLE:
            raise DegradekitError(f"scale: must be 4, 2 or 1 (got {scale})")
        self.scale, self.features, self.blocks = scale, features, blocks
        self.conv_first = _convolution(3 * _UNSHUFFLE[scale] ** 2, features)
        self.body = nn.Sequential(*(ResidualBlocks(features) for _ in range(blocks)))
        self.conv_body = _convolution(features, features)
        self.conv_up1 = _convolution(features, features)
        self.conv_up2 = _convolution(features, features)
        self.conv_hr = _convolution(features, features)
        self.conv_last = _convolution(features, 3)

    def forward(self, image: Tensor) -> Tensor:
        """Enlarge images."""
        first = self.first_features(image)
        return self.enlarged(first, self.body(first))

    def first_features(self, image: Tensor) -> Tensor:
        """Return what the body begins with: (N, features, scale H / 4, scale W / 4)."""
        factor = _UNSHUFFLE[self.scale]
        features: Tensor = self.conv_first(F.pixel_unshuffle(image, factor) if factor > 1 else image)
        return features

    def enlarged(self, first: Tensor, deep: Tensor) -> Tensor:
        """Return the images of what the body begins and ends with."""
        deep = first + self.conv_body(deep)
        deep = _active(self.conv_up1(F.interpolate(deep, scale_factor=2.0, mode="nearest")))
        deep = _active(self.conv_up2(F.interpolate(deep, scale_factor=2.0, mode="nearest")))
        result: Tensor = self.conv_last(_active(self.conv_hr(deep)))
        return result


class ResidualBlocks(nn.Module):
    """Three dense blocks inside a residual connection."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.rdb1 = DenseBlock(features)
        self.rdb2 = DenseBlock(features)
        self.rdb3 = DenseBlock(features)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus a fifth of what the blocks make of it."""
        changed: Tensor = self.rdb3(self.rdb2(self.rdb1(x)))
        return x + _RESIDUAL_SCALE * changed


class DenseBlock(nn.Module):
    """Five convolutions, each of which gets the input and all results before it."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = _convolution(features, _GROWTH)
        self.conv2 = _convolution(features + _GROWTH, _GROWTH)
        self.conv3 = _convolution(features + 2 * _GROWTH, _GROWTH)
        self.conv4 = _convolution(features + 3 * _GROWTH, _GROWTH)
        self.conv5 = _convolution(features + 4 * _GROWTH, features)
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4, self.conv5):
            nn.init.kaiming_normal_(convolution.weight)
            with torch.no_grad():
                convolution.weight *= 0.1
            assert convolution.bias is not None
            nn.init.zeros_(convolution.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus a fifth of the last convolution."""
        seen = [x]
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen.append(_active(convolution(torch.cat(seen, 1))))
        last: Tensor = self.conv5(torch.cat(seen, 1))
        return x + _RESIDUAL_SCALE * last


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _active(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2, inplace=True)
