"""Trying again what fails for a moment, on shares and in buckets, and the words for what keeps failing."""

import errno
import os
import time
from collections.abc import Callable
from typing import TypeVar

from degradekit.errors import DegradekitError, InaccessibleError, UnavailableError
from degradekit.wording import printable

PAUSES = (0.1, 0.3, 0.9, 2.7)
"""Seconds before the second attempt, the third and so on; there is one attempt more than pauses."""
PATIENCE_SECONDS = 10
"""After so long there is no further attempt: the client of the service has tried again by itself meanwhile."""

T = TypeVar("T")


def retried(action: Callable[[], T], *, answers: tuple[type[Exception], ...] = ()) -> T:
    """Return what an action returns; where it fails, try it again after a pause.

    Args:
        action: Reads or writes something as a whole, so that it can be repeated.
        answers: Exceptions that are an answer, such as that there is no such file; they are raised at once, as
            degradekit's own are.

    Raises:
        Exception: What the last attempt has raised.
    """
    final: tuple[type[Exception], ...] = (DegradekitError, MemoryError, *answers)
    end = time.monotonic() + PATIENCE_SECONDS
    for pause in PAUSES:
        try:
            return action()
        except Exception as error:  # services raise exceptions of their own
            if isinstance(error, final) or time.monotonic() > end:
                raise
            time.sleep(pause)
    return action()


def unavailable(problem: str, location: str, error: Exception) -> InaccessibleError:
    """Return the error to raise for a disk or a service that keeps failing.

    Args:
        problem: What could not be done, such as `URL: cannot be reached`.
        location: The path or URL in question.
        error: What the last attempt has raised.

    Returns:
        An UnavailableError; where permission or credentials are missing, which no waiting cures, a plain
        InaccessibleError.
    """
    got = f"(got {location!r})"
    if is_denied(error):
        return InaccessibleError(f"{problem}: {reason(error)}; give this user or its credentials access to it {got}")
    return UnavailableError(f"{problem}: {reason(error)} {got}")


def is_denied(error: Exception) -> bool:
    """Return whether a disk or a service refuses this user, by any of the errors that services have for that."""
    status = getattr(error, "status", None) or getattr(getattr(error, "response", None), "status_code", None)
    name = type(error).__name__
    return isinstance(error, PermissionError) or status in (401, 403) or "Credential" in name or "Authentic" in name


def reason(error: Exception) -> str:
    """Return an error in words, without the number and the path that Python adds."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error).strip() or type(error).__name__
    if isinstance(error, FileNotFoundError) and not error.strerror:  # some services give the path alone
        text = os.strerror(errno.ENOENT)
    return printable(text)
