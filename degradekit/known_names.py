"""Names that people give, looked up in tables: one wording for those that are unknown, with what was probably meant."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from degradekit.errors import DegradekitError, Mistake, shortened
from degradekit.wording import counted

V = TypeVar("V")

_OTHER_NAMES = {
    "avc": "h264",
    "cc0": "cc0-1.0",
    "choice": "one_of",
    "compose": "chain",
    "defocus": "disc_blur",
    "downscale": "resize",
    "gaussianblur": "kernel",
    "gaussiannoise": "noise",
    "h265": "hevc",
    "jp2": "jpeg2000",
    "jxl": "jpegxl",
    "poissonnoise": "noise",
    "publicdomain": "cc0-1.0",
    "sequence": "chain",
    "unsharpmask": "sharpen",
    "usm": "sharpen",
    "x264": "h264",
    "x265": "hevc",
}
"""What other projects call what is known by another name, in small letters alone."""

_MOST, _FEW = 20, 8
"""An error lists up to the first number of names, and of more names only the second."""


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


def unknown_field(where: str, name: str, known: Iterable[str]) -> Mistake:
    """Return the mistake that there is no field `name`, which `where` ends with, among the known ones."""
    names = list(known)
    return Mistake(where, f"unknown field; known: {', '.join(names)}{did_you_mean(name, names)}")


def look_up(table: Mapping[str, V], name: object, where: str, error: type[DegradekitError]) -> V:
    """Return what a table has under a name that a person gave.

    Args:
        table: What there is, by its names.
        name: What was given.
        where: The parameter that holds the name.
        error: What is raised where the table has no such name, with the known ones.
    """
    if not isinstance(name, str) or name not in table:
        raise error(unknown(where, name, table))
    return table[name]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` where a known name is close to an unknown one or means it, and nothing elsewhere."""
    import difflib

    names = {_letters(each): each for each in known}
    letters = _letters(name[:100])
    meant = _OTHER_NAMES.get(letters)
    if meant not in names.values():
        meant = next((names[close] for close in difflib.get_close_matches(letters, names, n=1)), None)
    return f"; did you mean {meant!r}?" if meant else ""


def _listed(name: object, names: list[str]) -> str:
    """Return the names, or of many the few that are closest to what was given."""
    if len(names) <= _MOST:
        return ", ".join(names)
    import difflib

    given = _letters(str(name)[:100])
    closest = sorted(names, key=lambda each: -difflib.SequenceMatcher(None, _letters(each), given).ratio())[:_FEW]
    return f"{', '.join(closest)} and {counted(len(names) - _FEW, 'other')}"


def _letters(name: str) -> str:
    return re.sub(r"[-_ .]", "", name.casefold())
