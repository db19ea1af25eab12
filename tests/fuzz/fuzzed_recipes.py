"""Recipes: YAML and plain data, damaged."""

import random
from pathlib import Path

from applying import check_degradation
from damaged_yaml import damaged_text
from examples import ALL
from fuzzed import Kind, Uses
from odd_data import changed, to_yaml

from degradekit import recipes
from degradekit.operators.base import Operator

_WEAK = {"extends": "real-esrgan", "scale": 2, "strength": 0.5, "stages.1.blur.child.sigma": [0.1, 1]}
_EXTENDING = [_WEAK, {"op": "one_of", "children": [_WEAK, {"extends": "bsrgan", "scale": 2}], "weights": [1, 3]}]


class Recipes(Kind):
    """Read from text and from data, written, and drawn from."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._data = [*(operator.to_dict() for operator in ALL.values()), *_EXTENDING]
        self._texts = [*(recipes.dumps(operator) for operator in ALL.values()), *map(to_yaml, _EXTENDING)]

    def make(self, draw: random.Random, folder: Path) -> object:
        """Return a damaged recipe, text or data."""
        if draw.random() < 0.5:
            return damaged_text(draw.choice(self._texts), draw)
        data = changed(draw.choice(self._data), draw)
        return data if draw.random() < 0.5 else to_yaml(data)

    def uses(self, made: object) -> Uses:
        """Read the recipe, and draw from it."""
        if isinstance(made, str):
            yield "loads", lambda: _check_recipe(recipes.loads(made))
        else:
            yield "from_dict", lambda: _check_recipe(recipes.from_dict(made))


def _check_recipe(recipe: Operator) -> None:
    assert recipes.loads(recipes.dumps(recipe)) == recipe
    for variant in range(2):
        check_degradation(recipe.sample((32, 48), seed=1, key="\udcff\n", variant=variant))
