"""Operators made of operators: Chain, Shuffle, OneOf, Maybe. They nest."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import Field, Strict, model_validator

from degradekit.errors import Mistake, RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Number, Probability, Stored, Text, Within, bounds, listed
from degradekit.limits import MAX_NAME_CHARACTERS, MAX_OPERATORS, MAX_SCALE, MAX_WEIGHT
from degradekit.mistakes import validated
from degradekit.operators.base import AnyOperator, Context, Operator, Operators
from degradekit.operators.crop import crop_to_multiples
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image
from degradekit.wording import printable

Scale = Annotated[Integer, Between(1, MAX_SCALE)]

_STREAM_ALIASES = {"chain": "sequence"}
"""What the random streams of a kind are called instead, as the draws of all presets are pinned under it."""


@validated(RecipeError)
class Group(Operator):
    """Several operators, each with a random stream of its own.

    Attributes:
        children: The operators.
    """

    children: Operators

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the children's random streams."""
        return sibling_names(self.children, _STREAM_ALIASES)

    @model_validator(mode="after")
    def _check_labels(self) -> Self:
        _ = self.labels
        return self


@validated(RecipeError)
class Chain(Group):
    """Operators one after another; also the group that a Shuffle moves as one.

    Attributes:
        children: The operators, in order.
        scale: HR side / LR side. The image as it arrives, cropped to multiples of it, is then the HR that sizes inside
            refer to. If None, sizes inside refer to the HR of the enclosing operator.
    """

    op: ClassVar[str] = "chain"

    scale: Scale | None = None

    @property
    def lr_scale(self) -> int | None:
        """The scale, if there is one."""
        return self.scale

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the children in order, each seeing the size that the one before leaves."""
        steps: tuple[Step, ...] = ()
        if self.scale is not None:
            steps, context = enter_scale(self.scale, context)
        return steps + draw_in_order(zip(self.labels, self.children, strict=True), rng, context)


@validated(RecipeError)
class Shuffle(Group):
    """Operators or groups in a random order, all orders equally likely.

    Attributes:
        children: The operators, in the declared order.
        probability: Probability of shuffling at all; else they run as declared.
        ordered: Lists of names whose relative order is kept as listed; an operator is in at most one list. Unnamed
            operators are called by type and ordinal, such as `resize.1`.
        count: Span of how many operators are applied, the first ones of the order; None for all.
    """

    op: ClassVar[str] = "shuffle"

    probability: Probability = 1.0
    ordered: Annotated[
        Sequence[Sequence[str]],
        Stored(
            Annotated[tuple[Annotated[tuple[Text, ...], Strict()], ...], Strict()],
            lambda lists: listed([listed(names) for names in lists] if isinstance(lists, list | tuple) else lists),
        ),
    ] = ()
    count: Annotated[IntegerSpan, Within(1, MAX_OPERATORS)] | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the children in `ordered`."""
        return sibling_names(self.children)

    @model_validator(mode="after")
    def _check_ordered(self) -> Self:
        names = [name for names in self.ordered for name in names]
        for name in names:
            if name not in self.names:
                raise RecipeError(Mistake("ordered", f"unknown name; known: {', '.join(self.names)}", name))
            if names.count(name) > 1:
                raise RecipeError(Mistake("ordered", "a name must be listed once", name))
        return self

    @model_validator(mode="after")
    def _check_count(self) -> Self:
        if self.count is not None and bounds(self.count)[1] > len(self.children):
            rule = f"must be at most the number of children, {len(self.children)}"
            raise RecipeError(Mistake("count", rule, self.count))
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the order, then the children in it."""
        order = list(range(len(self.children)))
        if rng.coin(self.probability):
            order = rng.permutation(len(order))
        for names in self.ordered:
            # Sorting a list's members within their positions keeps all orders that respect the lists equally likely.
            members = [self.names.index(name) for name in names]
            positions = sorted(order.index(member) for member in members)
            for position, member in zip(positions, members, strict=True):
                order[position] = member
        if self.count is not None:
            order = order[: rng.integer(*bounds(self.count))]
        return draw_in_order(((self.labels[index], self.children[index]) for index in order), rng, context)


@validated(RecordError)
class ChosenRecipeStep(Step):
    """Leave the image as it is: the record of which recipe of a mixture the steps before it are drawn from.

    Attributes:
        name: The recipe's name among the children of its `one_of`.
    """

    op: ClassVar[str] = "one_of.recipe"

    name: Annotated[Text, Field(max_length=MAX_NAME_CHARACTERS)]

    def __call__(self, image: Image) -> Image:
        """Copy the image."""
        return image.copy()

    def __str__(self) -> str:
        return f"recipe {printable(self.name)[:70]}"


@validated(RecipeError)
class OneOf(Group):
    """One of several operators. One of several recipes is a mixture: its records hold the name of the chosen one.

    Attributes:
        children: The operators to choose from. If each has a scale, they are recipes, and it is the same for all.
        weights: Their weights, >= 0; equal by default.
    """

    op: ClassVar[str] = "one_of"
    step_types: ClassVar[tuple[type[Step], ...]] = (ChosenRecipeStep,)

    weights: Annotated[
        Sequence[float] | None,
        Stored(Annotated[tuple[Annotated[Number, Between(0, MAX_WEIGHT)], ...], Strict()] | None, listed),
    ] = None

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        if self.weights is not None:
            if len(self.weights) != len(self.children):
                raise RecipeError(
                    Mistake("weights", f"must be one for each of {len(self.children)} children", self.weights)
                )
            if not sum(self.weights) > 0:
                raise RecipeError(Mistake("weights", "at least one must be above 0", self.weights))
        return self

    @model_validator(mode="after")
    def _check_names_for_records(self) -> Self:
        for index, name in enumerate(sibling_names(self.children) if self.is_mixture else ()):
            try:
                ChosenRecipeStep(name)
            except RecordError as error:
                raise RecipeError(*error.inside(f"children[{index}]").mistakes) from None
        return self

    @property
    def is_mixture(self) -> bool:
        """Whether the children are whole recipes."""
        return all(child.lr_scale is not None for child in self.children)

    @property
    def lr_scale(self) -> int | None:
        """The scale that all children have, if they do."""
        scales = {child.lr_scale for child in self.children}
        return scales.pop() if len(scales) == 1 else None

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Choose a child and draw it; a mixture's record ends with the name, so that first steps stay shared."""
        weights = self.weights or (1.0,) * len(self.children)
        index = rng.choice(dict(enumerate(weights)))
        steps = self.children[index].draw(rng.fork(self.labels[index]), context)
        return (*steps, ChosenRecipeStep(sibling_names(self.children)[index])) if self.is_mixture else steps


@validated(RecipeError)
class Maybe(Operator):
    """An operator that is applied with a probability.

    It is transparent: putting an operator into a Maybe changes none of its draws.

    Attributes:
        child: The operator.
        probability: Probability of applying it.
    """

    op: ClassVar[str] = "maybe"

    child: AnyOperator
    probability: Probability

    @model_validator(mode="after")
    def _check_child(self) -> Self:
        if isinstance(self.child, Maybe):
            raise RecipeError(Mistake("child", "must not be another maybe; multiply the probabilities"))
        return self

    @property
    def stream_name(self) -> str | None:
        """The child's name, unless it has its own."""
        return self.name or self.child.stream_name

    @property
    def stream_kind(self) -> str:
        """The child's kind."""
        return self.child.stream_kind

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Toss the coin and draw the child, or nothing."""
        return self.child.draw(rng, context) if rng.outer().coin(self.probability) else ()


def sibling_names(children: Iterable[Operator], aliases: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the name of each sibling: its own, or its kind and its ordinal among the unnamed ones of that kind.

    Args:
        children: The siblings.
        aliases: Other names for some of the kinds.
    """
    seen: Counter[str] = Counter()
    names: list[str] = []
    for child in children:
        name = child.stream_name
        if name is None:
            kind = (aliases or {}).get(child.stream_kind, child.stream_kind)
            name = f"{kind}.{seen[kind]}"
            seen[kind] += 1
        if name in names:
            raise RecipeError(Mistake("children", "names must be unique among siblings", name))
        names.append(name)
    return tuple(names)


def enter_scale(scale: int, context: Context) -> tuple[tuple[Step, ...], Context]:
    """Return the crop to multiples of the scale, where it is needed, and the context in which the image is the HR."""
    if min(context.size) < scale:
        got = f"{context.size[0]} x {context.size[1]}"
        raise RecipeError(f"size: both sides must be at least the scale, {scale} (got {got})")
    crop = crop_to_multiples(context.size, scale)
    size = crop.output_size(context.size)
    return () if size == context.size else (crop,), context._replace(size=size, hr=size, scale=scale)


def draw_in_order(children: Iterable[tuple[str, Operator]], rng: Stream, context: Context) -> tuple[Step, ...]:
    """Draw named operators one after another, each from its own stream and with the size that the last one leaves."""
    steps: list[Step] = []
    size, hr, scale, origin, frame = context
    for name, child in children:
        drawn = child.draw(rng.fork(name), Context(size, hr, scale, origin, frame))
        for step in drawn:
            size = step.output_size(size)
        steps += drawn
    return tuple(steps)
