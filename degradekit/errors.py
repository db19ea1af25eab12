"""Every error that degradekit raises on purpose."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, Self

from degradekit.wording import counted, printable, printable_lines


class _NoValue(Enum):
    NO_VALUE = 0


NO_VALUE = _NoValue.NO_VALUE
"""Stands for the value of a mistake that has none to show, such as a field that is missing."""


_MOST_CHARACTERS = 1000
"""Characters of a line of a message, at most: names and paths of strangers may be of any length."""
_MOST_LINES = 20
"""Mistakes that the text of an error lists, at most."""


class Mistake(NamedTuple):
    """One broken rule.

    Attributes:
        where: The field, such as `stages[1].blur.sigma`; empty where the whole object is meant.
        rule: What must hold, such as `must be >= 1`.
        value: What was given instead.
    """

    where: str
    rule: str
    value: object = NO_VALUE

    def inside(self, outer: str) -> "Mistake":
        """Return the same mistake as seen from an enclosing object, whose field `outer` holds this one."""
        if not outer or not self.where:
            return self._replace(where=outer or self.where)
        separator = "" if self.where.startswith("[") else "."
        return self._replace(where=f"{outer}{separator}{self.where}")

    def __str__(self) -> str:
        prefix = f"{printable(self.where)}: " if self.where else ""
        got = "" if self.value is NO_VALUE else f" (got {shortened(self.value)})"
        return "\n".join(map(_bounded, f"{prefix}{printable_lines(self.rule)}{got}".split("\n")))


class DegradekitError(ValueError):
    """Base class of all errors about what was handed in.

    Attributes:
        mistakes: What is wrong, one entry for each broken rule, for forms and editors; the text has a line for each of
            the first.
    """

    mistakes: tuple[Mistake, ...]

    def __init__(self, *mistakes: Mistake | str) -> None:
        super().__init__(*mistakes)
        self.mistakes = tuple(each if isinstance(each, Mistake) else Mistake("", each) for each in mistakes)

    def __str__(self) -> str:
        lines = [str(mistake) for mistake in self.mistakes[:_MOST_LINES]]
        more = len(self.mistakes) - _MOST_LINES
        return "\n".join([*lines, f"and {counted(more, 'other mistake')}"] if more > 0 else lines)

    def inside(self, outer: str) -> Self:
        """Return the same error as seen from an enclosing object, whose field `outer` is the wrong one."""
        return type(self)(*(mistake.inside(outer) for mistake in self.mistakes))

    def in_file(self, path: str) -> Self:
        """Return the same error with the path of the file that it was made from before each mistake."""
        return type(self)(
            *(each._replace(where=f"{path}: {each.where}" if each.where else path) for each in self.mistakes)
        )


class RecipeError(DegradekitError):
    """An operator or a recipe breaks a rule."""


class ImageError(DegradekitError):
    """Something handed in is not an image that degradekit can use."""


class RecordError(DegradekitError):
    """A step breaks a rule, or a stored degradation cannot be read."""


class DatasetError(DegradekitError):
    """A dataset cannot be built, read or changed as asked."""


class InaccessibleError(DatasetError):
    """A photo or a file cannot be read, perhaps because this user may not, which says nothing about its content."""


class UnavailableError(InaccessibleError):
    """A photo, a file or a service cannot be read now; the same call may succeed later."""


class MemoryShortageError(UnavailableError):
    """A picture needs more memory than is free now."""


def _bounded(line: str) -> str:
    """Return a line, without its middle where it is too long: a message ends with what was given, and the cure."""
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:700]} ... {line[-250:]}"


def shortened(value: object) -> str:
    """Return a value as a message shows it: on one line of at most 100 characters, whatever was handed in."""
    try:
        text = repr(list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value)
    except ValueError:  # Python writes no integers of more than 4300 digits
        text = f"an {type(value).__name__} of too many digits"
    except RecursionError:
        text = f"a {type(value).__name__} that is nested too deeply"
    text = printable(text.replace("\n", " "))
    return text if len(text) <= 100 else text[:97] + "..."
