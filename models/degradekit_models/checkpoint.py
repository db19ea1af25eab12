"""Everything that a run needs to go on, in one file that is replaced as a whole."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import InstanceOf, Strict

from degradekit.errors import DegradekitError
from degradekit.fields import Between, FrozenWeights, Integer, Number, Stored, Text, listed
from degradekit.limits import MAX_ITERATIONS, MAX_SCALE
from degradekit.mistakes import validated
from degradekit.whole_files import write_whole
from degradekit_models.config import Config
from degradekit_models.messages import first_line
from degradekit_models.tensor_files import TensorFileError, read_tensors
from degradekit_models.world import World

VERSION = 2
NAME = "checkpoint.pt"
_KEPT = ("patch", "batch", "ema_decay", "loss_weights", "flip", "seed", "data_weights")
"""Fields of the configuration that a run keeps to its end, as they decide what it computes."""
_CHANGEABLE = (
    *("learning_rate", "precision", "accumulation_steps"),
    *("schedule", "milestones", "gamma", "clip_gradient_norm"),
)
"""Fields that may change on the way; a change is reported."""


class CheckpointError(DegradekitError):
    """A checkpoint cannot be read, or belongs to another run."""


def _as_config(value: Any) -> Any:
    return Config(**value) if isinstance(value, dict) else value


@validated(CheckpointError)
class Checkpoint:
    """A run as it was after an iteration.

    Attributes:
        iteration: The last iteration that the run has finished.
        config: The run's configuration.
        scale: HR side / LR side.
        digests: Digests of the shards and the own pairs, by which a run knows them wherever they are.
        run: What `Run.state_dict` has returned.
        sums: The sum of each loss since the log's last line.
        summed: How many iterations those are.
    """

    iteration: Annotated[Integer, Between(0, MAX_ITERATIONS)]
    config: Annotated[Config, Stored(InstanceOf[Config], _as_config)]
    scale: Annotated[Integer, Between(1, MAX_SCALE)]
    digests: Annotated[Sequence[Text], Stored(Annotated[tuple[Text, ...], Strict()], listed)]
    run: Mapping[str, Any]
    sums: Mapping[Text, Number] = FrozenWeights()
    summed: Annotated[Integer, Between(0, MAX_ITERATIONS)] = 0

    def save(self, out: Path) -> None:
        """Write the checkpoint into a run's folder.

        Raises:
            DegradekitError: It cannot be written; the one that was there before is kept.
        """
        buffer = io.BytesIO()
        data = vars(self) | {
            "config": self.config.to_dict(),
            "digests": list(self.digests),
            "run": dict(self.run),
            "sums": dict(self.sums),
        }
        torch.save({"version": VERSION} | data, buffer)
        write_whole(out / NAME, buffer.getvalue())

    def compare(self, config: Config, scale: int, digests: list[str], out: Path) -> str:
        """Return what has changed since that may, in words.

        Raises:
            CheckpointError: The checkpoint belongs to other losses, other data or another configuration.
        """
        before, now = self.config.to_dict(), config.to_dict()
        differing = [name for name in _KEPT if before[name] != now[name]]
        differing += ["scale"] if self.scale != scale else []
        differing += ["content of the shards and pairs"] if list(self.digests) != digests else []
        if differing:
            raise CheckpointError(
                f"out: holds a run that differs in {', '.join(differing)}; choose another folder (got {str(out)!r})"
            )
        changes = [name for name in _CHANGEABLE if before[name] != now[name]]
        return "".join(f", {name} {now[name]} (was {before[name]})" for name in changes)


def read_checkpoint(out: Path, world: World) -> Checkpoint | None:
    """Return the last checkpoint in a run's folder, or None where there is none.

    Raises:
        CheckpointError: It cannot be read, or the processes of the run see different ones.
    """
    path = out / NAME
    checkpoint = None
    if path.exists():
        try:
            data = read_tensors(path)
            if not isinstance(data, dict) or data.pop("version", None) != VERSION:
                raise TensorFileError("it was written by another version of degradekit")
            checkpoint = Checkpoint(**data)
        except Exception as error:  # of disks, zips and pickles
            raise CheckpointError(
                f"out: its checkpoint cannot be read; delete it to start over (got {path}: {first_line(error)})"
            ) from None
    iterations = world.gather(checkpoint and checkpoint.iteration)
    if len(set(iterations)) > 1:
        raise CheckpointError(f"out: must be one folder that all processes see (they see checkpoints of {iterations})")
    return checkpoint
