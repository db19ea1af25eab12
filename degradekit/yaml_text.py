"""The YAML of recipes and configurations: parsed strictly, and written to be read."""

import re
from typing import Any

import yaml

from degradekit.errors import RecipeError


def parse(text: str) -> Any:
    """Return plain data from YAML text.

    Raises:
        RecipeError: The text is not YAML; the message has line and column where they are known.
    """
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise RecipeError(f"{position}{error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:
        # PyYAML's own constructors raise the last two for a tag that does not fit its value, such as !!bool 7.
        raise RecipeError(f"must be YAML ({type(error).__name__}: {str(error).splitlines()[0]})") from None


def write(data: Any) -> str:
    """Return plain data as YAML text, in its order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120)


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a key given twice is a mistake, and 1e-3 is a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"a field must be text (got {key!r})", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"field {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+[eE][-+]?[0-9]+"), list("-+0123456789")
)


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line, shared objects written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain)
