"""Notifications about how far a run is."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
OnProgress = Callable[[float], None]
"""Takes how many photos of a task are done, in part too; it raises where the work is to stop."""
_PARTS = 1024
"""Progress comes in multiples of this part of a photo, a power of two: so sums of them are exact."""


class Progress:
    """Ignores all notifications; override the methods for what you want to show."""

    def note(self, text: str) -> None:
        """Take a sentence about something that takes longer than expected."""

    def start(self, photos: int) -> None:
        """Take the number of photos to be worked on, before the first."""

    def advance(self, photos: float) -> None:
        """Take the number of photos worked on since the last call, with the part of one that is done in part."""


SILENT = Progress()


class Counted(Progress):
    """Passes notifications on, and counts the photos.

    Attributes:
        photos: How many are to be worked on.
        done: How many are done, in part too.
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


class Advances:
    """How far one task is, as advances of the run, which add up to the number of its photos exactly.

    Args:
        advance: Takes the number of photos since the last call, as `Progress.advance` does.
    """

    def __init__(self, advance: Callable[[float], object]) -> None:
        self._advance = advance
        self._done = 0.0

    def reach(self, photos: float) -> None:
        """Take how many photos of the task are done."""
        done = math.floor(photos * _PARTS) / _PARTS
        if done > self._done:
            self._advance(done - self._done)
            self._done = done


def counted_rows(rows: Iterable[T], total: int, photos: int, on_progress: OnProgress) -> Iterator[T]:
    """Yield the rows of a shard, and notify how far they are before each.

    Args:
        rows: The rows.
        total: How many there should be.
        photos: The photos that they belong to.
        on_progress: Is notified.
    """
    for index, row in enumerate(rows):
        on_progress(photos * min(index / max(total, 1), 1))
        yield row
