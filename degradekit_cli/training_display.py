"""How `degradekit train` shows a run: bars in a terminal, and lines."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from degradekit_cli.commands import echo

if TYPE_CHECKING:
    from degradekit_models.progress import Progress

_STOPPING = b"\nstopping after this iteration, which is saved; a second Ctrl-C stops at once, without saving\n"


class TrainingDisplay(NamedTuple):
    """What shows a run.

    Attributes:
        write_line: Writes a line, without tearing a bar.
        progress: Shows the bars.
        is_stopped: Returns whether the run was asked to stop.
    """

    write_line: Callable[[str], None]
    progress: "Progress"
    is_stopped: Callable[[], bool]


@contextmanager
def training_display() -> Iterator[TrainingDisplay]:
    """Show a run until the end of the block."""
    from degradekit_models.progress import Progress
    from tqdm import tqdm

    from degradekit.wording import counted

    def write_line(text: str) -> None:
        with tqdm.external_write_mode():
            echo(text)

    class Bars(Progress):
        def __init__(self) -> None:
            self._bar, self._inner = tqdm(disable=True), tqdm(disable=True)
            self._described_at = 0.0
            self.is_stopped = False

        def _show(self, **settings: Any) -> None:
            self._bar.close()
            self._bar = tqdm(disable=None, leave=False, dynamic_ncols=True, **settings)

        def prepare(self, task: str) -> None:
            self._show(bar_format="{desc} ...", desc=task)

        def start(self, iteration: int, iterations: int) -> None:
            self._show(total=iterations, initial=iteration, unit="it", postfix="first iteration")

        def advance(self, describe: Callable[[], str]) -> None:
            if not self._bar.disable and time.monotonic() - self._described_at >= 1:
                self._bar.set_postfix_str(describe(), refresh=False)
                self._described_at = time.monotonic()
            self._bar.update()

        def start_validation(self, pairs: int) -> None:
            if self._bar.disable:
                write_line(f"validating {counted(pairs, 'pair')}")
            self._inner = tqdm(
                disable=None, leave=False, dynamic_ncols=True, total=pairs, desc="validating", unit="pair"
            )

        def advance_validation(self) -> None:
            self._inner.update()

        def end_validation(self) -> None:
            self._inner.close()
            self._bar.unpause()

        def stop(self) -> None:
            self.is_stopped = True
            with suppress(OSError):  # of a terminal that is closed
                if os.isatty(2):
                    os.write(2, _STOPPING)  # a stream may just be written to, and cannot be written to meanwhile

        def close(self) -> None:
            self._inner.close()
            self._bar.close()

    bars = Bars()
    try:
        yield TrainingDisplay(write_line, bars, lambda: bars.is_stopped)
    finally:
        bars.close()
