"""Runs tasks in this process, or in a pool of processes on this machine."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Any, Self

from degradekit.dataset.engines.base import Engine, R, Task, refuse_another
from degradekit.dataset.probe import fingerprint
from degradekit.errors import DatasetError
from degradekit.functional.memory import keep_freed_memory

_POLL_SECONDS = 0.2


class Here(Engine):
    """This process, one task after the other."""

    def fingerprint(self) -> dict[str, Any]:
        """Of this process."""
        return fingerprint()

    def run(
        self, tasks: Iterable[Task[R]], expected: dict[str, Any] | None, on_photos: Callable[[int], object]
    ) -> Iterator[R]:
        """Run tasks in order."""
        with one_thread():
            for task in tasks:
                refuse_another(expected)
                yield task.run(lambda: on_photos(1))


class Processes(Engine):
    """A pool of processes, started when the block is entered.

    Args:
        count: At least 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> Self:
        """Start the processes, while the caller does other things."""
        context = multiprocessing.get_context("spawn")
        self._photos, self._stop = context.Value("q", 0), context.Event()
        self._pool = ProcessPoolExecutor(
            max_workers=self._count,
            mp_context=context,
            initializer=_start_worker,
            initargs=(self._photos, self._stop),
        )
        # A process is started for each task that finds none idle.
        self._started = [self._pool.submit(fingerprint) for _ in range(self._count)]
        return self

    def stop(self) -> None:
        """Stop after the photos that are being worked on."""
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def fingerprint(self) -> dict[str, Any]:
        """Of the first worker."""
        with _told():
            return self._started[0].result()

    def run(
        self, tasks: Iterable[Task[R]], expected: dict[str, Any] | None, on_photos: Callable[[int], object]
    ) -> Iterator[R]:
        """Run tasks, two for each process at hand."""
        coming, seen = iter(tasks), 0
        waiting: set[Future[R]] = set()
        while True:
            with _told():
                for task in islice(coming, 2 * self._count - len(waiting)):
                    waiting.add(self._pool.submit(_run, task, expected))
            if not waiting:
                return
            done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            now = self._photos.value
            on_photos(now - seen)
            seen = now
            for future in done:
                with _told():
                    result = future.result()
                yield result


@contextmanager
def _told() -> Iterator[None]:
    """Tell the death of a worker in words."""
    try:
        yield
    except BrokenProcessPool:
        raise DatasetError(
            "workers: a worker process died, perhaps for lack of memory; run the same command again to go on"
        ) from None


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on one thread: the shards are the parallelism."""
    import cv2

    keep_freed_memory()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


class _Stopped(Exception):  # noqa: N818 - not an error
    """The parent wants no more."""


_photo_counter: Any = None
_stop: Any = None


def _start_worker(counter: Any, stop: Any) -> None:
    global _photo_counter, _stop
    import cv2

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    keep_freed_memory()
    _photo_counter, _stop = counter, stop


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its workers to stop."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _run(task: Task[R], expected: dict[str, Any] | None) -> R:
    refuse_another(expected)

    def on_photo() -> None:
        with _photo_counter.get_lock():
            _photo_counter.value += 1
        if _stop.is_set():
            raise _Stopped

    return task.run(on_photo)
