"""Requests to stop, by Ctrl-C and others: held back where no exception may come in between."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

REQUESTS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Ctrl-C, a scheduler that needs the machine, a terminal that is closed."""
_PATIENCE_SECONDS = 1.0


class Held:
    """The requests that were held back in a block.

    Attributes:
        received: Whether there was one.
    """

    def __init__(self, handlers: dict[int, Callable[[int, Any], object]], patient: bool) -> None:
        self.received = False
        self._handlers, self._patient = handlers, patient
        self._first: tuple[int, float] | None = None

    def handle(self, number: int, frame: Any) -> None:
        """Note a request; where nothing speaks against it, another one some time later is not held back."""
        self.received = True
        if self._first is None:
            self._first = number, time.monotonic()
        elif not self._patient and time.monotonic() - self._first[1] > _PATIENCE_SECONDS:
            self._handlers[number](number, frame)

    def pass_on(self) -> None:
        """Answer the request, if there was one, as it would have been answered: by a KeyboardInterrupt, as a rule."""
        if self._first is not None:
            (number, _), self._first = self._first, None
            self._handlers[number](number, None)


@contextmanager
def held(*, patient: bool = True) -> Iterator[Held]:
    """Hold back requests to stop until the end of a block, and pass them on there; only a main thread gets them.

    What is ignored, or ends the process without Python's help, is left as it is.

    Args:
        patient: Whether to hold back all requests; otherwise a second one after a while is not held back.
    """
    in_main = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in REQUESTS} if in_main else {}
    callables = {number: handler for number, handler in handlers.items() if callable(handler)}
    requests = Held(callables, patient)
    try:
        for number in callables:
            signal.signal(number, requests.handle)
        yield requests
    finally:
        for number, handler in callables.items():
            signal.signal(number, handler)
    requests.pass_on()


@contextmanager
def blocked() -> Iterator[None]:
    """Block requests in a block, and in the processes that it starts, until these have said what to do with them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, REQUESTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore() -> None:
    """Ignore requests from now on, in a process that ends anyway or that another one stops."""
    for number in REQUESTS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, REQUESTS)
