"""Runs tasks in this process, or in a pool of processes on this machine."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

from degradekit import signals
from degradekit.dataset.engines.base import Check, Engine, R, Task, Workers
from degradekit.dataset.engines.processes import ProcessWorkers
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.probe import fingerprint
from degradekit.dataset.progress import TaskProgress
from degradekit.errors import DatasetError
from degradekit.fields import Between, Integer
from degradekit.memory import keep_freed_memory
from degradekit.mistakes import validated
from degradekit.operators.base import Operator
from degradekit.processors import processors


@validated(DatasetError)
class LocalEngine(Engine):
    """Runs tasks on this machine.

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
        return ProcessWorkers(count) if count else _SerialWorkers()


LOCAL = LocalEngine()
"""This machine, a process for each processor."""


class _SerialWorkers(Workers):
    """This process, one task after the other."""

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        return fingerprint(recipe)

    def run(self, tasks: Iterable[Task[R]], check: Check | None, advance: Callable[[float], object]) -> Iterator[R]:
        with one_thread():
            for task in tasks:
                if check:
                    check()
                progress = TaskProgress(advance)
                with signals.held(release_repeated=True) as held:

                    def on_progress(
                        photos: float, progress: TaskProgress = progress, held: signals.HeldSignals = held
                    ) -> None:
                        progress.reach(photos)
                        held.deliver()

                    result = task.run(on_progress)
                progress.reach(task.photos)
                yield result


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
