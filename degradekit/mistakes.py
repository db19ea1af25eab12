"""One mechanism for all classes whose fields have rules, and one wording for each rule."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, dataclass_transform

import numpy as np
import pydantic
from pydantic import ConfigDict, Field, ValidationError
from pydantic_core import ArgsKwargs

from degradekit.errors import NO_VALUE, DegradekitError, Mistake
from degradekit.known_names import unknown_field
from degradekit.signatures import ReadableSignature, constructor_call
from degradekit.wording import counted

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def validated(error: type[DegradekitError]) -> Callable[[type[T]], type[T]]:
    """Make a class an immutable, hashable dataclass whose fields keep the rules of their annotations.

    Unknown fields are refused. The types in `degradekit.fields` take no text for numbers; plain ones, such as `float`,
    convert what pydantic converts. Its repr is the call that makes an equal object, in which a field with `repr=False`
    stands only where it is not its default.

    Args:
        error: What the constructor raises, with all mistakes at once.
    """

    def decorate(cls: type[T]) -> type[T]:
        config = ConfigDict(extra="forbid", validate_default=True, defer_build=True)
        made: Any = pydantic.dataclasses.dataclass(frozen=True, repr=False, config=config)(cls)
        if cls.__repr__ is object.__repr__:
            made.__repr__ = constructor_call

        def construct(self: Any, /, *args: Any, **kwargs: Any) -> None:
            """Take the fields; those that break their rules are all named in one error."""
            if not made.__pydantic_complete__:
                complete(made)
            try:
                try:
                    self.__pydantic_validator__.validate_python(ArgsKwargs(args, kwargs), self_instance=self)
                except ValidationError:
                    _validate_plain(self, args, kwargs)
            except ValidationError as broken:
                raise error(*mistakes_of(broken, made)) from None
            except RecursionError:
                raise error("must not be nested this deeply, or contain itself") from None

        construct.__name__, construct.__qualname__ = "__init__", f"{made.__qualname__}.__init__"
        made._construct = construct
        if not made.__pydantic_complete__:
            for name in ("__pydantic_validator__", "__pydantic_serializer__"):
                setattr(made, name, _Unbuilt(made, name))
        _equip(made)
        return made  # type: ignore[no-any-return]

    return decorate


class _Unbuilt:
    """Stands for what pydantic has not built yet for a class: whoever looks at it, as `help` does, completes the class.

    pydantic's own stand-in would build the class too, and leave pydantic's constructor in it.
    """

    def __init__(self, cls: type, name: str) -> None:
        self._cls, self._name = cls, name

    def __getattr__(self, attribute: str) -> Any:
        complete(self._cls)
        return getattr(getattr(self._cls, self._name), attribute)


def _validate_plain(instance: Any, args: Any, kwargs: Any) -> None:
    """Fill an object's fields from Python's numbers where NumPy's were refused, or raise the error in flight again."""
    plain_args, plain_kwargs = plain_numbers(args), plain_numbers(kwargs)
    if plain_args is args and plain_kwargs is kwargs:
        raise
    instance.__pydantic_validator__.validate_python(ArgsKwargs(plain_args, plain_kwargs), self_instance=instance)


def plain_numbers(value: Any, depth: int = 3) -> Any:
    """Return a value with Python's numbers for NumPy's, in lists and mappings too; the same object if it has none."""
    if isinstance(value, np.generic):
        return value.item()
    if not depth or type(value) not in (list, tuple, dict):
        return value
    items = list(value.values()) if isinstance(value, dict) else value
    plain = [plain_numbers(item, depth - 1) for item in items]
    if all(new is old for new, old in zip(plain, items, strict=True)):
        return value
    return dict(zip(value, plain, strict=True)) if isinstance(value, dict) else type(value)(plain)


def complete(cls: Any) -> None:
    """Build the validation of a class made by `validated`, which otherwise waits for the first object."""
    pydantic.dataclasses.rebuild_dataclass(cls, force=True)
    _equip(cls)


def _equip(cls: Any) -> None:
    """Give a class our constructor and signature, which pydantic replaces by its own whenever it builds it."""
    cls.__init__ = cls._construct
    cls.__signature__ = ReadableSignature()


def mistakes_of(error: ValidationError, cls: type) -> list[Mistake]:
    """Return what pydantic found wrong with the fields of a dataclass, in the words of degradekit.

    Args:
        error: Raised while an object of the class was made.
        cls: A dataclass.
    """
    mistakes: dict[object, list[Mistake]] = {}  # of a union, those of all its members together
    for index, each in enumerate(error.errors()):
        union = next((depth for depth, part in enumerate(each["loc"]) if depth and _is_member(part)), None)
        mistakes.setdefault(index if union is None else each["loc"][:union], []).extend(_mistakes(each, cls))
    groups = (_of_best_member(group) if isinstance(key, tuple) else group for key, group in mistakes.items())
    return [mistake for group in groups for mistake in group]


def first_mistake(error: ValidationError) -> Mistake:
    """Return the first broken rule that pydantic reports of data from a file, in the words of degradekit.

    Only the first, because a file may have a million.
    """
    each = error.errors(include_url=False)[0]
    where = _path(each["loc"])
    cause = each.get("ctx", {}).get("error")
    if isinstance(cause, DegradekitError):
        return cause.mistakes[0].inside(where)
    rule = str(cause) if isinstance(cause, ValueError) else _wording(each["type"], each)
    if each["type"] in ("dataclass_type", "named_tuple_type", "arguments_type"):
        rule = "must be a mapping"
    return Mistake(where, rule, NO_VALUE if each["type"] in _WITHOUT_VALUE else each["input"])


def _is_member(part: int | str) -> bool:
    """Return whether a part of a location names the member of a union that refused the value, as pydantic does."""
    return isinstance(part, str) and re.fullmatch(r"[a-z-]+\[.*\]|int|float|str|bool", part) is not None


def _of_best_member(mistakes: list[Mistake]) -> list[Mistake]:
    """Return a union's mistakes inside of a value where a member takes its kind, or else the rules of all in one."""
    where = min((mistake.where for mistake in mistakes), key=len)
    inside = [mistake for mistake in mistakes if mistake.where != where]
    if inside:
        return inside
    start = "must be " if all(mistake.rule.startswith("must be ") for mistake in mistakes) else "must "
    rules = dict.fromkeys(mistake.rule.removeprefix(start) for mistake in mistakes)
    return [Mistake(where, start + ", or ".join(rules), mistakes[0].value)]


def _mistakes(error: Any, cls: Any) -> list[Mistake]:
    names = [field.name for field in dataclasses.fields(cls)]
    positional = [field.name for field in dataclasses.fields(cls) if not field.kw_only]
    location = [part for index, part in enumerate(error["loc"]) if not (index and _is_member(part))]
    kind, value = error["type"], error["input"] if location else NO_VALUE
    if kind == "default_factory_not_called":  # as another field, which it looks at, has a mistake of its own
        return []
    if kind == "unexpected_positional_argument":
        return [Mistake("", f"at most {counted(len(positional), 'argument')} may be given without a name", value)]
    if location and isinstance(location[0], int):
        location[0] = positional[location[0]]  # of a positional argument, pydantic gives the index
    if location[-1:] == ["[key]"]:
        return [Mistake(_path(location[:-2]), "names must be text", value)]
    where = _path(location)
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, DegradekitError):
        return [mistake.inside(where) for mistake in cause.mistakes]
    if kind == "unexpected_keyword_argument":
        return [unknown_field(where, str(location[-1]), names)]
    if kind in ("missing", "missing_argument"):
        return [Mistake(where, "must be given")]
    return [Mistake(where, str(cause) if isinstance(cause, ValueError) else _wording(kind, error), value)]


_WORDINGS = {
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "int_type": "must be an integer",
    "int_from_float": "must be an integer",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text that UTF-8 can encode",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "float_parsing": "must be a number",
    "int_parsing": "must be an integer",
    "bool_parsing": "must be true or false",
    "multiple_argument_values": "must be given once",
    "bytes_type": "must be bytes",
    "missing": "must be given",
    "missing_argument": "must be given",
    "extra_forbidden": "unknown field",
    "unexpected_keyword_argument": "unknown field",
    "json_type": "must be JSON",
}
_LIMITS = {"greater_than_equal": ">=", "greater_than": ">", "less_than_equal": "<=", "less_than": "<"}
_WITHOUT_VALUE = ("missing", "missing_argument", "extra_forbidden", "unexpected_keyword_argument", "json_invalid")


def _wording(kind: str, error: Any) -> str:
    """Return the rule behind one of pydantic's kinds of errors."""
    context = error.get("ctx", {})
    if kind == "json_invalid":
        return f"must be JSON ({context['error']})"
    if kind in _LIMITS:
        return f"must be {_LIMITS[kind]} {next(iter(context.values()))}"
    if kind == "string_pattern_mismatch":
        return f"must match {context['pattern']}"
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind in ("is_instance_of", "dataclass_type"):
        name = str(context.get("class") or context["class_name"])
        return f"must be {'an' if name[0] in 'AEIOU' else 'a'} {name.lower()}"
    if kind == "too_short":
        return f"must have at least {counted(context['min_length'], 'item')}"
    if kind == "too_long":
        return f"must have at most {counted(context['max_length'], 'item')}"
    return _WORDINGS.get(kind) or re.sub(r"^[A-Z][a-z]+ should ", "must ", error["msg"])


def _path(location: Sequence[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
