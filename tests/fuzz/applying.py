"""Drawn degradations, used as far as their work is small."""

import numpy as np

from degradekit import Degradation

_MOST_PIXELS = 2**14
_MOST_TAPS = 2**22


def check_degradation(degradation: Degradation) -> None:
    """Describe a degradation, write and read it, and apply it where that takes no time."""
    assert Degradation.from_json(degradation.to_json()) == degradation
    assert str(degradation).count("\n") == len(degradation.steps)
    sizes = [degradation.size]
    for step in degradation.steps:
        sizes.append(step.output_size(sizes[-1]))
    assert sizes[-1] == degradation.lr_size
    if sum(height * width for height, width in sizes) > _MOST_PIXELS or len(degradation.steps) > 100:
        return
    for kernel in degradation.kernels():
        assert np.isfinite(kernel).all()
        assert abs(kernel.sum() - 1) < 1e-3
    for channels in (1, 3):
        levels = np.arange(sizes[0][0] * sizes[0][1] * channels).reshape(*sizes[0], channels) % 256
        lr = degradation(levels.astype(np.uint8))
        assert lr.shape == (*sizes[-1], channels)
        assert lr.dtype == np.uint8
