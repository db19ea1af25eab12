"""A recipe while it is edited: what it is made from, and the changes to its fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

from degradekit import recipes
from degradekit.operators.base import Operator
from degradekit.strengths import at_strength


@dataclass(frozen=True)
class Draft:
    """A preset, a file or a text, with changes.

    Attributes:
        name: The name of a preset, or the path of a YAML file.
        text: The recipe as YAML instead of that of the name; None takes that.
        scale: HR side / LR side; None is the one that the recipe has.
        strength: See `degradekit.strengths`.
        changes: The new value of each field that has changed, as plain data, by its path.
    """

    name: str = "real-esrgan"
    text: str | None = None
    scale: int | None = None
    strength: float = 1.0
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called, in a word or two."""
        return f"{self.name}, edited" if self.changes or self.strength != 1 else self.name

    @cached_property
    def base(self) -> Operator:
        """The recipe without the changes of fields.

        Raises:
            RecipeError: There is no such recipe, or not for the scale.
        """
        return at_strength(self._named, self.strength)

    @cached_property
    def recipe(self) -> Operator:
        """The recipe.

        Raises:
            RecipeError: A change breaks a rule: one mistake for each.
        """
        return recipes.changed(self.base, self.changes)

    @cached_property
    def _named(self) -> Operator:
        if self.text is None:
            return recipes.named(self.name, self.scale)
        recipe = recipes.loads(self.text)
        return recipe if self.scale is None else recipes.rescaled(recipe, self.scale)

    @cached_property
    def _base_data(self) -> dict[str, Any]:
        return self.base.to_dict()

    def with_change(self, path: str, value: Any) -> Self:
        """Return the draft with another value of a field, which may be the one that it has without any change."""
        others = {each: old for each, old in self.changes.items() if each != path and not each.startswith(f"{path}.")}
        is_new = value != _at(self._base_data, path)
        return replace(self, changes=others | ({path: value} if is_new else {}))

    def without_change(self, path: str) -> Self:
        """Return the draft with what a field, or an operator, has without any change."""
        return self.with_change(path, _at(self._base_data, path))


def _at(data: Any, path: str) -> Any:
    """Return the value at a path of plain data; None where there is none."""
    for part in path.split("."):
        try:
            data = data[int(part)] if isinstance(data, list) else data[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return data
