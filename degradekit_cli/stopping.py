"""Requests to stop a command, such as Ctrl-C: each raises KeyboardInterrupt once, where it can be caught."""

import _thread
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The same as in `degradekit.signals`, which is not imported because `--help` must not load the library."""
_SAME_REQUEST_SECONDS = 1.0
"""Schedulers send two signals, and people press Ctrl-C twice, for what is one request."""
_RENEWAL_SECONDS = 0.02
"""The time after which a lost request is sent again."""


class _Requests:
    """The requests that come to the main thread, which makes this object."""

    def __init__(self) -> None:
        self._last, self._signal = -_SAME_REQUEST_SECONDS, signal.SIGINT
        self._main_thread = threading.get_ident()

    def interrupt(self, number: int, _: object) -> None:
        """Handle a signal."""
        before, self._last, self._signal = self._last, time.monotonic(), signal.Signals(number)
        if self._last - before > _SAME_REQUEST_SECONDS:
            raise KeyboardInterrupt

    def renew(self) -> None:
        """Send the last signal again soon, as a new request."""
        _thread.start_new_thread(self._send, ())  # threading.Thread takes locks, which the interrupted code may hold

    def _send(self) -> None:
        time.sleep(_RENEWAL_SECONDS)
        self._last = -_SAME_REQUEST_SECONDS
        if hasattr(signal, "pthread_kill"):  # interrupts the main thread where it waits for something, too
            signal.pthread_kill(self._main_thread, self._signal)
        else:
            signal.raise_signal(self._signal)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in a block where a signal asks this process to stop; afterwards, ignore such signals.

    Python cannot pass an exception on from a callback of C code, a destructor, or the garbage collector: it prints the
    exception and goes on. A request that is lost in this way is sent again, until it reaches code that it stops.

    `python -m` ends a process by SIGINT, whatever its exit status, if KeyboardInterrupt came out of source code that
    was run from a string, as `dataclasses` and numba do, and none was run since. So an empty one is run.
    """
    requests, report = _Requests(), sys.unraisablehook

    def on_unraisable(unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            requests.renew()
        else:
            report(unraisable)

    sys.unraisablehook = on_unraisable
    for number in STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as below nohup
            signal.signal(number, requests.interrupt)
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        sys.unraisablehook = report
        exec("")
