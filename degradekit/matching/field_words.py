"""What the path of a field means, for readers of a report."""

import re

from degradekit.compose import Maybe
from degradekit.matching.fields import operators_by_path, split
from degradekit.operators.base import Operator


def words_of(path: str, recipe: Operator) -> str:
    """Return what a path of a field means, such as `stage 2, noise: sigma` for `stages.1.noise.sigma`.

    Args:
        path: The path of a field of the recipe.
        recipe: The recipe.
    """
    operator_path, name = split(path)
    operator = operators_by_path(recipe).get(operator_path, recipe)
    while isinstance(operator, Maybe):
        operator = operator.child
    stage = re.match(r"stages\.(\d+)\.", path)
    part = f"stage {int(stage[1]) + 1}, " if stage else "last part, " if path.startswith("last.") else ""
    return f"{part}{operator.op}: {name}".replace("_", " ")
