"""Types and rules for the fields of validated classes; each rule is worded once.

A field's annotation is what a person may write, such as a number where a span of one value is meant. Validation brings
it into one form: a span is then a (low, high) tuple, weights are `FrozenWeights`. `bounds` and `weights_of` read them.
"""

import dataclasses
import math
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from functools import cache
from typing import Annotated, Any, TypeAlias, TypeVar, cast

from pydantic import Field, Strict
from pydantic_core import core_schema

from degradekit.errors import shortened
from degradekit.limits import MAX_WEIGHT

N = TypeVar("N", int, float)

_ODD = {"not": {"multipleOf": 2}}
"""JSON Schema for odd integers."""


@dataclasses.dataclass(frozen=True)
class _Rule(ABC):
    """A check that runs after the type's own."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], core_schema.CoreSchema]
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    @abstractmethod
    def check(self, value: Any) -> Any:
        """Return the value, or raise a ValueError that states the rule."""


@dataclasses.dataclass(frozen=True)
class Between(_Rule):
    """The rule that a number lies in [minimum, maximum]; `odd` allows odd integers only."""

    minimum: float
    maximum: float | None = None
    odd: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], core_schema.CoreSchema]
    ) -> core_schema.CoreSchema:
        """Check with a function of few lookups: each step that is drawn or read has several such fields."""
        low, high = self.minimum, math.inf if self.maximum is None else self.maximum

        def check(value: float) -> float:
            return value if low <= value <= high else self.check(value)

        return core_schema.no_info_after_validator_function(self.check if self.odd else check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        limits = {"minimum": self.minimum} | ({} if self.maximum is None else {"maximum": self.maximum})
        return handler(schema) | limits | (_ODD if self.odd else {})  # type: ignore[no-any-return]

    def check(self, value: float) -> float:
        """Return the number if it keeps the rule."""
        inside = self.minimum <= value and (self.maximum is None or value <= self.maximum)
        if not inside or (self.odd and value % 2 != 1):
            raise ValueError(f"must be {self.rule}")
        return value

    @property
    def rule(self) -> str:
        """The rule in words, such as `between 1 and 100`."""
        odd = "odd and " if self.odd else ""
        if self.maximum is None:
            return f"{odd}>= {_text(self.minimum)}"
        return f"{odd}between {_text(self.minimum)} and {_text(self.maximum)}"


@dataclasses.dataclass(frozen=True)
class Within(_Rule):
    """The rule for a span: minimum <= low <= high <= maximum.

    Attributes:
        minimum, maximum: The limits, both allowed.
        odd: Both ends must be odd, and odd integers only are drawn.
        around: A value that must lie inside the span.
    """

    minimum: float
    maximum: float
    odd: bool = False
    around: float | None = None

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        array = handler(schema)
        number = array["prefixItems"][0] | {"minimum": self.minimum, "maximum": self.maximum}
        number |= _ODD if self.odd else {}
        array |= {"prefixItems": [number, number]}
        return {"anyOf": [array, number], "description": f"[low, high] with {self.rule}, or one value"}

    def check(self, span: tuple[float, float]) -> tuple[float, float]:
        """Return the span if it keeps the rule."""
        low, high = span
        holds = self.minimum <= low <= high <= self.maximum
        if holds and self.around is not None:
            holds = low <= self.around <= high
        if holds and self.odd:
            holds = low % 2 == 1 and high % 2 == 1
        if not holds:
            raise ValueError(f"must satisfy {self.rule}")
        return span

    @property
    def rule(self) -> str:
        """The rule in signs, such as `1 <= low <= high <= 100`."""
        middle = "low <= high" if self.around is None else f"low <= {self.around:g} <= high"
        return f"{self.minimum:g} <= {middle} <= {self.maximum:g}" + (", both odd" if self.odd else "")


@dataclasses.dataclass(frozen=True)
class Neutral:
    """Marks a field with the value at which its operator changes an image least, such as 100 for a JPEG's quality.

    A recipe's strength scales the field's range toward it, and a gallery goes from the end of the range that is
    nearest to it, the mild one, to the other.

    Attributes:
        value: The value.
        ranges_only: A single value instead of a range stays at any strength, as it does not degrade: a fixed factor
            of a resize gives the size that later operators expect.
    """

    value: float
    ranges_only: bool = False


@dataclasses.dataclass(frozen=True)
class NotEmpty(_Rule):
    """The rule that a list has at least one item."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return handler(schema) | {"minItems": 1}  # type: ignore[no-any-return]

    def check(self, value: Sequence[Any]) -> Sequence[Any]:
        """Return the list if it keeps the rule."""
        if not value:
            raise ValueError("must have at least one item")
        return value


@dataclasses.dataclass(frozen=True)
class Weights(_Rule):
    """The rule for weights from 0 to `MAX_WEIGHT`, not all 0, of some of the known names.

    The result lists the names in the order of this rule, so the order in which a person writes them decides no draw.
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        weight = {"type": "number", "minimum": 0, "maximum": MAX_WEIGHT}
        properties = dict.fromkeys(self.names, weight)
        mapping = {"type": "object", "properties": properties, "minProperties": 1, "additionalProperties": False}
        return {"anyOf": [mapping, {"enum": list(self.names)}]}

    @property
    def rule(self) -> str:
        """The rule in words."""
        return f"weights >= 0, not all 0, of {', '.join(self.names)}"

    def check(self, weights: Mapping[str, float]) -> "FrozenWeights":
        """Return the weights in the order of the names, if they keep the rule."""
        for name, weight in weights.items():
            if name not in self.names:
                raise ValueError(f"unknown name {shortened(name)}; known: {', '.join(self.names)}")
            if weight < 0:
                raise ValueError(f"the weight of {name} must be >= 0")
            if weight > MAX_WEIGHT:
                raise ValueError(f"the weight of {name} must be <= {MAX_WEIGHT:,}")
        if not sum(weights.values()) > 0:
            raise ValueError(f"at least one weight must be above 0; known: {', '.join(self.names)}")
        return FrozenWeights((name, float(weights[name])) for name in self.names if name in weights)


class FrozenWeights(Mapping[str, float]):
    """Named weights that cannot be changed, and so can be hashed and shared."""

    __slots__ = ("_weights",)

    def __init__(self, weights: Mapping[str, float] | Iterable[tuple[str, float]] = (), /, **named: float) -> None:
        self._weights = dict(weights, **named)

    def __getitem__(self, name: str) -> float:
        return self._weights[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    def items(self) -> ItemsView[str, float]:
        """Return a dict's view: draws ask often, and the inherited one is slow."""
        return self._weights.items()

    def values(self) -> ValuesView[float]:
        """Return a dict's view."""
        return self._weights.values()

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __repr__(self) -> str:
        return repr(self._weights)


@dataclasses.dataclass(frozen=True)
class Stored:
    """What a field holds after validation, where its annotation has what a person may write.

    Attributes:
        type: The type that is validated and held.
        prepare: Brings what is written into that type, or passes it on for the validation to refuse.
    """

    type: Any
    prepare: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.prepare, handler.generate_schema(self.type))


def listed(value: Any) -> Any:
    """Turn a list into the tuple that a frozen field holds."""
    return tuple(value) if isinstance(value, list) else value


def _as_span(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value, value
    if isinstance(value, list | tuple) and len(value) == 2:
        return tuple(value)
    raise ValueError("must be a number or [low, high]")


def _as_weights(value: Any) -> Any:
    if isinstance(value, str):
        return {value: 1.0}
    if isinstance(value, Mapping):
        return value
    raise ValueError("must be a name, or a mapping of names to weights")


Number: TypeAlias = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Integer: TypeAlias = Annotated[int, Strict()]
Flag: TypeAlias = Annotated[bool, Strict()]
Text: TypeAlias = Annotated[str, Strict()]
Probability: TypeAlias = Annotated[Number, Between(0, 1)]
Span: TypeAlias = Annotated[float | Sequence[float], Stored(Annotated[tuple[Number, Number], Strict()], _as_span)]
"""[low, high], from which is drawn uniformly, or one value; annotate with `Within`, read with `bounds`."""
IntegerSpan: TypeAlias = Annotated[int | Sequence[int], Stored(Annotated[tuple[Integer, Integer], Strict()], _as_span)]
"""[low, high] with both ends included, or one value; annotate with `Within`, read with `bounds`."""
Mix: TypeAlias = Annotated[str | Mapping[str, float], Stored(Mapping[str, Number], _as_weights)]
"""Names with their weights, or the one name; annotate with `Weights`, read with `weights_of`."""


@cache
def marks_of(validated_class: type) -> dict[str, tuple[Any, ...]]:
    """Return the rules and marks in the annotation of each field, such as `Within` and `Neutral`."""
    try:
        annotations = typing.get_type_hints(validated_class, include_extras=True)
    except NameError:  # annotations that are text, and name what is defined in a function
        annotations = {}
    names = [field.name for field in dataclasses.fields(validated_class)]
    return {name: tuple(_marks_in(annotations.get(name))) for name in names}


def _marks_in(annotation: Any) -> Iterator[Any]:
    if typing.get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    elif typing.get_origin(annotation) in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _marks_in(member)


def _text(limit: float) -> str:
    return str(limit) if isinstance(limit, int) else f"{limit:g}"


def bounds(span: N | Sequence[N]) -> tuple[N, N]:
    """Return the low and the high end of a validated span."""
    return cast("tuple[N, N]", span)


def nearest_allowed(value: float, rule: Between | Within, *, integer: bool) -> float:
    """Return the number nearest to a value that lies within the limits of a rule: an odd one where it has to be.

    Args:
        value: Any number.
        rule: The rule of a number, or of a span, one of whose ends is meant.
        integer: Whether the number has to be an integer.
    """
    inside = max(value, rule.minimum)
    inside = inside if rule.maximum is None else min(inside, rule.maximum)
    if not integer:
        return inside
    return 2 * round((inside - 1) / 2) + 1 if rule.odd else round(inside)


def weights_of(mix: str | Mapping[str, float]) -> Mapping[Any, float]:
    """Return the weights of a validated mix; its names are known to be among those of its rule."""
    return cast("FrozenWeights", mix)


def drawn_names(mix: str | Mapping[str, float]) -> set[str]:
    """Return the names in a validated mix that are ever drawn: those whose weight is not 0."""
    return {name for name, weight in weights_of(mix).items() if weight}
