"""Operators made of operators: Sequence, Shuffle, OneOf, Maybe. They nest."""

from collections import Counter
from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from degradekit.errors import RecipeError
from degradekit.operators.base import AnyOperator, Composite, Context, Operator, Step
from degradekit.operators.crop import Crop
from degradekit.operators.validation import Integer, Number, Probability, config
from degradekit.rng import Stream

Scale = Annotated[Integer, Field(ge=1, le=64)]


@config
class Sequence(Composite):
    """Operators one after another; also the group that a Shuffle moves as one.

    Attributes:
        children: The operators, in order.
        scale: HR side / LR side. The image as it arrives, cropped to multiples of it, is then the HR that sizes inside
            refer to. Without one, the enclosing operator's.
    """

    op: ClassVar[str] = "sequence"

    children: Annotated[tuple[AnyOperator, ...], Field(min_length=1)]
    scale: Scale | None = None

    @property
    def lr_scale(self) -> int | None:
        """The scale, if there is one."""
        return self.scale

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the children's random streams."""
        return stream_names(self.children)

    @model_validator(mode="after")
    def _check_names(self) -> "Sequence":
        _ = self.labels
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the children in order, each seeing the size that the one before leaves."""
        steps: tuple[Step, ...] = ()
        if self.scale is not None:
            steps, context = enter_scale(self.scale, context)
        return steps + draw_in_order(self.children, self.labels, range(len(self.children)), rng, context)


@config
class Shuffle(Composite):
    """Operators or groups in a random order, all orders equally likely.

    Attributes:
        children: The operators, in the declared order.
        probability: Of shuffling at all; else they run as declared.
        ordered: Lists of names whose relative order is kept as listed; an operator is in at most one list. Unnamed
            operators are called by type and ordinal, such as `resize.1`.
    """

    op: ClassVar[str] = "shuffle"

    children: Annotated[tuple[AnyOperator, ...], Field(min_length=1)]
    probability: Probability = 1.0
    ordered: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the children's random streams."""
        return stream_names(self.children)

    @model_validator(mode="after")
    def _check_ordered(self) -> "Shuffle":
        labels = self.labels
        listed = [name for names in self.ordered for name in names]
        for name in listed:
            if name not in labels:
                raise ValueError(f"ordered: unknown name {name!r}; known: {', '.join(labels)}")
            if listed.count(name) > 1:
                raise ValueError(f"ordered: a name must be listed once (got {name!r} {listed.count(name)} times)")
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the order, then the children in it."""
        order = list(range(len(self.children)))
        if rng.coin(self.probability):
            order = rng.permutation(len(order))
        for names in self.ordered:
            # Sorting a chain within its places keeps all orders that respect the chains equally likely.
            members = [self.labels.index(name) for name in names]
            places = sorted(order.index(member) for member in members)
            for place, member in zip(places, members, strict=True):
                order[place] = member
        return draw_in_order(self.children, self.labels, order, rng, context)


@config
class OneOf(Composite):
    """One of several operators.

    Attributes:
        children: The operators to choose from.
        weights: Their weights, >= 0; equal by default.
    """

    op: ClassVar[str] = "one_of"

    children: Annotated[tuple[AnyOperator, ...], Field(min_length=1)]
    weights: tuple[Annotated[Number, Field(ge=0)], ...] | None = None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The names of the children's random streams."""
        return stream_names(self.children)

    @model_validator(mode="after")
    def _check_weights(self) -> "OneOf":
        _ = self.labels
        if self.weights is not None:
            if len(self.weights) != len(self.children):
                raise ValueError(f"weights: must be one for each of {len(self.children)} children")
            if not sum(self.weights) > 0:
                raise ValueError("weights: at least one must be above 0")
        return self

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Choose a child and draw it."""
        weights = self.weights or (1.0,) * len(self.children)
        chosen = rng.choice(dict(enumerate(weights)))
        return self.children[chosen].steps(rng.fork(self.labels[chosen]), context)


@config
class Maybe(Composite):
    """An operator that is skipped unless a coin says so.

    It is transparent: putting an operator into a Maybe changes none of its draws.

    Attributes:
        child: The operator.
        probability: Of applying it.
    """

    op: ClassVar[str] = "maybe"

    child: AnyOperator
    probability: Probability

    @model_validator(mode="after")
    def _check_child(self) -> "Maybe":
        if isinstance(self.child, Maybe):
            raise ValueError("child: must not be another maybe; multiply the probabilities")
        return self

    @property
    def named(self) -> str | None:
        """The child's name, unless it has its own."""
        return self.name or self.child.named

    @property
    def type_name(self) -> str:
        """The child's type."""
        return self.child.type_name

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Toss the coin and draw the child, or nothing."""
        return self.child.steps(rng, context) if rng.beside().coin(self.probability) else ()


def stream_names(children: tuple[Operator, ...]) -> tuple[str, ...]:
    """The name of each sibling's random stream: its own, or its type and its ordinal among the unnamed of that type."""
    seen: Counter[str] = Counter()
    names = []
    for child in children:
        name = child.named
        if name is None:
            name = f"{child.type_name}.{seen[child.type_name]}"
            seen[child.type_name] += 1
        if name in names:
            raise ValueError(f"names must be unique among siblings (got {name!r} twice)")
        names.append(name)
    return tuple(names)


def enter_scale(scale: int, context: Context) -> tuple[tuple[Step, ...], Context]:
    """The crop to multiples of the scale, where needed, and the context in which the image is the HR."""
    if min(context.size) < scale:
        found = f"{context.size[0]} x {context.size[1]}"
        raise RecipeError(f"size: both sides must be at least the scale, {scale} (got {found})")
    inside = Context(context.size, context.size, scale)
    if all(side % scale == 0 for side in context.size):
        return (), inside
    crop = Step(Crop, Crop().draw(_NO_DRAWS, inside))
    size = crop.params.output_size(context.size)
    return (crop,), Context(size, size, scale)


def draw_in_order(
    children: tuple[Operator, ...], names: tuple[str, ...], order: "list[int] | range", rng: Stream, context: Context
) -> tuple[Step, ...]:
    """Draw the children in an order, each from its own stream and with the size the steps before it leave."""
    steps: list[Step] = []
    for index in order:
        drawn = children[index].steps(rng.fork(names[index]), context)
        for step in drawn:
            size = step.params.output_size(context.size)
            if size != context.size:
                context = context._replace(size=size)
        steps += drawn
    return tuple(steps)


_NO_DRAWS = Stream(b"")
