"""Retries of what fails for a moment, on shares and in buckets, and one wording for what keeps failing."""

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from degradekit.errors import DatasetError, DegradekitError, InaccessibleError, UnavailableError
from degradekit.wording import printable

PAUSES = (0.1, 0.3, 0.9, 2.7)
"""Seconds before the second attempt, the third and so on; there is one attempt more than pauses."""
RETRY_SECONDS = 10
"""After so long there is no further attempt: the client of the service has tried again by itself meanwhile."""

T = TypeVar("T")


def with_retries(action: Callable[[], T], *, final: tuple[type[Exception], ...] = ()) -> T:
    """Return what an action returns; where it fails, try it again after a pause.

    Args:
        action: Reads or writes something as a whole, so that it can be repeated.
        final: Exceptions that another attempt would not change, such as that there is no such file; they are raised
            at once, as degradekit's own are.

    Raises:
        Exception: What the last attempt has raised.
    """
    at_once: tuple[type[Exception], ...] = (DegradekitError, MemoryError, *final)
    end = time.monotonic() + RETRY_SECONDS
    for pause in PAUSES:
        try:
            return action()
        except Exception as error:  # services raise exceptions of their own
            if isinstance(error, at_once) or time.monotonic() > end:
                raise
            time.sleep(pause)
    return action()


def unavailable_error(problem: str, location: str, error: Exception) -> InaccessibleError:
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
        return InaccessibleError(f"{problem}: {reason_of(error)}; give this user or its credentials access to it {got}")
    return UnavailableError(f"{problem}: {reason_of(error)} {got}")


@contextmanager
def as_dataset_error(
    problem: str, location: str, *, cure: str = "", passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn what a disk or a service raises into a DatasetError that reads `PROBLEM: REASON; CURE (got LOCATION)`.

    Args:
        problem: What could not be done, such as `target: cannot be written`.
        location: The path or URL in question.
        cure: What the person may do about it.
        passing: Exceptions to leave as they are, besides degradekit's own.
    """
    try:
        yield
    except Exception as error:  # services raise exceptions of their own
        if isinstance(error, (DegradekitError, *passing)):
            raise
        raise DatasetError(f"{problem}: {reason_of(error)}{cure and f'; {cure}'} (got {location!r})") from error


def is_denied(error: Exception) -> bool:
    """Return whether a disk or a service refuses this user, by any of the errors that services have for that."""
    status = getattr(error, "status", None) or getattr(getattr(error, "response", None), "status_code", None)
    name = type(error).__name__
    return isinstance(error, PermissionError) or status in (401, 403) or "Credential" in name or "Authentic" in name


def reason_of(error: Exception) -> str:
    """Return an error in words, without the number and the path that Python adds, and without a period."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error).strip() or type(error).__name__
    if isinstance(error, FileNotFoundError) and not error.strerror:  # some services give the path alone
        text = os.strerror(errno.ENOENT)
    return printable(text.removesuffix("."))
