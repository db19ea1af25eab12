"""Runs tasks on a Ray cluster."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Self

from degradekit.dataset.engines.base import Engine, R, Task, refuse_another
from degradekit.dataset.probe import fingerprint
from degradekit.errors import DatasetError

_RETRIES = 20
_POLL_SECONDS = 0.5


class Ray(Engine):
    """A cluster that is there, or one on this machine that lives as long as the block.

    A task whose worker or node is lost is run again elsewhere; what it had begun is replaced.

    Args:
        address: Of the cluster's head, `auto` for the one on this machine, or None to start one.
        count: Processors of the one to start.
    """

    def __init__(self, address: str | None, count: int) -> None:
        self._address, self._count = address, count

    def __enter__(self) -> Self:
        """Connect, or start."""
        try:
            import ray
        except ImportError:
            raise DatasetError("engine: ray is not installed; pip install 'degradekit[ray]'") from None
        self._ray: Any = ray
        self._was_there = ray.is_initialized()
        if not self._was_there:
            quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
            try:
                if self._address:
                    ray.init(address=self._address, **quiet)
                else:
                    ray.init(address="local", num_cpus=max(1, self._count), include_dashboard=False, **quiet)
            except (ConnectionError, RuntimeError, ValueError) as error:
                raise DatasetError(f"address: no Ray cluster there: {error} (got {self._address!r})") from None
        return self

    def stop(self) -> None:
        """Disconnect, which ends what still runs."""
        if not self._was_there:
            self._ray.shutdown()

    def fingerprint(self) -> dict[str, Any]:
        """Of a worker that Ray chooses."""
        found: dict[str, Any] = self._get(self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_fingerprint).remote())
        return found

    def run(
        self, tasks: Iterable[Task[R]], expected: dict[str, Any] | None, on_photos: Callable[[int], object]
    ) -> Iterator[R]:
        """Run tasks, two for each of the cluster's processors at hand."""
        run = self._ray.remote(num_cpus=1, max_retries=_RETRIES)(_run)
        coming = iter(tasks)
        photos: dict[Any, int] = {}
        while True:
            at_hand = 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            for task in islice(coming, max(0, at_hand - len(photos))):
                photos[run.remote(task, expected)] = task.photos
            if not photos:
                return
            done, _ = self._ray.wait(list(photos), timeout=_POLL_SECONDS)
            for reference in done:
                result = self._get(reference)
                on_photos(photos.pop(reference))
                yield result

    def _get(self, reference: Any) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None  # as in a process of our own
        except self._ray.exceptions.RayError as error:
            raise DatasetError(f"workers: lost for good: {error}; run the same command again to go on") from None


def _fingerprint() -> dict[str, Any]:
    return fingerprint()


def _run(task: Task[R], expected: dict[str, Any] | None) -> R:
    from degradekit.dataset.engines.local import one_thread

    refuse_another(expected)
    with one_thread():
        return task.run(lambda: None)
