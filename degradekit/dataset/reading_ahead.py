"""Reads ahead while the caller is busy, so that the caller does not wait for a slow disk or a bucket."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_THREADS = 8
"""Requests that run at the same time."""

S = TypeVar("S")
T = TypeVar("T")


def read_ahead(read: Callable[[S], T], items: Iterable[S], ahead: int) -> Iterator[T]:
    """Yield what `read` returns for each item, in their order.

    Args:
        read: Reads an item; it is called in threads, for several items at once.
        items: What to read.
        ahead: The number of items that are read, or being read, before they are asked for.

    Raises:
        Exception: What `read` raises, when it is the item's turn.
    """
    remaining = iter(items)
    with ThreadPoolExecutor(_THREADS, "degradekit reading") as threads:
        started: deque[Future[T]] = deque()
        try:
            while True:
                started.extend(threads.submit(read, item) for item in islice(remaining, ahead + 1 - len(started)))
                if not started:
                    return
                yield started.popleft().result()
        finally:
            for future in started:
                future.cancel()
