"""Builds shards in this process, or in a pool of processes on this machine."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from degradekit.dataset.probe import numerics_probe
from degradekit.dataset.shard import Manifest, Task, build_shard
from degradekit.errors import DatasetError
from degradekit.functional.memory import keep_freed_memory

_POLL_SECONDS = 0.2


def run(tasks: Sequence[Task], workers: int, probe: str, on_photos: Callable[[int], object]) -> Iterator[Manifest]:
    """Build shards, and yield their manifests as they get finished, in no particular order.

    Args:
        tasks: The shards to build.
        workers: Processes; 0 builds in this one.
        probe: The plan's numerics probe, which every worker must have.
        on_photos: Called with the number of photos done since the last call.

    Raises:
        DatasetError: A worker died, or computes differently.
    """
    if workers == 0:
        with _one_thread():
            for task in tasks:
                yield build_shard(task, lambda: on_photos(1))
        return
    if not tasks:
        return
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    stop = context.Event()
    pool = ProcessPoolExecutor(
        max_workers=min(workers, len(tasks)), mp_context=context, initializer=_start_worker, initargs=(counter, stop)
    )
    seen = 0
    try:
        waiting = {pool.submit(_build, task, probe) for task in tasks}
        while waiting:
            done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            now = counter.value
            on_photos(now - seen)
            seen = now
            for future in done:
                yield future.result()
    except BrokenProcessPool:
        raise DatasetError(
            "workers: a worker process died, perhaps for lack of memory; run the same command again to go on"
        ) from None
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _one_thread() -> Iterator[None]:
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
    cv2.setNumThreads(1)
    keep_freed_memory()
    _photo_counter, _stop = counter, stop


def _build(task: Task, probe: str) -> Manifest:
    if numerics_probe() != probe:
        raise DatasetError("probe: this worker computes other pixels than the plan was made with")

    def on_photo() -> None:
        with _photo_counter.get_lock():
            _photo_counter.value += 1
        if _stop.is_set():
            raise _Stopped

    return build_shard(task, on_photo)
