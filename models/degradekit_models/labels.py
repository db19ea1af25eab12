"""What was drawn, as tensors of fixed sizes: kernels, and a vector of parameters."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from degradekit.degradation import Degradation
from degradekit.operators.base import Operator
from degradekit.parameters import drawn_parameters, step_counts
from degradekit.types import Size

_DRAWS = 1000
"""What a recipe draws in none of these has no element in the vector."""
_MOST_WORDS = 64
"""A field with more different words than these is no category: the name of a file, or the data of a kernel."""


class LabelEncoder:
    """Turns the draws of a recipe into tensors of fixed sizes.

    The sizes and names follow from 1,000 draws, which are the same on every machine.

    Args:
        recipe: The recipe.
        size: (height, width) of the images that are degraded.

    Attributes:
        parameter_names: A name for each element of the vector: `kernel 1: sigma_x` for a number or a flag,
            `kernel 1: family = iso` for a word, and `kernel: how often` for the number of steps of a kind.
        kernel_shape: (K, k, k), the most kernels and the longest side.
    """

    def __init__(self, recipe: Operator, size: Size) -> None:
        names: dict[str, set[str]] = defaultdict(set)
        shapes = {(0, 1)}
        for variant in range(_DRAWS):
            drawn = recipe.sample(size, seed=0, key="labels", variant=variant)
            for name, word, _ in _elements(drawn):
                names[name].add(word)
            kernels = drawn.kernels()
            shapes.add((len(kernels), max((kernel.shape[0] for kernel in kernels), default=1)))
        categories = (
            _name_of(name, word) for name, words in names.items() if len(words) <= _MOST_WORDS for word in words
        )
        self.parameter_names = tuple(sorted(categories))
        most, side = (max(lengths) for lengths in zip(*shapes, strict=True))
        self.kernel_shape = most, side, side
        self._indices = {name: index for index, name in enumerate(self.parameter_names)}

    def encode(self, degradation: Degradation) -> dict[str, Tensor]:
        """Return the tensors of a draw.

        Returns:
            kernels: (K, k, k) float32 PSF kernels in the order of the steps, with zeros around the smaller ones; where
                a draw has fewer than K, the last are deltas, which blur nothing. A larger one than any of the 1,000
                draws had is cut to k and scaled to the sum 1.
            parameters: (P,) float32; 0 for what the draw does not have.
        """
        kernels = np.zeros(self.kernel_shape, np.float32)
        most, side, _ = self.kernel_shape
        kernels[:, side // 2, side // 2] = 1
        for index, kernel in enumerate(degradation.kernels()[:most]):
            kernels[index] = _fitted(kernel, side)
        parameters = np.zeros(len(self._indices), np.float32)
        for name, word, value in _elements(degradation):
            if (element := _name_of(name, word)) in self._indices:
                parameters[self._indices[element]] = value
        return {"kernels": torch.from_numpy(kernels), "parameters": torch.from_numpy(parameters)}


def _elements(degradation: Degradation) -> Iterator[tuple[str, str, float]]:
    """Yield name, word (empty for a number) and value of what was drawn."""
    steps: list[dict[str, Any]] = degradation.to_dict()["steps"]
    for name, value in drawn_parameters(steps):
        if isinstance(value, str):
            yield name, value, 1.0
        elif isinstance(value, int | float):  # a flag is an integer too
            yield name, "", float(value)
    for name, count in step_counts(steps).items():
        yield name, "", float(count)


def _name_of(name: str, word: str) -> str:
    return f"{name} = {word}" if word else name


def _fitted(kernel: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Return a kernel with zeros around it, or its center."""
    margin = (side - kernel.shape[0]) // 2  # both are odd
    if margin >= 0:
        return np.pad(kernel, margin)
    center = kernel[-margin:margin, -margin:margin]
    return np.asarray(center / center.sum(), np.float32)
