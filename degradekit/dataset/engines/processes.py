"""A pool of processes on this machine, each at the end of a pipe.

They share nothing, neither locks nor queues, so that no other waits forever for one that is killed, at any moment. A
process that ends closes its pipe, and a parent that closes the pipe stops the process at the next row; one that does
not get there soon is killed.
"""

import multiprocessing
import os
import pickle
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, Self

from degradekit import signals
from degradekit.dataset import fork_server
from degradekit.dataset.engines.base import Check, R, Task, Workers
from degradekit.dataset.plan import Fingerprint
from degradekit.dataset.probe import compilation_note, fingerprint
from degradekit.dataset.progress import OnProgress, TaskProgress
from degradekit.decoders import silence_decoders
from degradekit.errors import DatasetError, DegradekitError
from degradekit.functional.machine_code import waive_notice
from degradekit.memory import keep_freed_memory
from degradekit.operators.base import Operator
from degradekit.retrying import reason_of
from degradekit.warming import compile_steps

_POLL_SECONDS = 0.2
_PROGRESS_SECONDS = 0.1
"""The shortest time between two notifications of progress."""
_STOP_SECONDS = 0.4
"""A process that is to stop has this long to reach the next row, and to delete what it has begun."""
_READY, _PROGRESS, _RESULT, _ERROR = "ready", "progress", "result", "error"
Work = Callable[[OnProgress], Any]
"""What a process is sent: a function that calls its argument after each small piece of work."""


class ProcessWorkers(Workers):
    """Processes that are started at once, and stopped at the rows that they are at.

    Args:
        count: Number of processes, at least 1.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[_Process] = []
        self._preparing: list[_Process] = []

    def __enter__(self) -> Self:
        try:
            for _ in range(self._count):
                with signals.held():
                    self._processes.append(_Process())
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError | EOFError):
                reason = "the first of them has died" if isinstance(error, EOFError) else reason_of(error)
                raise DatasetError(
                    f"workers: processes cannot be started: {reason}; ask for fewer (got {self._count})"
                ) from None
            raise
        return self

    def stop(self) -> None:
        """Stop the processes at their next rows, or by force where that takes too long or a signal asks for it."""
        with signals.held() as held:
            for process in self._processes:
                process.connection.close()
                if not process.is_ready:  # it has begun nothing, and does not look at its pipe yet
                    process.process.kill()
            deadline = time.monotonic() + _STOP_SECONDS
            while running := [process for process in self._processes if process.process.is_alive()]:
                if held.received or time.monotonic() > deadline:
                    for process in running:
                        process.process.kill()
                connection.wait([process.process.sentinel for process in running], _POLL_SECONDS)
            self._processes = []

    def fingerprint(self, recipe: Operator) -> Fingerprint:
        """Return the fingerprint of the first process; the others compute theirs meanwhile, for later checks."""
        for index, process in enumerate(self._processes):
            process.send(partial(_fingerprint, recipe, index % 2 == 1))
        first, *self._preparing = self._processes
        while (message := first.receive())[0] != _RESULT:
            pass
        return message[1]  # type: ignore[no-any-return]

    def run(self, tasks: Iterable[Task[R]], check: Check | None, advance: Callable[[float], object]) -> Iterator[R]:
        """Run tasks, and yield their results as they come."""
        coming, preparing, self._preparing = iter(tasks), self._preparing, []
        idle = [process for process in self._processes[::-1] if process not in preparing]
        busy: dict[Any, tuple[_Process, Task[R] | None, TaskProgress]] = {
            process.connection: (process, None, TaskProgress(advance)) for process in preparing
        }
        while True:
            while idle and (following := next(coming, None)) is not None:
                idle[-1].send(partial(_run, following, check))
                process = idle.pop()
                busy[process.connection] = process, following, TaskProgress(advance)
            if not busy:
                return
            results = []
            for ready in connection.wait(list(busy), _POLL_SECONDS):
                process, task, progress = busy[ready]
                kind, value = process.receive()
                if kind == _PROGRESS:
                    progress.reach(value)
                elif kind == _RESULT:
                    del busy[ready]
                    idle.append(process)
                    if task is not None:
                        progress.reach(task.photos)
                        results.append(value)
            yield from results


class _Process:
    """A process, and the parent's end of the pipe to it."""

    def __init__(self) -> None:
        context: Any = fork_server.context()
        self.connection, child_end = context.Pipe()
        self.process = context.Process(target=_work, args=(child_end, dict(os.environ)))
        self.is_ready = False
        try:
            fork_server.start()
            with signals.blocked():
                self.process.start()
        except RuntimeError:
            if not getattr(multiprocessing.current_process(), "_inheriting", False):
                raise
            sys.exit(1)  # this process still imports the script of its parent, which raises the error with the cure
        finally:
            child_end.close()

    def send(self, work: Work) -> None:
        """Send work to the process, which has none."""
        try:
            data = pickle.dumps(work)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise _unknown_operator(error) from None
        try:
            self.connection.send_bytes(data)
        except OSError:
            raise self._death() from None

    def receive(self) -> tuple[str, Any]:
        """Return the next message of the process, or raise the error that it has sent."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        self.is_ready = True
        if kind == _ERROR:
            raise value
        return kind, value

    def _death(self) -> DatasetError:
        self.process.join(10 * _POLL_SECONDS)
        status = self.process.exitcode or 0
        if status < 0:
            reason = "was killed, perhaps for lack of memory" if status == -9 else f"died of signal {-status}"
        elif self.is_ready:
            reason = f"ended with exit status {status}"
        else:
            return DatasetError(
                "worker: its process ended while it started; each process imports the script again, which must"
                ' therefore build below `if __name__ == "__main__":`, or with workers=0'
            )
        return DatasetError(f"worker: its process {reason}; finished shards stay, build again to resume")


def _unknown_operator(error: Exception) -> DatasetError:
    return DatasetError(
        f"recipe: worker processes cannot load one of its operators ({error}); define the operator in a module that"
        " they can import, or build with workers=0"
    )


class _Stopped(BaseException):
    """The parent has closed the pipe; a BaseException, so that no task mistakes it for an error of its shard."""


def _work(pipe: Connection, environment: dict[str, str]) -> None:
    """Do the work that comes through a pipe, until it is closed, in the environment that the parent has now."""
    signals.ignore()  # the parent decides when to stop
    os.environ.clear()
    os.environ.update(environment)
    waive_notice()  # the parent has announced the compilation
    threading.Thread(target=_end_with_parent, daemon=True).start()
    silence_decoders()
    import cv2

    cv2.setNumThreads(1)
    keep_freed_memory()

    last = time.monotonic()

    def on_progress(photos: float) -> None:
        nonlocal last
        try:
            if pipe.poll():  # the parent sends nothing before it has the result, so this is the end of the pipe
                raise _Stopped
            if (now := time.monotonic()) - last > _PROGRESS_SECONDS:
                last = now
                pipe.send((_PROGRESS, photos))
        except OSError:
            raise _Stopped from None

    try:
        pipe.send((_READY, None))
        while True:
            pipe.send(_message(pipe.recv_bytes(), on_progress))
    except (_Stopped, EOFError, OSError):
        for stream in filter(None, (sys.stdout, sys.stderr)):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(0)  # Python's own end takes apart all modules, for which the parent would wait half a second


def _message(data: bytes, on_progress: OnProgress) -> tuple[str, Any]:
    try:
        try:
            work = pickle.loads(data)
        except (AttributeError, ImportError) as error:
            raise _unknown_operator(error) from None
        return _RESULT, work(on_progress)
    except DegradekitError as error:
        return _ERROR, error
    except Exception as error:
        error.add_note(f"In a worker:\n{traceback.format_exc()}")
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:  # of whatever class it is
            return _ERROR, DatasetError(f"worker: {type(error).__name__}: {error}")
        return _ERROR, error


def _end_with_parent() -> None:
    """End with a parent that was killed, and so cannot stop its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _fingerprint(recipe: Operator, backwards: bool, _: OnProgress) -> Fingerprint:
    if backwards and compilation_note():
        compile_steps(recipe, backwards=True)  # half of what the process beside this one needs
    return fingerprint(recipe)


def _run(task: Task[R], check: Check | None, on_progress: OnProgress) -> R:
    if check:
        check()
    return task.run(on_progress)
