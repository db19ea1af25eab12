"""The process that worker processes are copies of, on Linux: one without threads that has imported what they need.

A copy is at work in 20 ms and shares the template's memory, where a process that begins with nothing imports for most
of a second. A copy of the calling process would be cheaper still, but may hang where that has threads.
"""

import multiprocessing
import sys
from multiprocessing.context import BaseContext

from degradekit import signals

if sys.platform != "win32":
    from multiprocessing import resource_tracker

_IMPORTS = ("degradekit.dataset.worker_imports", "degradekit_cli.main")


def context() -> BaseContext:
    """Return how processes are started: as copies of the template, or elsewhere from nothing."""
    return multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def start() -> None:
    """Start the template, if it is not running, without waiting for its imports.

    It and its copies begin with signals blocked until they ignore them.
    """
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # or it would unblock signals while the template starts
    if sys.platform == "linux":
        from multiprocessing import forkserver

        context().set_forkserver_preload([name for name in _IMPORTS if "worker" in name or name in sys.modules])
        with signals.blocked():
            forkserver.ensure_running()
