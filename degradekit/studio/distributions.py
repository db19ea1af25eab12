"""What recipes draw, seen over many draws."""

from degradekit.dataset.inspecting import Draws, Histogram, compare
from degradekit.operators.base import Operator
from degradekit.types import Frame, Size

DRAWS = 500
"""Draws of each recipe: enough for the shape of a histogram, in a tenth of a second."""


def histograms(recipe: Operator, other: Operator, size: Size, frame: Frame, seed: int) -> list[Histogram]:
    """Return a histogram for each drawn parameter: of one recipe, and of another one to compare it with.

    Args:
        recipe: Its shares are `drawn`.
        other: Its shares are `expected`.
        size: (height, width) of the crop.
        frame: Where the crop lies in its photo.
        seed: The first of the seeds, which are the same for both.

    Raises:
        RecipeError: A recipe draws what is refused.
    """
    return list(compare(*(_draws(each, size, frame, seed) for each in (recipe, other))))


def _draws(recipe: Operator, size: Size, frame: Frame, seed: int) -> Draws:
    draws = Draws()
    for each in range(seed, seed + DRAWS):
        draws.add(recipe.sample(size, seed=each, frame=frame).to_dict()["steps"])
    return draws
