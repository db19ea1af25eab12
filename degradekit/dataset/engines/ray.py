"""Runs tasks on a Ray cluster."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Annotated, Any, Self

from degradekit import signals
from degradekit.dataset.engines.base import Check, Engine, R, Task, Workers
from degradekit.dataset.engines.local import one_thread, processors
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.probe import fingerprint
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer, Text
from degradekit.mistakes import validated
from degradekit.operators.base import Operator

_RETRIES = 20
_POLL_SECONDS = 0.5


@validated(DatasetError)
class RayEngine(Engine):
    """A Ray cluster, or one on this machine that lives as long as the build.

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
        self._photos: dict[Any, int] = {}

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
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise DatasetError(
                    f"address: cannot connect to a Ray cluster: {error} (got {self._address!r})"
                ) from None
        return self

    def stop(self) -> None:
        """End the cluster that this has started, or in one of the caller's the tasks that are running."""
        if not self._was_connected:
            self._ray.shutdown()
            return
        with signals.held() as held:
            running = list(self._photos)
            for task in running:
                self._ray.cancel(task)
            while running:
                _, running = self._ray.wait(running, num_returns=len(running), timeout=_POLL_SECONDS)
                for task in running if held.received else ():
                    self._ray.cancel(task, force=True)
            self._photos = {}

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        remote = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_fingerprint)
        return self._get(remote.remote(recipe))  # type: ignore[no-any-return]

    def run(self, tasks: Iterable[Task[R]], check: Check | None, advance: Callable[[float], object]) -> Iterator[R]:
        run = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_run)
        coming = iter(tasks)
        photos = self._photos
        while True:
            at_hand = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            for task in islice(coming, max(0, at_hand - len(photos))):
                photos[run.remote(task, check)] = task.photos
            if not photos:
                return
            done, _ = self._ray.wait(list(photos), timeout=_POLL_SECONDS)
            for reference in done:
                result = self._get(reference)
                advance(photos.pop(reference))
                yield result

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


def _run(task: Task[R], check: Check | None) -> R:
    if check:
        check()
    with one_thread():
        return task.run(lambda _: None)
