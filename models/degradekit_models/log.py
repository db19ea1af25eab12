"""What a run tells while it goes: a line for people, a CSV file, and TensorBoard's events."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed

from degradekit.errors import DegradekitError
from degradekit.picture_files import encode_png
from degradekit_models.config import Config
from degradekit_models.files import write_whole
from degradekit_models.generator import RRDBNet
from degradekit_models.processes import Here
from degradekit_models.validation import Validated, Validation

_ROW = re.compile(r"(\d+),\w+,[-+.\w]+")
"""A line of the log, but not one that a lost machine has damaged."""


class Log:
    """Averages of the losses, and how fast it goes; only the first process writes.

    Args:
        out: The run's folder.
        config: Of the run.
        here: This process.
        first: The iteration the run goes on from.
        say: Called with each line.
    """

    def __init__(self, out: Path, config: Config, here: Here, first: int, say: Callable[[str], object]) -> None:
        self._config, self._here, self._first, self._say = config, here, first, say
        self._sums: dict[str, Tensor] = {}
        self._since = self._latest = time.monotonic()
        self._count = 0
        self._events: Any = None
        if here.rank:
            return
        out.mkdir(parents=True, exist_ok=True)
        self._path, self._pictures = out / "log.csv", out / "val"
        self._forget_after(first)
        if config.tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                raise DegradekitError("tensorboard: is not installed; pip install 'degradekit[tensorboard]'") from None
            self._events = SummaryWriter(out, purge_step=first + 1)

    def begins(self, stage: str, generator: RRDBNet, tiles: int, changes: str, validation: Validation) -> None:
        """Tell what is trained, on what, and where."""
        size = sum(weight.numel() for weight in generator.parameters())
        self.tell(f"{stage} x{generator.scale}: {size:,} parameters, {tiles:,} tiles, {self._here}")
        if self._first >= self._config.last:
            self.tell(f"finished already, after iteration {self._first}")
        elif self._first:
            self.tell(f"going on after iteration {self._first} of {self._config.last}{changes}")
        if not len(validation):
            self.tell("no validation: the shards have no such split, and there is no --val")

    def add(self, iteration: int, losses: dict[str, Tensor]) -> None:
        """Take an iteration's losses, and tell of the last ones when it is time."""
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, torch.zeros_like(value)) + value
        self._count, self._latest = self._count + 1, time.monotonic()
        if not self._config.due(iteration, self._config.log_every):
            return
        means = {name: self._mean(value) for name, value in self._sums.items()}
        rate = self._count / max(self._latest - self._since, 1e-9)
        self._sums, self._count, self._since = {}, 0, self._latest
        left = timedelta(seconds=round((self._config.last - iteration) / rate))
        memory = ""
        if self._here.device.type == "cuda":
            memory = f"  {torch.cuda.max_memory_allocated(self._here.device) / 2**30:.1f} GiB"
        told = "  ".join(f"{name} {value:.4g}" for name, value in means.items())
        pairs = rate * self._config.batch
        self.tell(f"{iteration}/{self._config.last}  {told}  {rate:.2f} it/s  {pairs:.0f} pairs/s{memory}  {left} left")
        self._record(iteration, means | {"iterations_per_second": rate})

    def _mean(self, total: Tensor) -> float:
        """Over the iterations since the last line, and over the processes."""
        mean = total / self._count
        if self._here.world > 1:
            distributed.all_reduce(mean)
            mean = mean / self._here.world
        return mean.item()

    def validated(self, iteration: int, found: Validated | None) -> None:
        """Tell the scores of a validation, and keep its picture; the time it took is not the training's."""
        self._since += time.monotonic() - self._latest
        if found is None:
            return
        told = "  ".join(f"{name} {value:.4g}" for name, value in found.scores.items())
        self.tell(f"{iteration}  validation  {told}")
        self._record(iteration, found.scores)
        write_whole(self._pictures / f"{iteration}.png", encode_png(found.sheet))
        if self._events:
            self._events.add_image("validation", found.sheet, iteration, dataformats="HWC")

    def close(self) -> None:
        """Write what is left."""
        if self._events:
            self._events.close()

    def tell(self, line: str) -> None:
        """Say a line, once for all processes."""
        if self._here.rank == 0:
            self._say(line)

    def _record(self, iteration: int, values: dict[str, float]) -> None:
        if self._here.rank:
            return
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(f"{iteration},{name},{value:.8g}\n" for name, value in values.items())
        for name, value in values.items():
            if self._events:
                self._events.add_scalar(name, value, iteration)

    def _forget_after(self, first: int) -> None:
        """Drop what an interrupted run has told after its last checkpoint."""
        kept = ["iteration,name,value"]
        if first and self._path.exists():
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
            kept += [line for line in lines if (row := _ROW.fullmatch(line)) and int(row[1]) <= first]
        write_whole(self._path, ("\n".join(kept) + "\n").encode())
