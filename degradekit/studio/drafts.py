"""A recipe while it is edited: what it is made from, and the changes to its fields."""

from collections.abc import Mapping
from copy import deepcopy
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
        return self.name if self == self.unedited else f"{self.name}, edited"

    @property
    def unedited(self) -> Self:
        """The same recipe as it was before any change."""
        return replace(self, changes={}, strength=1.0)

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
        around = max((each for each in others if path.startswith(f"{each}.")), key=len, default=None)
        if around is None:
            is_new = value != value_at(self._base_data, path)
            return replace(self, changes=others | ({path: value} if is_new else {}))
        inside, _, last = path.removeprefix(f"{around}.").rpartition(".")
        changed = deepcopy(others[around])
        owner = value_at(changed, inside) if inside else changed
        if isinstance(owner, list) and last.isdecimal() and int(last) < len(owner):
            owner[int(last)] = value
        elif isinstance(owner, dict):
            owner[last] = value
        else:  # what is around it is not written out as far as this
            return replace(self, changes=others | {path: value})
        return self.with_change(around, changed)


def value_at(data: Any, path: str) -> Any:
    """Return the value at a path of plain data; None where there is none."""
    for part in path.split("."):
        try:
            data = data[int(part)] if isinstance(data, list) else data[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return data
