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


class Workers:
    """Processes that build shards, started when the block is entered.

    Args:
        count: Processes; 0 builds in this one.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> "Workers":
        if self._count:
            context = multiprocessing.get_context("spawn")
            self._photos, self._stop = context.Value("q", 0), context.Event()
            self._pool = ProcessPoolExecutor(
                max_workers=self._count,
                mp_context=context,
                initializer=_start_worker,
                initargs=(self._photos, self._stop),
            )
            # A process is started for each task that finds none idle.
            self._probes = [self._pool.submit(numerics_probe) for _ in range(self._count)]
        return self

    def __exit__(self, *_: object) -> None:
        if self._count:
            self._stop.set()
            self._pool.shutdown(wait=True, cancel_futures=True)

    def probe(self) -> str:
        """The numerics probe of the first worker; one that computes otherwise refuses to build."""
        with _told():
            return self._probes[0].result() if self._count else numerics_probe()

    def run(self, tasks: Sequence[Task], probe: str, on_photos: Callable[[int], object]) -> Iterator[Manifest]:
        """Build shards, and yield their manifests as they get finished, in no particular order.

        Args:
            tasks: The shards to build.
            probe: The plan's numerics probe, which every worker must have.
            on_photos: Called with the number of photos done since the last call.

        Raises:
            DatasetError: A worker died, or computes differently.
        """
        if self._count == 0:
            with _one_thread():
                for task in tasks:
                    yield build_shard(task, lambda: on_photos(1))
            return
        seen = 0
        waiting = {self._pool.submit(_build, task, probe) for task in tasks}
        while waiting:
            done, waiting = wait(waiting, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
            now = self._photos.value
            on_photos(now - seen)
            seen = now
            for future in done:
                with _told():
                    manifest = future.result()
                yield manifest


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
