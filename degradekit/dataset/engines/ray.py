"""Runs tasks on a Ray cluster."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Self

from degradekit import signals
from degradekit.dataset.engines.base import Check, Engine, R, Task, Workers
from degradekit.dataset.engines.local import one_thread
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.probe import fingerprint
from degradekit.dataset.progress import TaskProgress
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer, Text
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.processors import processors

_RETRIES = 20
_POLL_SECONDS = 0.5
_STOP_SECONDS = 0.4
"""A task that is cancelled has this long to end by itself."""


@validated(DatasetError)
class RayEngine(Engine):
    """Runs tasks on a Ray cluster, or on one on this machine that lives as long as the build.

    A task whose worker or node is lost is run again elsewhere; what it had begun is replaced.

    Attributes:
        workers: Processors of the cluster to start; None takes all of this machine.
        address: The head of a running cluster, `auto` for the one on this machine; None starts one.
    """

    workers: Annotated[Integer, Between(0)] | None = None
    address: Text | None = None

    @property
    def in_process(self) -> bool:
        """Whether tasks run in this process."""
        return False

    def start(self, most_tasks: int) -> Workers:
        """Return workers; a cluster decides by itself how many there are."""
        return _RayWorkers(self.address, processors() if self.workers is None else self.workers)


class _RayWorkers(Workers):
    """The workers of a cluster, while this process is connected to it."""

    def __init__(self, address: str | None, count: int) -> None:
        self._address, self._count = address, count
        self._running: dict[Any, tuple[int, int, TaskProgress]] = {}

    def __enter__(self) -> Self:
        try:
            import ray
        except ImportError:
            raise DatasetError("engine: ray is not installed; pip install 'degradekit[ray]'") from None
        self._ray: Any = ray
        self._was_connected = ray.is_initialized()
        if not self._was_connected:
            quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
            try:
                if self._address:
                    ray.init(address=self._address, **quiet)
                else:
                    ray.init(address="local", num_cpus=max(1, self._count), include_dashboard=False, **quiet)
            except Exception as error:  # where its own processes are late, Ray raises nothing more specific
                ray.shutdown()
                if self._address:
                    problem = f"address: cannot connect to a Ray cluster: {error} (got {self._address!r})"
                else:
                    problem = f"engine: Ray cannot be started on this machine: {error}"
                raise DatasetError(problem) from None
        return self

    def stop(self) -> None:
        """End the cluster that this has started, or in one of the caller's the tasks that are running."""
        if not self._was_connected:
            self._ray.shutdown()
            return
        with signals.held() as held:
            running = list(self._running)
            for task in running:
                self._ray.cancel(task)
            deadline = time.monotonic() + _STOP_SECONDS
            while running:
                _, running = self._ray.wait(running, num_returns=len(running), timeout=_STOP_SECONDS)
                for task in running if held.received or time.monotonic() > deadline else ():
                    self._ray.cancel(task, force=True)
            self._running = {}

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        remote = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_fingerprint)
        return self._get(remote.remote(recipe))  # type: ignore[no-any-return]

    def run(self, tasks: Iterable[Task[R]], check: Check | None, advance: Callable[[float], object]) -> Iterator[R]:
        run = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_run)
        board = self._ray.remote(num_cpus=0)(_Board).remote()
        coming = enumerate(tasks)
        running = self._running
        while True:
            at_hand = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            for index, task in islice(coming, max(0, at_hand - len(running))):
                running[run.remote(task, check, index, board)] = index, task.photos, TaskProgress(advance)
            if not running:
                return
            done, _ = self._ray.wait(list(running), timeout=_POLL_SECONDS)
            for reference in done:
                result = self._get(reference)
                _, photos, progress = running.pop(reference)
                progress.reach(photos)
                yield result
            reached = self._read(board)
            for index, _, progress in running.values():
                progress.reach(reached.get(index, 0))

    def _read(self, board: Any) -> dict[int, float]:
        """Return how far tasks are, or nothing where the node of the board was lost: progress then comes by task."""
        try:
            return self._ray.get(board.read.remote(), timeout=_POLL_SECONDS)  # type: ignore[no-any-return]
        except (self._ray.exceptions.RayError, TimeoutError):
            return {}

    def _get(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None  # as in a process of our own
        except self._ray.exceptions.RayError as error:
            raise DatasetError(
                f"worker: cannot be replaced: {error}; finished shards stay, build again to resume"
            ) from None


def _fingerprint(recipe: Operator) -> Fingerprint:
    return fingerprint(recipe)


class _Board:
    """An actor on which tasks write how far they are."""

    def __init__(self) -> None:
        self._reached: dict[int, float] = {}

    def write(self, index: int, photos: float) -> None:
        """Take how many photos of a task are done."""
        self._reached[index] = photos

    def read(self) -> dict[int, float]:
        """Return how many photos are done, by the index of the task, of those that have written since the last call."""
        reached, self._reached = self._reached, {}
        return reached


def _run(task: Task[R], check: Check | None, index: int, board: Any) -> R:
    if check:
        check()
    last = time.monotonic()

    def on_progress(photos: float) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > _POLL_SECONDS:
            last = now
            board.write.remote(index, photos)

    with one_thread():
        return task.run(on_progress)
