"""The YAML of recipes and configurations: parsed strictly, and written to be read."""

import re
from typing import Any

import yaml

from degradekit.errors import RecipeError

_TEXT, _INTEGER, _FLOAT, _MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "merge"))


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
        raise RecipeError(position + ", ".join(filter(None, (error.context, error.problem)))) from None
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError) as error:
        # PyYAML's own constructors raise the last two for a tag that does not fit its value, such as !!bool 7.
        raise RecipeError(f"must be YAML ({type(error).__name__}: {str(error).splitlines()[0]})") from None


def write(data: Any) -> str:
    """Return plain data as YAML text, in its order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=120)


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a key given twice is a mistake, 1e-3 is a number, and 4:2:0 is text."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """Leave out YAML 1.1's numbers to the base 60, by which 4:2:0 is 14520."""
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return _TEXT if tag in (_INTEGER, _FLOAT) and ":" in value else tag

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Refuse odd keys as the text has them, before a merge key (`<<`) brings others that may be overridden."""
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == _MERGE:
                continue
            problem = ""
            if key.tag != _TEXT:
                problem = f"a field must be text (got {key.value if isinstance(key, yaml.ScalarNode) else key.id})"
            elif key.value in seen:
                problem = f"field {key.value!r} is given twice"
            if problem:
                raise yaml.composer.ComposerError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return node


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line, shared objects written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain)


for _class in (_Loader, _Dumper):  # the dumper quotes text that the loader would take for a number
    _class.add_implicit_resolver(
        _FLOAT, re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$"), list("-+.0123456789")
    )
