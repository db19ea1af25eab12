"""The unit of a field, read in the words of its docstring."""

import re

_MEASURES = (
    r"radians per pixel|cells per pixel|radians|turns|pixels|stops"
    r"|0\.\.255 scale squared|0\.\.255 scale|fractions? of [^,;]+|units of [^,;]+"
)
_UNIT = re.compile(rf"\b(?:in|on|as|Span of)(?: a| the| input)* ({_MEASURES})\b")


def unit_of(meaning: str) -> str:
    """Return the first unit in the first clause of a field's meaning, or an empty string."""
    clause = re.split(r"; |\. (?=[A-Z])", re.sub(r"\([^)]*\)", "", meaning))[0].removesuffix(".")
    unit = _UNIT.search(clause)
    return unit[1] if unit else ""
