"""Transparent pictures: colors that are hidden, which must not show at enlarged edges, and alpha that stays exact."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from degradekit.sixteen_bits import Levels

_REACH = 2
"""Pixels around one within which alpha must vary for its enlargement to be the network's."""


def fill_hidden_colors(levels: Levels) -> Levels:
    """Continue the visible colors below fully transparent pixels.

    What is hidden there, mostly black or white, would otherwise be mixed into the edge of what is visible.

    Args:
        levels: (H, W, C) with alpha as the last channel; not changed.

    Returns:
        The same where no pixel or every pixel is hidden; otherwise a copy.
    """
    visible = levels[..., -1:] > 0
    if visible.all() or not visible.any():
        return levels
    colors, alpha = (_tensor(part) for part in (levels[..., :-1], levels[..., -1:]))
    filled = levels.copy()
    filled[..., :-1] = _filled(colors, alpha / alpha.max())[0].round().permute(1, 2, 0).numpy()
    return filled


def enlarge_alpha(alpha: Levels, scale: int, by_network: Callable[[Levels], Levels]) -> Levels:
    """Enlarge alpha by a network, but where it does not vary, as the network would make 255 a 254.

    Args:
        alpha: (H, W, 1).
        scale: Side of the result / side of `alpha`.
        by_network: Enlarges it.
    """
    if alpha.min() == alpha.max():
        shape = alpha.shape[0] * scale, alpha.shape[1] * scale, 1
        return np.full(shape, alpha[0, 0, 0], alpha.dtype)
    values, window = _tensor(alpha), 2 * _REACH + 1
    most = F.max_pool2d(values, window, 1, _REACH)
    is_constant = (most == -F.max_pool2d(-values, window, 1, _REACH))[0].permute(1, 2, 0).numpy()
    kept, exact = (part.repeat(scale, 0).repeat(scale, 1) for part in (is_constant, alpha))
    return np.where(kept, exact, by_network(alpha))


def _filled(colors: Tensor, weights: Tensor) -> Tensor:
    """Return colors where they have a weight, and elsewhere those of the weighted picture at half the size."""
    if bool((weights > 0).all()):
        return colors
    coarse_weights = F.avg_pool2d(weights, 2, ceil_mode=True)
    coarse = F.avg_pool2d(colors * weights, 2, ceil_mode=True) / coarse_weights.clamp(min=1e-12)
    larger = F.interpolate(_filled(coarse, coarse_weights), colors.shape[2:], mode="bilinear")
    return torch.where(weights > 0, colors, larger)


def _tensor(levels: Levels) -> Tensor:
    """Return levels as (1, C, H, W) float32, which holds 16 bits exactly."""
    return torch.from_numpy(levels.astype(np.float32)).permute(2, 0, 1)[None]
