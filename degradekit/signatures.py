"""The signatures of validated classes, as `help` and editors show them."""

import dataclasses
import inspect
import types
import typing
from typing import Any

from pydantic.fields import FieldInfo


class _Computed:
    """Stands in a signature for a default that is made anew for each object."""

    def __repr__(self) -> str:
        return "<computed>"


class _TypeInWords:
    """Stands in a signature for a type: as it is written in code, without rules and without names of modules."""

    def __init__(self, annotation: Any) -> None:
        self._words = _type_in_words(annotation)

    def __repr__(self) -> str:
        return self._words


def _type_in_words(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(_type_in_words, arguments))
    if origin is typing.Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if annotation is types.NoneType:
        return "None"
    if isinstance(annotation, str):
        return repr(annotation)
    name = getattr(origin or annotation, "__name__", None) or str(annotation)
    return f"{name}[{', '.join(map(_type_in_words, arguments))}]" if arguments else name


class ReadableSignature:
    """The signature of a validated class as a person reads it: fields and their types, without the rules."""

    def __get__(self, _: object, cls: Any) -> inspect.Signature:
        infos = cls.__pydantic_fields__
        if not infos.keys() >= {field.name for field in dataclasses.fields(cls)}:
            raise AttributeError("__signature__")  # a class in the making, whose docstring is being written
        try:
            hints = typing.get_type_hints(cls)
        except NameError:  # annotations that are text, and name what is defined in a function
            hints = {}
        parameters = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY if field.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=_default(infos[field.name]),
                annotation=_TypeInWords(hints.get(field.name, field.type)),
            )
            for field in dataclasses.fields(cls)
            if field.init
        ]
        return inspect.Signature(sorted(parameters, key=lambda parameter: parameter.kind))


def constructor_call(instance: Any) -> str:
    """Return the call that makes an equal object of a validated class, with the fields in the order of its signature.

    A field that is made with `repr=False` stands in it only where its value is not the default.
    """
    shown = [
        (field.name, getattr(instance, field.name))
        for field in sorted(dataclasses.fields(instance), key=lambda field: bool(field.kw_only))
        if field.repr or getattr(instance, field.name) != field.default
    ]
    arguments = ", ".join(f"{name}={value!r}" for name, value in shown)
    return f"{type(instance).__qualname__}({arguments})"


def _default(info: FieldInfo) -> Any:
    if info.is_required():
        return inspect.Parameter.empty
    return _Computed() if info.default_factory else info.default
