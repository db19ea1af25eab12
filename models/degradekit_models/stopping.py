"""Requests to stop a run: Ctrl-C, SIGTERM of a scheduler that needs the machine, or a terminal that is closed."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from degradekit.signals import STOP_SIGNALS


class StopRequest:
    """Whether this process was asked to stop.

    Args:
        notify: Called at the first request.

    Attributes:
        received: True once it was.
    """

    def __init__(self, notify: Callable[[], object]) -> None:
        self._notify = notify
        self.received = False
        self._received_at = 0.0

    def handle(self, signal_number: int, _: object) -> None:
        """Note a request; a second Ctrl-C stops at once. Schedulers send SIGTERM twice, once through a parent."""
        if not self.received:
            self.received, self._received_at = True, time.monotonic()
            self._notify()
        elif signal_number == signal.SIGINT and time.monotonic() - self._received_at > 1:
            raise KeyboardInterrupt


@contextmanager
def stop_requests(notify: Callable[[], object]) -> Iterator[StopRequest]:
    """Take requests to stop instead of ending at once, until the end of the block; only a main thread gets them.

    Args:
        notify: Called at the first request, inside of a signal handler.
    """
    request = StopRequest(notify)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    asked = [number for number in STOP_SIGNALS if signal.getsignal(number) != signal.SIG_IGN]  # as below nohup
    before = {number: signal.signal(number, request.handle) for number in asked}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
