"""One draw of a recipe on a crop, with the picture after every step."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.degradation import Degradation
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.resizing import resize
from degradekit.operators.base import Operator
from degradekit.parameters import drawn_parameters
from degradekit.step import Step
from degradekit.studio.photos import Crop
from degradekit.types import Pixels

Enlarge = Callable[[Pixels], Pixels]
"""Enlarges an LR by trained weights."""
Filter = Literal["bicubic", "nearest"]


class DrawnStep(NamedTuple):
    """A step, and the picture after it.

    Attributes:
        step: The step.
        pixels: The picture, clipped and rounded.
        low, high: Its lowest and its highest value before that, where 0 is black and 1 white.
        kernel: The kernel as a picture, of a step that blurs.
    """

    step: Step
    pixels: Pixels
    low: float
    high: float
    kernel: Pixels | None

    @property
    def parameters(self) -> Iterator[tuple[str, object]]:
        """The parameters of the step and their values."""
        for name, value in drawn_parameters([self.step.to_dict()]):
            yield name.partition(": ")[2], value


class Draw(NamedTuple):
    """A drawn degradation, applied."""

    hr: Pixels
    degradation: Degradation
    steps: tuple[DrawnStep, ...]

    @property
    def lr(self) -> Pixels:
        """The result."""
        return self.steps[-1].pixels if self.steps else self.hr


def draw(crop: Crop, recipe: Operator, seed: int) -> Draw:
    """Draw a degradation for a crop and apply it.

    Raises:
        RecipeError: The crop is smaller than the scale, or the recipe draws what is refused.
    """
    return apply(_sampled(crop, recipe, seed), crop.pixels)


def apply(degradation: Degradation, hr: Pixels) -> Draw:
    """Apply a degradation, as of a record, and keep the picture after every step."""
    steps = []
    for step, image in degradation.trace(hr):
        kernel = step.kernel()
        picture = None if kernel is None else kernel_picture(kernel)
        steps.append(DrawnStep(step, to_pixels(image), float(image.min()), float(image.max()), picture))
    return Draw(hr, degradation, tuple(steps))


def wall(crop: Crop, recipe: Operator, seeds: Iterable[int]) -> list[Pixels]:
    """Return the LR of a crop for each seed.

    Raises:
        RecipeError: As `draw`.
    """
    image = to_float(crop.pixels)
    return [_sampled(crop, recipe, seed).to_pixels(image) for seed in seeds]


def enlarged(lr: Pixels, scale: int, method: Filter | Enlarge) -> Pixels:
    """Return an LR at the size of its HR."""
    if callable(method):
        return method(lr)
    return to_pixels(resize(to_float(lr), lr.shape[0] * scale, lr.shape[1] * scale, method))


def kernel_picture(kernel: NDArray[np.float32]) -> Pixels:
    """Return a kernel as a picture: white is its highest value, black 0, and orange what is below 0."""
    share = np.sqrt(np.abs(kernel) / max(float(np.abs(kernel).max()), 1e-12))[..., None]
    color = np.where(kernel[..., None] < 0, np.array([1, 0.55, 0.1]), np.ones(3))
    picture: Pixels = np.rint(255 * share * color).astype(np.uint8)
    return picture


def _sampled(crop: Crop, recipe: Operator, seed: int) -> Degradation:
    return recipe.sample((crop.pixels.shape[0], crop.pixels.shape[1]), seed=seed, frame=crop.frame)
