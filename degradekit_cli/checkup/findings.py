"""What a check of an installation finds."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, TypeAlias

State: TypeAlias = Literal["ok", "note", "problem"]


class Finding(NamedTuple):
    """One line of `degradekit doctor`.

    Attributes:
        subject: What was looked at, such as `OpenCV`.
        state: `ok`; `note` for what costs time or limits what can be done; `problem` for what must be mended.
        text: How it is, in words.
        advice: What to do about it, or a command; empty where there is nothing to do.
    """

    subject: str
    state: State
    text: str
    advice: str = ""


Check: TypeAlias = Callable[[], Iterable[Finding]]


def run(subject: str, check: Check) -> Iterator[Finding]:
    """Yield the findings of a check; one that fails is a problem itself, and ends no other."""
    try:
        yield from check()
    except Exception as error:  # a broken package raises nearly anything, and the other checks must go on
        text = f"cannot be looked at: {type(error).__name__}: {error}"
        yield Finding(subject, "problem", text, "reinstall degradekit into a new virtual environment")
