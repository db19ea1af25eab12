"""The types and rules that operators' fields are made of, and the wording of what breaks them."""

import dataclasses
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Annotated, Any, TypeAlias, TypeVar, dataclass_transform

import pydantic
from pydantic import ConfigDict, Field, Strict, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

T = TypeVar("T")

Number: TypeAlias = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Integer: TypeAlias = Annotated[int, Strict()]
DEFINITION = "x-definition"
Probability: TypeAlias = Annotated[Number, Field(ge=0, le=1)]
Span: TypeAlias = tuple[Number, Number]
"""[low, high], drawn uniformly."""
IntegerSpan: TypeAlias = tuple[Integer, Integer]
"""[low, high], both ends included, drawn uniformly."""


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def config(cls: type[T]) -> type[T]:
    """Make a class an immutable, validated, hashable configuration: a frozen pydantic dataclass."""
    decorate = pydantic.dataclasses.dataclass(frozen=True, config=ConfigDict(extra="forbid", defer_build=True))
    decorated: type[T] = decorate(cls)  # type: ignore[assignment]
    return decorated


@dataclasses.dataclass(frozen=True)
class Within:
    """The rule low <= high for a span, inside [minimum, maximum]; `odd` draws odd integers only.

    `around` is a value that must lie inside the span.
    """

    minimum: float
    maximum: float | None = None
    odd: bool = False
    around: float | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], core_schema.CoreSchema]
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        limits = {"minimum": self.minimum} | ({} if self.maximum is None else {"maximum": self.maximum})
        array: dict[str, Any] = handler(schema)
        array["prefixItems"] = [item | limits for item in array["prefixItems"]]
        return array | {"description": f"[low, high] with {self.rule}"}

    def _check(self, span: tuple[float, float]) -> tuple[float, float]:
        low, high = span
        holds = self.minimum <= low <= high and (self.maximum is None or high <= self.maximum)
        if holds and self.around is not None:
            holds = low <= self.around <= high
        if holds and self.odd:
            holds = low % 2 == 1 and high % 2 == 1
        if not holds:
            raise ValueError(f"must satisfy {self.rule}")
        return span

    @property
    def rule(self) -> str:
        """The rule in signs, such as 1 <= low <= high <= 100."""
        middle = "low <= high" if self.around is None else f"low <= {self.around:g} <= high"
        upper = "" if self.maximum is None else f" <= {self.maximum:g}"
        return f"{self.minimum:g} <= {middle}{upper}" + (", both odd" if self.odd else "")


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
        """As a dict's: draws ask often, and the inherited view is slow."""
        return self._weights.items()

    def values(self) -> ValuesView[float]:
        """As a dict's."""
        return self._weights.values()

    def __hash__(self) -> int:
        return hash(frozenset(self._weights.items()))

    def __repr__(self) -> str:
        return repr(self._weights)


class Weights:
    """The rule for a mapping from some of the known names to weights >= 0 that are not all 0.

    The result lists all names in the order of this rule, so the order in which a person writes them decides no draw.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

    def __get_pydantic_core_schema__(
        self, source: Any, handler: Callable[[Any], core_schema.CoreSchema]
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        weight = {"type": "number", "minimum": 0}
        return {
            "type": "object",
            "properties": dict.fromkeys(self.names, weight),
            "minProperties": 1,
            "additionalProperties": False,
        }

    def _check(self, weights: Mapping[str, float]) -> FrozenWeights:
        for name, weight in weights.items():
            if name not in self.names:
                raise ValueError(f"unknown name {name!r}; known: {', '.join(self.names)}")
            if weight < 0:
                raise ValueError(f"the weight of {name} must be >= 0")
        if not sum(weights.values()) > 0:
            raise ValueError(f"at least one weight must be above 0; known: {', '.join(self.names)}")
        return FrozenWeights((name, float(weights[name])) for name in self.names if name in weights)


Mix: TypeAlias = Mapping[str, Number]
"""Names and their weights; annotate with `Weights(...)`."""


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("must be odd")
    return value


ODD = pydantic.AfterValidator(_odd)
"""The rule that an integer is odd."""


def build(cls: type[T], fields: Mapping[str, Any]) -> T:
    """Make a configuration from plain data, so that an enclosing validation can name the place of every mistake."""
    try:
        return cls(**fields)
    except ValidationError as error:
        raise PydanticCustomError("configuration", "invalid", {"cls": cls, "errors": error.errors()}) from None


def explain(cls: type, errors: list[Any], place: str = "") -> list[str]:
    """One line per mistake: place, rule and value."""
    lines: list[str] = []
    names = [field.name for field in dataclasses.fields(cls)]
    for error in errors:
        location = list(error["loc"])
        if location and isinstance(location[0], int):
            # A positional argument, which pydantic names by its number.
            location[0] = names[location[0]] if location[0] < len(names) else location[0]
        where = _join(place, location)
        kind = error["type"]
        if kind == "configuration":
            lines += explain(error["ctx"]["cls"], error["ctx"]["errors"], where)
        elif kind == "unexpected_keyword_argument":
            lines.append(f"{where}: unknown field; known: {', '.join(names)}{_meant(str(location[-1]), names)}")
        elif kind in ("missing", "missing_argument"):
            lines.append(f"{where}: must be given")
        else:
            lines.append(f"{where or cls.__name__}: {_rule(error)}{_value(error['input'])}")
    return lines


def _rule(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = str(error["msg"])
    return message.replace("Input should be", "must be") if message.startswith("Input should be") else message


def _value(value: Any) -> str:
    if dataclasses.is_dataclass(value) or type(value).__name__ == "ArgsKwargs":
        return ""
    text = repr(list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value)
    return f" (got {text if len(text) <= 100 else text[:97] + '...'})"


def require(holds: bool, rule: str, value: object) -> None:
    """Raise a ValueError that tells the rule and the value, unless it holds."""
    if not holds:
        raise ValueError(f"{rule} (got {value})")


def _join(place: str, location: list[Any]) -> str:
    for part in location:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place


def _meant(name: str, names: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def json_reference(name: str) -> WithJsonSchema:
    """A JSON Schema that points to a shared definition.

    pydantic looks up every `$ref` while it builds one class's schema; `Recipe.schema` writes them when all are there.
    """
    return WithJsonSchema({DEFINITION: name})
