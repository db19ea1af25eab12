"""Notifications about how far a run is."""

from collections.abc import Callable


class Progress:
    """Ignores all notifications; override the methods for what you want to show.

    Only the first process of a run notifies.
    """

    def prepare(self, task: str) -> None:
        """Take what is done next before the first iteration, such as `reading the datasets`."""

    def start(self, iteration: int, iterations: int) -> None:
        """Take the iteration that the run goes on after, and the one that it ends with, before training begins."""

    def advance(self, describe: Callable[[], str]) -> None:
        """Take that an iteration has ended.

        Args:
            describe: Returns losses and memory in words. It waits for the device, so call it rarely.
        """

    def start_validation(self, pairs: int) -> None:
        """Take the number of pairs to validate on, before the first."""

    def advance_validation(self) -> None:
        """Take that one pair has been scored."""

    def end_validation(self) -> None:
        """Take that a validation has ended, or was stopped."""

    def stop(self) -> None:
        """Take that the run was asked to stop; called by a signal handler, so whatever runs may be interrupted."""


SILENT = Progress()
