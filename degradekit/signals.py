"""Signals that ask a process to stop, such as Ctrl-C: held back where an exception may not interrupt the work."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals of Ctrl-C, of a scheduler that needs the machine, and of a terminal that is closed."""
_REPEAT_SECONDS = 1.0
"""A signal that comes later than this after the first is a second request, and not the same one sent twice."""


class HeldSignals:
    """The signals that were held back in a block.

    Attributes:
        received: Whether there was one.
    """

    def __init__(self, handlers: dict[int, Callable[[int, Any], object]], release_repeated: bool) -> None:
        self.received = False
        self._handlers, self._release_repeated = handlers, release_repeated
        self._first: tuple[int, float] | None = None

    def handle(self, signum: int, frame: Any) -> None:
        """Note a signal; deliver it at once if it repeats an earlier one and the block allows that."""
        self.received = True
        if self._first is None:
            self._first = signum, time.monotonic()
        elif self._release_repeated and time.monotonic() - self._first[1] > _REPEAT_SECONDS:
            self._handlers[signum](signum, frame)

    def deliver(self) -> None:
        """Call the handler of the signal that was held back, if any; as a rule it raises KeyboardInterrupt."""
        if self._first is not None:
            (signum, _), self._first = self._first, None
            self._handlers[signum](signum, None)


@contextmanager
def held(*, release_repeated: bool = False) -> Iterator[HeldSignals]:
    """Hold back signals until the end of a block, and deliver them there; only a main thread receives signals.

    Signals that are ignored, or end the process without Python's help, are left as they are.

    Args:
        release_repeated: Whether a signal that repeats an earlier one, more than a second later, is delivered at once.
    """
    in_main = threading.current_thread() is threading.main_thread()
    handlers = {signum: signal.getsignal(signum) for signum in STOP_SIGNALS} if in_main else {}
    callables = {signum: handler for signum, handler in handlers.items() if callable(handler)}
    signals = HeldSignals(callables, release_repeated)
    try:
        for signum in callables:
            signal.signal(signum, signals.handle)
        yield signals
    finally:
        for signum, handler in callables.items():
            signal.signal(signum, handler)
    signals.deliver()


@contextmanager
def blocked() -> Iterator[None]:
    """Block signals until the end of a block; processes that it starts begin with them blocked, until `ignore`."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore() -> None:
    """Ignore signals from now on, in a process that ends anyway or that another one stops."""
    for signum in STOP_SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
