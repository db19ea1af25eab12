"""How `degradekit train` shows a run: bars in a terminal, and lines.

The command imports this module when it runs, as `--help` must load neither tqdm nor the library.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from degradekit_models.progress import Progress
from tqdm import tqdm

from degradekit.wording import counted
from degradekit_cli.commands import echo

_STOPPING = b"\nstopping after this iteration, which is saved; a second Ctrl-C stops at once, without saving\n"


class TrainingDisplay(Progress):
    """A bar of the iterations, and one of each validation below it; close it at the end.

    Attributes:
        is_stopped: Whether the run was asked to stop.
    """

    def __init__(self) -> None:
        self._bar, self._validation_bar = tqdm(disable=True), tqdm(disable=True)
        self._described_at = 0.0
        self.is_stopped = False

    def write_line(self, text: str) -> None:
        """Write a line, without tearing a bar."""
        with tqdm.external_write_mode():
            echo(text)

    def _show(self, **settings: Any) -> None:
        self._bar.close()
        self._bar = tqdm(disable=None, leave=False, dynamic_ncols=True, **settings)

    def prepare(self, task: str) -> None:
        """Show the task instead of a bar."""
        self._show(bar_format="{desc} ...", desc=task)

    def start(self, iteration: int, iterations: int) -> None:
        """Begin the bar of the iterations."""
        self._show(total=iterations, initial=iteration, unit="it", postfix="first iteration")

    def advance(self, describe: Callable[[], str]) -> None:
        """Move the bar on, and show losses and memory once a second."""
        if not self._bar.disable and time.monotonic() - self._described_at >= 1:
            self._bar.set_postfix_str(describe(), refresh=False)
            self._described_at = time.monotonic()
        self._bar.update()

    def start_validation(self, pairs: int) -> None:
        """Begin the bar of a validation; where there are no bars, write a line."""
        if self._bar.disable:
            self.write_line(f"validating {counted(pairs, 'pair')}")
        self._validation_bar = tqdm(
            disable=None, leave=False, dynamic_ncols=True, total=pairs, desc="validating", unit="pair"
        )

    def advance_validation(self) -> None:
        """Move the bar of the validation on."""
        self._validation_bar.update()

    def end_validation(self) -> None:
        """End the bar of the validation, whose time does not count as training."""
        self._validation_bar.close()
        self._bar.unpause()

    def stop(self) -> None:
        """Write that the run stops, past the streams: the handler may have interrupted a write to one of them."""
        self.is_stopped = True
        with suppress(OSError):  # of a terminal that is closed
            if os.isatty(2):
                os.write(2, _STOPPING)

    def close(self) -> None:
        """End the bars."""
        self._validation_bar.close()
        self._bar.close()
