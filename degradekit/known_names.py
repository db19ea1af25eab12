"""Names that people give, looked up in tables: one wording for those that are unknown, with what was probably meant."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from degradekit.errors import DegradekitError, Mistake, shortened

V = TypeVar("V")

_MOST, _FEW = 20, 8
"""Of more names than the first, an error lists as many as the second."""


def unknown(where: str, name: object, known: Iterable[str], what: str = "name") -> Mistake:
    """Return the mistake that a name is none of the known ones, with what was probably meant.

    Args:
        where: The field or parameter that holds the name.
        name: What was given.
        known: The names that there are.
        what: What the names are of, such as `field`.
    """
    names = list(known)
    cure = did_you_mean(name, names) if isinstance(name, str) else ""
    return Mistake(where, f"unknown {what} {shortened(name)}; known: {_listed(name, names)}{cure}")


def look_up(table: Mapping[str, V], name: object, where: str, error: type[DegradekitError]) -> V:
    """Return what a table has under a name that a person gave.

    Args:
        table: By its names.
        name: What was given.
        where: The parameter that holds the name.
        error: What is raised where the table has no such name, with the known ones.
    """
    if not isinstance(name, str) or name not in table:
        raise error(unknown(where, name, table))
    return table[name]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` where a known name is close to an unknown one, and nothing elsewhere."""
    import difflib

    by_letters = {_letters(each): each for each in known}
    close = difflib.get_close_matches(_letters(name[:100]), by_letters, n=1)
    return f"; did you mean {by_letters[close[0]]!r}?" if close else ""


def _listed(name: object, names: list[str]) -> str:
    """Return the names, or of many the few that are closest to what was given."""
    if len(names) <= _MOST:
        return ", ".join(names)
    import difflib

    given = _letters(str(name)[:100])
    closest = sorted(names, key=lambda each: -difflib.SequenceMatcher(None, _letters(each), given).ratio())[:_FEW]
    return f"{', '.join(closest)} and {len(names) - _FEW} others"


def _letters(name: str) -> str:
    return re.sub(r"[-_ .]", "", name.casefold())
