"""The discriminator of Real-ESRGAN: a U-Net with spectral norm that judges every pixel.

Source: Wang et al., Real-ESRGAN (ICCV workshops 2021); docs/model.md, section Networks. The names of the parameters are
those of the published checkpoints.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm
from torch.nn.utils.spectral_norm import SpectralNorm


class UNetDiscriminatorSN(nn.Module):
    """A U-Net: three convolutions of stride 2 down, bilinear upsampling, skips that are added.

    Args:
        features: Channels at full size.

    Shape:
        (N, 3, H, W), H and W multiples of 8, to logits (N, 1, H, W).
    """

    def __init__(self, features: int = 64) -> None:
        super().__init__()
        f = features
        self.conv0 = nn.Conv2d(3, f, 3, padding=1)
        self.conv1 = _down(f, 2 * f)
        self.conv2 = _down(2 * f, 4 * f)
        self.conv3 = _down(4 * f, 8 * f)
        self.conv4 = _normed(8 * f, 4 * f)
        self.conv5 = _normed(4 * f, 2 * f)
        self.conv6 = _normed(2 * f, f)
        self.conv7 = _normed(f, f)
        self.conv8 = _normed(f, f)
        self.conv9 = nn.Conv2d(f, 1, 3, padding=1)

    def advance(self) -> None:
        """Take one step of the power iterations behind the spectral norms.

        torch takes one at every forward pass in training mode. A training iteration has several forward passes, each of
        which would see other weights, so the trainer keeps the discriminator in evaluation mode and calls this once.
        """
        for module in self.modules():
            for hook in module._forward_pre_hooks.values():
                if isinstance(hook, SpectralNorm):
                    with torch.no_grad():
                        hook.compute_weight(module, do_power_iteration=True)

    def forward(self, image: Tensor) -> Tensor:
        """Return one logit per pixel; above 0 means real."""
        full = _active(self.conv0(image))
        half = _active(self.conv1(full))
        quarter = _active(self.conv2(half))
        deep = _active(self.conv3(quarter))
        quarter = _active(self.conv4(_doubled(deep))) + quarter
        half = _active(self.conv5(_doubled(quarter))) + half
        full = _active(self.conv6(_doubled(half))) + full
        logits: Tensor = self.conv9(_active(self.conv8(_active(self.conv7(full)))))
        return logits


def _down(inputs: int, outputs: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(inputs, outputs, 4, stride=2, padding=1, bias=False))


def _normed(inputs: int, outputs: int) -> nn.Module:
    return spectral_norm(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False))


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _active(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)
