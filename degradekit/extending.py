"""Recipes as data: what extends a preset or a file becomes the recipe that it stands for, within limits."""

import math
import os
import reprlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from degradekit.changes import rescaled, varied
from degradekit.compose import OneOf
from degradekit.errors import Mistake, RecipeError
from degradekit.high_order import HighOrder
from degradekit.known_names import look_up
from degradekit.limits import (
    MAX_EXTENDED_FILES,
    MAX_INTEGER,
    MAX_OPERATORS,
    MAX_YAML_BYTES,
    MAX_YAML_DEPTH,
    MAX_YAML_NODES,
)
from degradekit.operators.base import Operator, operator_from_dict
from degradekit.presets import NAMES, preset

FILE_ENDINGS = (".yaml", ".yml")


def is_file_name(recipe: str) -> bool:
    """Return whether a recipe's name is that of a file, not of a preset."""
    return recipe.lower().endswith(FILE_ENDINGS)


class Reader:
    """Reads one recipe, and the files that it extends; the limits hold for all of them together."""

    def __init__(self) -> None:
        self._plain = _PlainData()
        self._files: list[Path] = []
        """Those being read, each extended by the one before."""
        self._characters = self._operators = 0

    def read_file(self, path: Path, scale: int | None = None, around: int | None = None) -> Operator:
        """Return the recipe in a YAML file.

        Args:
            path: A local file.
            scale: HR side / LR side, if it is not to be the file's.
            around: The scale of the recipe around it, which presets without one of their own take.

        Raises:
            RecipeError: A mistake for each rule that is broken, with the path.
        """
        from degradekit.yaml_text import parse, read_text

        text = read_text(path, RecipeError)
        self._characters += len(text)
        self._files.append(path)
        try:
            if self._characters > MAX_YAML_BYTES:
                raise RecipeError(f"with the files that lead to it, must have at most {MAX_YAML_BYTES:,} characters")
            return self.read(parse(text), scale, around)
        except RecipeError as error:
            raise error.in_file(str(path)) from None
        finally:
            self._files.pop()

    def read(self, data: Any, scale: int | None = None, around: int | None = None) -> Operator:
        """Return the recipe that plain data stands for; see `read_file`."""
        if not isinstance(data, dict):
            raise RecipeError(f"a recipe must be a mapping with the field 'op' (got {reprlib.repr(data)})")
        data = _for_scale(self._plain.copy(data), scale)
        mistakes: list[Mistake] = []
        try:
            resolved = self._resolved(data, around if scale is None else scale, mistakes)
        except RecursionError:
            raise RecipeError("files that extend one another must not nest lists and mappings this deeply") from None
        if mistakes:
            raise RecipeError(*mistakes)
        recipe = operator_from_dict(resolved)
        assert isinstance(recipe, Operator)
        return recipe if scale is None else rescaled(recipe, scale)

    def _resolved(self, value: Any, around: int | None, mistakes: list[Mistake], where: str = "") -> Any:
        """Return plain data with operators instead of what extends others, whose mistakes are added to the list.

        Args:
            value: Plain data.
            around: The scale of the recipe around it.
            mistakes: What is wrong so far.
            where: The path of the value.
        """
        if isinstance(value, list):
            return [self._resolved(each, around, mistakes, f"{where}[{index}]") for index, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        mistakes_before, scale = len(mistakes), value.get("scale")
        inside = scale if isinstance(scale, int) else around
        resolved = {
            name: self._resolved(each, inside, mistakes, f"{where}.{name}" if where else name)
            for name, each in value.items()
        }
        if len(mistakes) > mistakes_before:
            return None
        if "extends" in value:
            try:
                return self._extended(resolved, around)
            except RecipeError as error:
                mistakes += error.inside(where).mistakes
                return None
        if value.get("op") == "one_of" and isinstance(value.get("children"), list):
            pairs = zip(value["children"], resolved["children"], strict=True)
            resolved["children"] = [_with_name(child, data) for data, child in pairs]
        return resolved

    def _extended(self, data: dict[str, Any], around: int | None) -> Operator:
        """Return the recipe that a mapping with `extends` stands for."""
        changes = dict(data)
        base = changes.pop("extends")
        if not isinstance(base, str):
            raise RecipeError(Mistake("extends", "must be the name of a preset, or of a file in YAML", base))

        def make(scale: int | None) -> Operator:
            if is_file_name(base):
                return self._base_file(base, scale, around)
            return self._preset(base, around if scale is None else scale)

        return varied(make, changes)

    def _preset(self, name: str, scale: int | None) -> Operator:
        recipe = preset(look_up(NAMES, name, "extends", RecipeError), scale)
        self._operators += recipe.extent[0]
        if self._operators > MAX_OPERATORS:
            raise RecipeError(Mistake("", f"must have at most {MAX_OPERATORS:,} operators", self._operators))
        return recipe

    def _base_file(self, name: str, scale: int | None, around: int | None) -> Operator:
        if not self._files:
            rule = "must be a preset, as only a recipe in a file of your own may extend another file"
            raise RecipeError(Mistake("extends", rule, name))
        path = self._files[-1].parent / name
        if os.path.normpath(path) in map(os.path.normpath, self._files):
            way = " -> ".join([*(each.name for each in self._files), path.name])
            raise RecipeError(Mistake("extends", f"a file must not lead back to itself ({way})", name))
        if len(self._files) >= MAX_EXTENDED_FILES:
            rule = f"at most {MAX_EXTENDED_FILES} files may extend one another in turn"
            raise RecipeError(Mistake("extends", rule, name))
        try:
            return self.read_file(path, scale, around)
        except RecipeError as error:
            raise RecipeError(*(Mistake("extends", str(mistake)) for mistake in error.mistakes)) from None


def _for_scale(data: Any, scale: int | None) -> Any:
    """Return data whose recipe has a scale, as far as it may have any."""
    if scale is None or not isinstance(data, dict):
        return data
    if "extends" in data or data.get("op") == HighOrder.op:
        return data | {"scale": scale}
    if data.get("op") == OneOf.op and isinstance(data.get("children"), list):
        return data | {"children": [_for_scale(child, scale) for child in data["children"]]}
    return data


def _with_name(child: Any, data: Any) -> Any:
    """Return a child of a OneOf with the name of what it extends, if it has no other, for records of mixtures."""
    if not isinstance(child, Operator) or child.name is not None:
        return child
    return replace(child, name=Path(data["extends"]).stem if is_file_name(data["extends"]) else data["extends"])


class _PlainData:
    """Copies data, so that a recipe from memory is one from a file, and refuses what would not be in one.

    That is what Python and YAML have and a recipe has not, such as dates, sets and infinity, and more of it than
    `degradekit.limits` allows, such as a list that contains itself.
    """

    def __init__(self) -> None:
        self._values = 0

    def copy(self, value: Any, where: str = "", depth: int = 0) -> Any:
        self._values += 1
        if self._values > MAX_YAML_NODES:
            raise RecipeError(f"a recipe must have at most {MAX_YAML_NODES:,} values")
        if depth > MAX_YAML_DEPTH:
            raise RecipeError(f"a recipe must nest lists and mappings at most {MAX_YAML_DEPTH} deep")
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str):
                    raise RecipeError(Mistake(where, "fields must be text", name))
            return {
                name: self.copy(item, f"{where}.{name}" if where else name, depth + 1) for name, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.copy(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            raise RecipeError(Mistake(where, "must be a finite number", value))
        if isinstance(value, int) and abs(value) > MAX_INTEGER:
            raise RecipeError(Mistake(where, "must be an integer of at most 63 bits", value))
        if not isinstance(value, bool | int | float | str | None):
            raise RecipeError(Mistake(where, "must be a number, text, a list or a mapping", value))
        return value
