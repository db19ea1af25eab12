"""Work that is done anew whenever something changes, in a thread, and only for the newest state."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Runs a function in a thread; of the calls that come while it runs, only the last one is answered.

    Args:
        work: Runs in the thread.
        done: Is given the result, in the event loop.
        failed: Is given the exception.
        started: Is called before the work.
    """

    def __init__(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        started: Callable[[], object] = lambda: None,
    ) -> None:
        self._work, self._done, self._failed, self._started = work, done, failed, started
        self._is_running = self._is_stale = False

    async def __call__(self) -> None:
        """Do the work, unless it is running: then it is done once more at its end."""
        self._is_stale = True
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._is_stale:
                self._is_stale = False
                self._started()
                try:
                    result = await asyncio.to_thread(self._work)
                except Exception as error:  # whatever it is, the page must show it and go on
                    self._failed(error)
                else:
                    self._done(result)
        finally:
            self._is_running = False
