"""What worker processes need: the template of all workers imports this module, and nothing else does."""

import numpy as np

from degradekit import image, presets, recipes
from degradekit.dataset import rewriting, shard
from degradekit.dataset.engines import processes
from degradekit.functional import codecs, filtering, kernels, levels, noise, resizing

__all__ = [
    "codecs",
    "filtering",
    "image",
    "kernels",
    "levels",
    "noise",
    "presets",
    "processes",
    "recipes",
    "resizing",
    "rewriting",
    "shard",
]

levels.to_float(np.zeros(1, np.uint8))  # the first call of a compiled function sets up numba, which takes 0.25 s
