"""Python's fork server, which makes worker processes on Linux: it has imported what they need, and does nothing else.

A process forked from it is at work in 20 ms and shares its memory, whereas a spawned one imports for most of a second.
Forking the calling process would be cheaper still, but a process hangs if another thread held a lock when it was
forked. The only threads of the server are idle ones of OpenBLAS and Arrow, which expect forks.
"""

import multiprocessing
import sys
from multiprocessing.context import BaseContext

from degradekit import signals

if sys.platform != "win32":
    from multiprocessing import resource_tracker

_WORKER_IMPORTS = "degradekit.dataset.worker_imports"
_COMMAND = "degradekit_cli.main"
"""What a worker of the command would import as its main module."""


def context() -> BaseContext:
    """Return how worker processes are started: forked from the server on Linux, and spawned elsewhere."""
    return multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def start() -> None:
    """Start the server if it is not running, without waiting for its imports.

    The server and its workers start with signals blocked, until they ignore them.
    """
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # or it would unblock signals while the server starts
    if sys.platform == "linux":
        from multiprocessing import forkserver

        main = [_COMMAND] if _COMMAND in sys.modules else []
        context().set_forkserver_preload([_WORKER_IMPORTS, *main])
        with signals.blocked():
            forkserver.ensure_running()
