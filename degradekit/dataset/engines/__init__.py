"""Where tasks are run, by the name that `--engine` takes. A new one is a file here and a case below."""

import os

from degradekit.dataset.engines.base import Engine, Task
from degradekit.errors import DatasetError

__all__ = ["Engine", "Task", "make_engine"]


def make_engine(name: str, workers: int | None, address: str | None, tasks: int) -> Engine:
    """An engine, not yet started.

    Args:
        name: `local` or `ray`.
        workers: Processes; 0 works in this one, None takes one for each processor.
        address: Of a Ray cluster.
        tasks: How many tasks there are at most.

    Raises:
        DatasetError: No such engine, or a number of workers below 0.
    """
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers < 0:
        raise DatasetError(f"workers: must be >= 0 (got {workers})")
    if name == "ray":
        from degradekit.dataset.engines.ray import Ray

        return Ray(address, workers)
    if name != "local":
        raise DatasetError(f"engine: unknown (got {name!r}); known: local, ray")
    if address is not None:
        raise DatasetError(f"address: is Ray's; add --engine ray (got {address!r})")
    from degradekit.dataset.engines.local import Here, Processes

    return Processes(min(workers, tasks)) if min(workers, tasks) else Here()
