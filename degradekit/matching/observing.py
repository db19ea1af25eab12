"""Draws of a recipe with the value that each of its fields has in them."""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, ClassVar

from pydantic import InstanceOf

from degradekit.compose import ChosenRecipeStep
from degradekit.degradation import Degradation
from degradekit.errors import RecipeError
from degradekit.matching.fields import Field, readable_fields
from degradekit.matching.recipe_paths import joined, with_value
from degradekit.mistakes import validated
from degradekit.operators.base import AnyOperator, Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Frame, Size


class Observer:
    """Draws from a recipe, and returns what each field has decided.

    Every operator of the recipe is wrapped in one that notes the steps of each draw and changes none.

    Attributes:
        fields: The fields of the recipe.
    """

    def __init__(self, recipe: Operator) -> None:
        self._readable = tuple(readable_fields(recipe))
        self._notes = _Notes()
        self._recipe = _watched(recipe, "", self._notes)
        self.fields: tuple[Field, ...] = tuple(readable.field for readable in self._readable)

    def sample(
        self, size: Size, *, seed: int, key: str = "", variant: int = 0, frame: Frame | None = None
    ) -> tuple[Degradation, dict[str, float | str], str]:
        """Draw one degradation: see `Operator.sample`, which draws the same.

        Returns:
            The degradation; the value of each field by its path, NaN or "" where the draw has none; and the path of the
            operator that the last step comes from, "" if there are no steps.
        """
        self._notes.clear()
        degradation = self._recipe.sample(size, seed=seed, key=key, variant=variant, frame=frame)
        values: dict[str, float | str] = {}
        for readable in self._readable:
            value, field = readable.read(self._notes), readable.field
            if field.kind == "span":
                values[field.path] = math.nan if value is None else float(value)
            else:
                values[field.path] = "" if value is None else str(value)
        return degradation, values, self._path_of_last_step(degradation.steps)

    def _path_of_last_step(self, steps: Any) -> str:
        made = [step for step in steps if not isinstance(step, ChosenRecipeStep)]
        if not made:
            return ""
        return next(path for path, drawn in self._notes.items() if drawn and drawn[-1] is made[-1])


class _Notes(dict[str, tuple[Step, ...]]):
    """The steps of each operator that was drawn, by its path."""


@validated(RecipeError)
class _Watched(Operator):
    """An operator whose draws are noted. It is transparent: its name, its streams and its scale are the operator's.

    Attributes:
        child: The operator.
        path: Its path from the recipe.
        notes: Where its steps go.
    """

    op: ClassVar[str] = "watched"

    child: AnyOperator
    path: str
    notes: Annotated[_Notes, InstanceOf()]

    def inner_operators(self) -> tuple[Operator, ...]:
        """Return none, as the operator counts and nests as much as the one that is watched."""
        return self.child.inner_operators()

    @property
    def stream_name(self) -> str | None:
        """The child's name."""
        return self.child.stream_name

    @property
    def stream_kind(self) -> str:
        """The child's kind."""
        return self.child.stream_kind

    @property
    def lr_scale(self) -> int | None:
        """The child's scale."""
        return self.child.lr_scale

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the child and note its steps."""
        steps = self.child.draw(rng, context)
        self.notes[self.path] = steps
        return steps


def _watched(operator: Operator, path: str, notes: _Notes) -> Operator:
    """Return an operator that is watched, and so are all operators inside of it."""
    operator = operator.spelled_out
    for field in fields(operator):
        value = getattr(operator, field.name)
        watched = _watched_in(value, joined(path, field.name), notes)
        if watched is value:
            continue
        try:
            operator = with_value(operator, field.name, watched)
        except RecipeError:  # where operators of one kind only may stand, such as stages: what is inside is watched
            operator = with_value(operator, field.name, _bare(watched))
    return _Watched(operator, path, notes)


def _bare(value: Any) -> Any:
    if isinstance(value, _Watched):
        return value.child
    if isinstance(value, Mapping):
        return {name: _bare(item) for name, item in value.items()}
    return tuple(_bare(item) for item in value) if isinstance(value, tuple) else value


def _watched_in(value: Any, path: str, notes: _Notes) -> Any:
    if isinstance(value, Operator):
        return _watched(value, path, notes)
    if isinstance(value, tuple) and any(isinstance(item, Operator) for item in value):
        return tuple(_watched_in(item, joined(path, index), notes) for index, item in enumerate(value))
    if isinstance(value, Mapping) and any(isinstance(item, Operator) for item in value.values()):
        return {name: _watched_in(item, joined(path, name), notes) for name, item in value.items()}
    return value
