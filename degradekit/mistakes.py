"""One mechanism for all classes whose fields have rules, and one wording for each rule."""

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, dataclass_transform

import pydantic
from pydantic import ConfigDict, Field, ValidationError
from pydantic_core import ArgsKwargs

from degradekit.errors import NO_VALUE, DegradekitError, Mistake

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def validated(error: type[DegradekitError]) -> Callable[[type[T]], type[T]]:
    """Make a class an immutable, hashable dataclass whose fields keep the rules of their annotations.

    Values are taken strictly: no text for numbers, no unknown fields. See `degradekit.fields` for types and rules.

    Args:
        error: What the constructor raises, with all mistakes at once.
    """

    def decorate(cls: type[T]) -> type[T]:
        config = ConfigDict(extra="forbid", defer_build=True)
        made: Any = pydantic.dataclasses.dataclass(frozen=True, config=config)(cls)

        def construct(self: Any, /, *args: Any, **kwargs: Any) -> None:
            if not made.__pydantic_complete__:
                complete(made)
            try:
                self.__pydantic_validator__.validate_python(ArgsKwargs(args, kwargs), self_instance=self)
            except ValidationError as broken:
                raise error(*mistakes_of(broken, made)) from None

        made._construct = construct
        _equip(made)
        return made  # type: ignore[no-any-return]

    return decorate


def complete(cls: Any) -> None:
    """Build the validation of a class made by `validated`, which otherwise waits for the first object."""
    pydantic.dataclasses.rebuild_dataclass(cls, force=True)
    _equip(cls)


def _equip(cls: Any) -> None:
    """Give a class our constructor and signature, which pydantic replaces by its own whenever it builds it."""
    cls.__init__ = cls._construct
    cls.__signature__ = _Signature()


class _Signature:
    """The constructor's signature as a person reads it: fields and their types, without the rules."""

    def __get__(self, _: object, cls: Any) -> inspect.Signature:
        types = typing.get_type_hints(cls)
        parameters = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY if field.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=_default(field),
                annotation=types[field.name],
            )
            for field in dataclasses.fields(cls)
            if field.init
        ]
        return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.kind))


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    return inspect.Parameter.empty if field.default_factory is dataclasses.MISSING else ...


def mistakes_of(error: ValidationError, cls: type) -> list[Mistake]:
    """Return what pydantic found wrong with the fields of a dataclass, in our words.

    Args:
        error: Raised while an object of the class was made.
        cls: A dataclass.
    """
    return [mistake for each in error.errors() for mistake in _mistakes(each, cls)]


def _mistakes(error: Any, cls: Any) -> list[Mistake]:
    names = [field.name for field in dataclasses.fields(cls)]
    positional = [field.name for field in dataclasses.fields(cls) if not field.kw_only]
    location = list(error["loc"])
    if location and isinstance(location[0], int) and location[0] < len(positional):
        location[0] = positional[location[0]]  # of a positional argument, pydantic gives the index
    where, kind, value = _path(location), error["type"], error["input"]
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, DegradekitError):
        return [mistake.inside(where) for mistake in cause.mistakes]
    if kind == "unexpected_keyword_argument":
        return [Mistake(where, f"unknown field; known: {', '.join(names)}{did_you_mean(str(location[-1]), names)}")]
    if kind in ("missing", "missing_argument"):
        return [Mistake(where, "must be given")]
    if dataclasses.is_dataclass(value) or type(value).__name__ == "ArgsKwargs":
        value = NO_VALUE
    rule = str(cause) if isinstance(cause, ValueError) else _wording(kind, error)
    return [Mistake(where or cls.__name__, rule, value)]


_WORDINGS = {
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "multiple_argument_values": "must be given once",
    "unexpected_positional_argument": "is one argument too many",
}


def _wording(kind: str, error: Any) -> str:
    """Return the rule behind one of pydantic's kinds of errors."""
    context = error.get("ctx", {})
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "is_instance_of":
        article = "an" if context["class"][0] in "AEIOU" else "a"
        return f"must be {article} {context['class'].lower()}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} item{'s' * (context['min_length'] != 1)}"
    if kind == "too_long":
        return f"must have at most {context['max_length']} item{'s' * (context['max_length'] != 1)}"
    return _WORDINGS.get(kind) or str(error["msg"]).replace("Input should be", "must be")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` where a known name is close to an unknown one, and nothing elsewhere."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _path(location: Sequence[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
