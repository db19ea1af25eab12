"""What a run reports while it goes: lines for people, a CSV file, and TensorBoard events."""

import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from degradekit.errors import DegradekitError
from degradekit.fields import weights_of
from degradekit.limits import MAX_LOG_BYTES
from degradekit.picture_files import Picture, write_picture
from degradekit.regular_files import read_regular
from degradekit.retrying import reason_of
from degradekit.whole_files import write_whole
from degradekit.wording import byte_size
from degradekit_models.config import Config
from degradekit_models.devices import peak_memory
from degradekit_models.generator import RRDBNet
from degradekit_models.progress import Progress
from degradekit_models.validation import Scored
from degradekit_models.world import World

_HEADER = "iteration,name,value"
_ROW = re.compile(r"(\d{1,18}),\w+,[-+.\w]+")
"""A whole line of the log; a machine that failed may have left others."""


class Log:
    """The log of a run: means of the losses, scores and speed; only the first process writes.

    The speed, which differs between equal runs, is in the lines and the events, and not in the file.

    Args:
        out: The run's folder.
        config: The run's configuration.
        world: This process.
        first: The iteration that the run resumes after, or 0.
        write_line: Called with each line for people.
        progress: Is notified of each iteration.

    Raises:
        DegradekitError: The log cannot be written, or TensorBoard is not installed.
    """

    def __init__(
        self,
        out: Path,
        config: Config,
        world: World,
        first: int,
        write_line: Callable[[str], object],
        progress: Progress,
    ) -> None:
        self._config, self._world, self._first = config, world, first
        self._write_line, self._progress = write_line, progress
        self._sums: dict[str, Tensor] = {}
        self._count = self._timed = 0
        self._started_at = self._latest = time.monotonic()
        self._has_bicubic = False
        self._recorded_bicubic: dict[str, str] = {}
        self._events: Any = None
        self._path, self._pictures = out / "log.csv", out / "val"
        if not world.is_first:
            return
        self._forget_after(first)
        if config.tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                raise DegradekitError("tensorboard: is not installed; pip install 'degradekit[tensorboard]'") from None
            self._events = SummaryWriter(out, purge_step=first + 1)

    def resume(self, sums: Mapping[str, float], count: int) -> None:
        """Go on from what `state` has returned after the iteration that the run resumes after."""
        self._sums = {
            name: torch.tensor(total, dtype=torch.float32, device=self._world.device) for name, total in sums.items()
        }
        self._count = count

    def state(self) -> tuple[dict[str, float], int]:
        """Return the sums of the losses since the last line, and of how many iterations, so that a run may resume.

        All processes call it together.
        """
        return {name: self._world.mean(total.clone()).item() for name, total in self._sums.items()}, self._count

    def start(self, generator: RRDBNet, data: str, changes: str, val_images: int) -> None:
        """Write what is trained, on what, and where.

        Args:
            generator: The network.
            data: What patches are cut out of, in words.
            changes: What has changed since the checkpoint that the run resumes from.
            val_images: Pairs to validate on.
        """
        losses = " + ".join(weights_of(self._config.loss_weights))
        size = sum(weight.numel() for weight in generator.parameters())
        self.write(f"x{generator.scale} with {losses}: {size:,} parameters, {data}, {self._world}")
        if self._first >= self._config.iterations:
            self.write(f"finished already, after iteration {self._first}")
        elif self._first:
            self.write(f"resuming after iteration {self._first} of {self._config.iterations}{changes}")
        if not val_images and self._config.val_images:
            self.write(
                "no validation, as there are no pairs for it: give val (--val SOURCE), or build the shards with val=N"
                " (degradekit synth --val-photos N)"
            )
        self._progress.start(self._first, self._config.iterations)
        self._started_at = self._latest = time.monotonic()

    def add(self, iteration: int, losses: dict[str, Tensor]) -> None:
        """Take the losses of an iteration, and write their means since the last line when it is time.

        There is a line for the first iteration too, so that nobody waits long for a sign of life.
        """
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, torch.zeros_like(value)) + value
        self._count, self._timed, self._latest = self._count + 1, self._timed + 1, time.monotonic()
        self._progress.advance(partial(self._described, losses))
        is_due = self._config.is_due(iteration, self._config.log_every)
        if not is_due and iteration > self._first + 1:
            return
        means = {name: self._world.mean(total / self._count) for name, total in self._sums.items()}
        seconds = max(self._latest - self._started_at, 1e-9) / self._timed
        left = timedelta(seconds=round((self._config.iterations - iteration) * seconds))
        speeds = f"{seconds:.3g} s/it  {1 / seconds:.3g} it/s  {self._config.batch / seconds:.3g} pairs/s"
        self.write(f"{iteration}/{self._config.iterations}  {self._described(means)}  {speeds}  {left} left")
        self._timed, self._started_at = 0, self._latest
        if is_due:
            self._sums, self._count = {}, 0
            self._record(iteration, {name: value.item() for name, value in means.items()})
            self._show(iteration, {"iterations_per_second": 1 / seconds})

    def _described(self, losses: dict[str, Tensor]) -> str:
        """Return losses, and the most memory so far, in words."""
        memory = peak_memory(self._world.device)
        words = [_joined({name: value.item() for name, value in losses.items()})]
        return "  ".join(words if memory is None else [*words, byte_size(memory)])

    def validation(self, iteration: int, scored: Scored | None) -> None:
        """Write the scores of a validation and its picture; the time that it took does not count as training.

        Those of bicubic interpolation, which stay the same, are written the first time only; into the file not again
        by a run that is resumed, unless they have changed with the pairs.
        """
        seconds = time.monotonic() - self._latest
        self._started_at, self._latest = self._started_at + seconds, self._latest + seconds
        if scored is None:
            return
        if not self._has_bicubic:
            self._has_bicubic = True
            self.write(f"{iteration}  bicubic     {_joined(scored.bicubic).replace('bicubic_', '')}")
            if _as_texts(scored.bicubic) != self._recorded_bicubic:
                self._record(iteration, scored.bicubic)
        self.write(f"{iteration}  validation  {_joined(scored.scores)}  {seconds:.1f} s")
        self._record(iteration, scored.scores)
        write_picture(self.picture(iteration), Picture(scored.sheet))
        if self._events:
            self._events.add_image("validation", scored.sheet, iteration, dataformats="HWC")

    def picture(self, iteration: int) -> Path:
        """Return the file with the picture of a validation, which is the last that it writes."""
        return self._pictures / f"{iteration}.png"

    def write(self, line: str) -> None:
        """Write a line for people, once for all processes."""
        if self._world.is_first:
            self._write_line(line)

    def close(self) -> None:
        """Write the last events."""
        if self._events:
            self._events.close()

    def _record(self, iteration: int, values: dict[str, float]) -> None:
        if not self._world.is_first:
            return
        lines = "".join(f"{iteration},{name},{text}\n" for name, text in _as_texts(values).items())
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise DegradekitError(f"{self._path}: cannot be written ({reason_of(error)})") from None
        self._show(iteration, values)

    def _show(self, iteration: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            if self._events:
                self._events.add_scalar(name, value, iteration)

    def _forget_after(self, first: int) -> None:
        """Drop the lines that an interrupted run has written after its last checkpoint."""
        kept = [_HEADER]
        if self._path.exists():
            try:
                text = read_regular(self._path, MAX_LOG_BYTES).decode("utf-8", errors="replace")
            except OSError as error:
                raise DegradekitError(f"{self._path}: cannot be read ({reason_of(error)})") from None
            lines = text.splitlines()
            if not first and lines and lines[0] != _HEADER:
                raise DegradekitError(
                    f"out: has a log.csv that is not of a run; choose another folder (got {self._path})"
                )
            kept += [line for line in lines if (row := _ROW.fullmatch(line)) and int(row[1]) <= first]
        rows = [line.split(",") for line in kept]
        self._recorded_bicubic = {name: text for _, name, text in rows if name.startswith("bicubic_")}
        write_whole(self._path, ("\n".join(kept) + "\n").encode())


def _as_texts(values: dict[str, float]) -> dict[str, str]:
    """Return values as the file has them."""
    return {name: f"{value:.8g}" for name, value in values.items()}


def _joined(values: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in values.items())
