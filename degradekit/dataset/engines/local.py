"""Runs tasks in this process, or in a pool of processes on this machine."""

import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any, Self

from degradekit.dataset.engines.base import Check, Engine, R, Task, Workers
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.probe import fingerprint
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer
from degradekit.functional.memory import keep_freed_memory
from degradekit.mistakes import validated
from degradekit.operators.base import Operator

_POLL_SECONDS = 0.2


@validated(DatasetError)
class LocalEngine(Engine):
    """This machine.

    Attributes:
        workers: Number of processes; 0 works in the calling process, None starts one for each processor. Processes
            import the calling script again, which therefore needs the usual `if __name__ == "__main__":`.
    """

    workers: Annotated[Integer, Between(0)] | None = None

    @property
    def in_process(self) -> bool:
        """Whether tasks run in this process."""
        return self.workers == 0

    def start(self, most_tasks: int) -> Workers:
        """Return workers for at most this many tasks."""
        count = min(processors() if self.workers is None else self.workers, most_tasks)
        return _ProcessWorkers(count) if count else _SerialWorkers()


LOCAL = LocalEngine()
"""This machine, a process for each processor."""


def processors() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _SerialWorkers(Workers):
    """This process, one task after the other."""

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        return fingerprint(recipe)

    def run(self, tasks: Iterable[Task[R]], check: Check | None, on_photos: Callable[[int], object]) -> Iterator[R]:
        with one_thread():
            for task in tasks:
                if check:
                    check()
                yield task.run(lambda: on_photos(1))


class _ProcessWorkers(Workers):
    """A pool of processes, started by their first tasks.

    Args:
        count: At least 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._photos, self._stop = context.Value("q", 0), context.Event()
        self._pool = ProcessPoolExecutor(
            max_workers=self._count,
            mp_context=context,
            initializer=_start_worker,
            initargs=(self._photos, self._stop),
        )
        return self

    def stop(self) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        try:
            data = pickle.dumps(recipe)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise _unknown_operator(error) from None
        # A process is started for each task that finds none idle.
        with _worker_deaths():
            first, *_ = [self._pool.submit(_fingerprint, data) for _ in range(self._count)]
            return first.result()

    def run(self, tasks: Iterable[Task[R]], check: Check | None, on_photos: Callable[[int], object]) -> Iterator[R]:
        coming, seen = iter(tasks), 0
        waiting: set[Future[R]] = set()
        while True:
            with _worker_deaths():
                for task in islice(coming, 2 * self._count - len(waiting)):
                    waiting.add(self._pool.submit(_run, task, check))
            if not waiting:
                return
            done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            now = self._photos.value
            on_photos(now - seen)
            seen = now
            for future in done:
                with _worker_deaths():
                    result = future.result()
                yield result


@contextmanager
def _worker_deaths() -> Iterator[None]:
    """Turn the death of a worker into a DatasetError."""
    try:
        yield
    except BrokenProcessPool:
        raise DatasetError(
            "worker: its process died, perhaps for lack of memory; run the same command again to resume"
        ) from None


def _unknown_operator(error: Exception) -> DatasetError:
    return DatasetError(
        f"recipe: worker processes cannot load one of its operators ({error}); define the operator in a module that"
        " they can import, or build with workers=0"
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenCV to one thread: the shards are the parallelism."""
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
    """End with a parent that was killed, and so cannot stop its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _fingerprint(recipe: bytes) -> Fingerprint:
    # Unpickled here: where the pool does it, an operator that is missing kills the worker without a word.
    try:
        operator = pickle.loads(recipe)
    except (AttributeError, ImportError) as error:
        raise _unknown_operator(error) from None
    return fingerprint(operator)


def _run(task: Task[R], check: Check | None) -> R:
    if check:
        check()

    def on_photo() -> None:
        with _photo_counter.get_lock():
            _photo_counter.value += 1
        if _stop.is_set():
            raise _Stopped

    return task.run(on_photo)
