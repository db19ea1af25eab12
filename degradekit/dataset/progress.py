"""Notifications about how far a run is."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
OnProgress = Callable[[float], None]
"""Takes the number of photos of a task that are done, with fractions; it raises an exception to stop the work."""
_PARTS = 1024
"""Progress is counted in 1024ths of a photo: sums of multiples of a power of two are exact."""


class Progress:
    """Ignores all notifications; override the methods for what you want to show."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # in signatures, as the default

    def note(self, text: str) -> None:
        """Take a sentence about something that takes longer than expected."""

    def start(self, photos: int) -> None:
        """Take the number of photos to be worked on, before the first."""

    def advance(self, photos: float) -> None:
        """Take the number of photos worked on since the last call, with fractions."""


SILENT = Progress()


class CountingProgress(Progress):
    """Passes notifications on, and counts the photos.

    Attributes:
        photos: The number of photos to be worked on.
        done: The number of photos that are done, with fractions.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.photos, self.done = 0, 0.0

    def start(self, photos: int) -> None:
        """Take the number of photos to be worked on, before the first."""
        self.photos = photos
        self._progress.start(photos)

    def advance(self, photos: float) -> None:
        """Take the number of photos worked on since the last call."""
        self.done += photos
        self._progress.advance(photos)


class TaskProgress:
    """The progress of one task, passed on in steps that add up to exactly the number of its photos.

    Args:
        advance: Takes the number of photos since the last call, as `Progress.advance` does.
    """

    def __init__(self, advance: Callable[[float], object]) -> None:
        self._advance = advance
        self._done = 0.0

    def reach(self, photos: float) -> None:
        """Take the number of photos of the task that are done, with fractions."""
        done = math.floor(photos * _PARTS) / _PARTS
        if done > self._done:
            self._advance(done - self._done)
            self._done = done


def in_photo(on_progress: OnProgress, index: int) -> OnProgress:
    """Return what takes how much of one photo is done, from 0 to 1.

    Args:
        on_progress: Takes the number of photos that are done.
        index: The number of photos before this one.
    """
    return lambda part: on_progress(index + part)


def counted_rows(rows: Iterable[T], total: int, photos: int, on_progress: OnProgress) -> Iterator[T]:
    """Yield the rows of a shard, and report progress before each.

    Args:
        rows: The rows.
        total: The number of rows that there should be.
        photos: The number of photos that they belong to.
        on_progress: Takes the number of photos that are done.
    """
    for index, row in enumerate(rows):
        on_progress(photos * min(index / max(total, 1), 1))
        yield row
