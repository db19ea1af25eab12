"""Everything that a run needs to go on, in one file that is replaced whole."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from degradekit.errors import DegradekitError
from degradekit_models.config import Config
from degradekit_models.files import first_line, write_whole
from degradekit_models.patches import Patches
from degradekit_models.processes import Here

if TYPE_CHECKING:
    from degradekit_models.train import Run

FORMAT = 1
NAME = "checkpoint.pt"
State = dict[str, Any]
_KEPT = ("patch", "batch", "ema", "pixel", "perceptual", "adversarial", "flip", "seed")
"""Fields of the configuration that a run keeps to its end, as they decide what it computes."""
_TOLD = ("learning_rate", "precision", "parts")
"""Fields that may change, which is said."""


class CheckpointError(DegradekitError):
    """A checkpoint that cannot be read, or is another run's."""


def save_checkpoint(out: Path, run: "Run", iteration: int) -> None:
    """Write the state after an iteration.

    Raises:
        FileError: It cannot be written; the checkpoint of before is kept.
    """
    state: State = {
        "format": FORMAT,
        "stage": run.stage,
        "config": run.config.to_dict(),
        "scale": run.scale,
        "digests": run.digests,
        "iteration": iteration,
        "generator": run.generator.state_dict(),
        "ema": run.ema.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "random": torch.get_rng_state(),
    }
    if run.discriminator is not None:
        state["discriminator"] = run.discriminator.state_dict()
        state["discriminator_optimizer"] = run.discriminator_optimizer.state_dict()
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_whole(out / NAME, buffer.getvalue())


def read_checkpoint(out: Path, here: Here) -> State | None:
    """What the run in a folder has saved last, if anything.

    Raises:
        CheckpointError: It cannot be read, or the processes of the run see different ones.
    """
    path = out / NAME
    state: State | None = None
    if path.exists():
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            if not isinstance(state, dict) or state["format"] != FORMAT:
                raise ValueError("of another format")
            if not state.keys() >= {"stage", "config", "scale", "digests", "iteration", "generator", "ema"}:
                raise ValueError("not whole")
        except Exception as error:  # of disks, zips and pickles
            raise CheckpointError(
                f"out: its checkpoint cannot be read; delete it to start anew (got {path}: {first_line(error)})"
            ) from None
    if here.world > 1:
        seen: list[int | None] = [None] * here.world
        distributed.all_gather_object(seen, state and state["iteration"])
        if len(set(seen)) > 1:
            raise CheckpointError(f"out: must be one folder that all processes see (they see checkpoints of {seen})")
    return state


def compare(state: State, stage: str, config: Config, patches: Patches, out: Path) -> str:
    """Whether a run can go on from a state; what has changed that may, in words.

    Raises:
        CheckpointError: The checkpoint belongs to another stage, other data or another configuration.
    """
    before, now = Config().to_dict() | state["config"], config.to_dict()
    asked = {"stage": stage, "scale": patches.scale, "content of the shards": patches.digests}
    found = {"stage": state["stage"], "scale": state["scale"], "content of the shards": state["digests"]}
    differing = [name for name in asked if found[name] != asked[name]]
    differing += [name for name in _KEPT if before[name] != now[name]]
    if differing:
        raise CheckpointError(
            f"out: holds a run with another {', '.join(differing)}; choose another folder (got {str(out)!r})"
        )
    return "".join(f", {name} {now[name]} (was {before[name]})" for name in _TOLD if before[name] != now[name])


def restore(run: "Run", state: State) -> None:
    """Bring a run to where it was saved, but for the learning rate, which is the configuration's.

    Raises:
        CheckpointError: The state is damaged.
    """
    try:
        run.generator.load_state_dict(state["generator"])
        run.ema.load_state_dict(state["ema"])
        _restore_adam(run.optimizer, state["optimizer"])
        if run.discriminator is not None:
            run.discriminator.load_state_dict(state["discriminator"])
            _restore_adam(run.discriminator_optimizer, state["discriminator_optimizer"])
        torch.set_rng_state(state["random"])
    except (KeyError, RuntimeError, ValueError, TypeError) as error:
        raise CheckpointError(f"out: its checkpoint is damaged; delete it ({first_line(error)})") from None


def _restore_adam(optimizer: torch.optim.Optimizer, state: State) -> None:
    """The moments of the checkpoint, with the rate and the kernels of this run."""
    for saved, own in zip(state["param_groups"], optimizer.param_groups, strict=True):
        saved["lr"], saved["fused"] = own["lr"], own["fused"]
    optimizer.load_state_dict(state)
