"""Parts of batches on the device: patches as images, and the targets sharpened there."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from degradekit_models.sharpening import sharpen, without_margin


class Part(NamedTuple):
    """A batch, or a part of it, on the device: (N, 3, H, W) float32 in [0, 1].

    Attributes:
        lr: What the generator gets.
        target: What the generator should return: the HR, sharpened as it was for the LR.
        hr: The HR as it is, which the discriminator sees as real.
    """

    lr: Tensor
    target: Tensor
    hr: Tensor


def part_on_device(
    patches: Mapping[str, Tensor],
    device: torch.device | str,
    memory_format: torch.memory_format = torch.channels_last,
) -> Part:
    """Move patches to a device, and sharpen the targets there.

    Args:
        patches: A batch of items of `Patches`.
        device: The device of the networks.
        memory_format: The layout of the images in memory.
    """
    moved = {name: values.to(device, non_blocking=True) for name, values in patches.items()}
    lr, hr = (moved[name].permute(0, 3, 1, 2).float() / 255 for name in ("lr", "hr"))
    weight, threshold = moved["sharpening"].view(-1, 2, 1, 1, 1).unbind(1)
    images = lr, sharpen(hr, weight, threshold), without_margin(hr)
    return Part(*(image.contiguous(memory_format=memory_format) for image in images))
