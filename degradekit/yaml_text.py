"""The YAML of recipes and configurations: parsed strictly and within limits, and written to be read."""

import math
import os
import re
from typing import Any

import yaml

from degradekit.errors import DegradekitError, RecipeError, shortened
from degradekit.limits import MAX_NUMBER_CHARACTERS, MAX_YAML_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES
from degradekit.regular_files import read_regular
from degradekit.retrying import reason_of

_TEXT, _INTEGER, _FLOAT, _MERGE = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "merge"))


def read(path: str | os.PathLike[str], error: type[DegradekitError]) -> Any:
    """Return plain data from a YAML file.

    Args:
        path: A local file.
        error: What is raised where the file cannot be read, or is not YAML; the message begins with the path.
    """
    text = read_text(path, error)
    try:
        return parse(text)
    except RecipeError as mistake:
        raise error(*mistake.in_file(os.fspath(path)).mistakes) from None


def read_text(path: str | os.PathLike[str], error: type[DegradekitError]) -> str:
    """Return the text of a YAML file; see `read`."""
    name = os.fspath(path)
    try:
        return read_regular(name, MAX_YAML_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise error(f"{name}: must be UTF-8 text") from None
    except (OSError, ValueError) as failure:  # of a name with a null character
        raise error(f"{name}: cannot be read ({reason_of(failure)})") from None


def parse(text: str) -> Any:
    """Return plain data from YAML text.

    Raises:
        RecipeError: The text is not YAML, or has more of it than `degradekit.limits` allows; the message has line and
            column where they are known.
    """
    if len(text) > MAX_YAML_BYTES:
        raise RecipeError(f"must have at most {MAX_YAML_BYTES:,} characters (got {len(text):,})")
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise RecipeError(position + ", ".join(filter(None, (error.context, error.problem)))) from None
    except yaml.YAMLError as error:  # of characters that are not allowed
        raise RecipeError(f"must be YAML ({str(error).splitlines()[0]})") from None


def write(data: Any, *, allow_unicode: bool = False) -> str:
    """Return plain data as YAML text, in its order, with letters beyond ASCII escaped unless they are allowed."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=allow_unicode)


def write_inline(data: Any) -> str:
    """Return plain data as YAML text on one line."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=math.inf, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a key given twice is a mistake, 1e-3 is a number, and 4:2:0 is text.

    What an alias stands for is counted again for each alias while the text is composed, so that the limits hold for
    the data as it would be, before it is.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = self._depth = 0
        self._nodes_of: dict[str | None, int] = {}

    def compose_node(self, parent: Any, index: Any) -> yaml.Node | None:
        """Count nodes, and refuse those beyond the limits."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in self.anchors and event.anchor not in self._nodes_of:
                raise _refusal(f"the alias *{event.anchor} must not be inside of the value that it stands for", event)
            self._count(self._nodes_of.get(event.anchor, 0), event)
            return super().compose_node(parent, index)
        before = self._nodes
        self._count(1 + len(getattr(event, "value", "")) // 100, event)
        self._depth += 1
        if self._depth > MAX_YAML_DEPTH:
            raise _refusal(f"must nest lists and mappings at most {MAX_YAML_DEPTH} deep", event)
        node = super().compose_node(parent, index)
        self._depth -= 1
        if event.anchor is not None:
            self._nodes_of[event.anchor] = self._nodes - before
        return node

    def _count(self, nodes: int, event: Any) -> None:
        self._nodes += nodes
        if self._nodes > MAX_YAML_NODES:
            raise _refusal(f"must have at most {MAX_YAML_NODES:,} values, those of aliases counted each time", event)

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        """Refuse numbers so long that to read them is work."""
        node: yaml.ScalarNode = super().compose_scalar_node(anchor)
        if node.tag in (_INTEGER, _FLOAT) and len(node.value) > MAX_NUMBER_CHARACTERS:
            raise _refusal(f"a number must have at most {MAX_NUMBER_CHARACTERS} characters", node)
        return node

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """Refuse a value that does not fit its tag, such as !!bool 7, for which PyYAML raises errors of many kinds."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, TypeError):
            kind = node.tag.rpartition(":")[2]
            rule = f"must be a value of YAML's type {kind} (got {shortened(node.value)})"
            raise _refusal(rule, node) from None

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
            if key.tag != _TEXT:
                got = key.value if isinstance(key, yaml.ScalarNode) else key.id
                raise _refusal(f"a field must be text (got {got})", key)
            if key.value in seen:
                raise _refusal(f"field {key.value!r} is given twice", key)
            seen.add(key.value)
        return node


def _refusal(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.composer.ComposerError(None, None, problem, at.start_mark)


class _Dumper(yaml.SafeDumper):
    """Lists of plain values on one line, shared objects written out."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(item, dict | list) for item in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain or None)


for _class in (_Loader, _Dumper):  # the dumper quotes text that the loader would take for a number
    _class.add_implicit_resolver(
        _FLOAT, re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?$"), list("-+.0123456789")
    )
