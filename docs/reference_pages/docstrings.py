"""What Sphinx's autodoc does not read off docstrings in this style."""

import re
from collections.abc import Iterator


def skip_names_of_tuples(app: object, what: str, name: str, member: object, skip: bool, options: object) -> bool:
    """Leave out the fields of named tuples, which stand among the attributes of their class."""
    return skip or type(member).__name__ == "_tuplegetter"


def split_entries(app: object, what: str, name: str, value: object, options: object, lines: list[str]) -> None:
    """Give each name an entry of its own where several share one: the first has the words, the others refer to it."""
    lines[:] = list(_split(lines))


def _split(lines: list[str]) -> Iterator[str]:
    waiting: list[str] = []
    for line in lines:
        if waiting and not line.startswith(" " * 8):
            yield from waiting
            waiting = []
        entry = re.match(r" {4}(\w+)((?:, \w+)+): ", line)
        if entry:
            first, *others = f"{entry[1]}{entry[2]}".split(", ")
            waiting = [f"    {other}: See `{first}`." for other in others]
            yield f"    {first}: {line[entry.end() :]}"
        else:
            yield line
    yield from waiting
