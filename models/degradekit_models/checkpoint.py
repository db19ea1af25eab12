"""Everything that a run needs to go on, in one file that is replaced whole."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from degradekit.errors import DegradekitError

if TYPE_CHECKING:
    from degradekit_models.train import Run

FORMAT = 1
NAME = "checkpoint.pt"
_MAY_CHANGE = {"iterations", "device", "workers", "val", "val_images", "log_every", "val_every", "save_every"}
_MAY_CHANGE |= {"tensorboard", "init", "vgg19", "compile"}
"""Fields that may differ when a run goes on: they decide nothing, or when it ends."""


class CheckpointError(DegradekitError):
    """A checkpoint that cannot be read, or is another run's."""


def save_checkpoint(out: Path, run: "Run", iteration: int) -> None:
    """Write the state after an iteration."""
    state: dict[str, Any] = {
        "format": FORMAT,
        "stage": run.stage,
        "config": run.config.to_dict(),
        "iteration": iteration,
        "generator": run.generator.state_dict(),
        "ema": run.ema.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "random": torch.get_rng_state(),
    }
    if run.discriminator is not None:
        state["discriminator"] = run.discriminator.state_dict()
        state["discriminator_optimizer"] = run.discriminator_optimizer.state_dict()
    out.mkdir(parents=True, exist_ok=True)
    temporary = out / (NAME + ".tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out / NAME)
    except (OSError, RuntimeError) as error:
        temporary.unlink(missing_ok=True)
        raise CheckpointError(f"out: the checkpoint cannot be written, the one before is kept ({error})") from None


def load_checkpoint(out: Path, run: "Run") -> int:
    """Restore a run; the iteration after which it was saved.

    Raises:
        CheckpointError: It cannot be read, or belongs to another stage or configuration.
    """
    path = out / NAME
    try:
        state = torch.load(path, map_location=run.here.device, weights_only=True)
        stage, config = state["stage"], state["config"]
        if state["format"] != FORMAT:
            raise ValueError(f"format {state['format']}")
    except Exception as error:  # of disks, zips and pickles
        told = str(error).splitlines()[0][:200]
        raise CheckpointError(
            f"out: its checkpoint cannot be read; delete it to start anew (got {path}: {told})"
        ) from None
    own = run.config.to_dict()
    differing = [name for name in own if name not in _MAY_CHANGE and own[name] != config.get(name)]
    if stage != run.stage:
        differing.insert(0, "stage")
    if differing:
        raise CheckpointError(
            f"out: holds a run with another {', '.join(differing)}; choose another folder (got {out})"
        )
    run.generator.load_state_dict(state["generator"])
    run.ema.load_state_dict(state["ema"])
    run.optimizer.load_state_dict(state["optimizer"])
    if run.discriminator is not None:
        run.discriminator.load_state_dict(state["discriminator"])
        run.discriminator_optimizer.load_state_dict(state["discriminator_optimizer"])
    torch.set_rng_state(state["random"].cpu())
    iteration: int = state["iteration"]
    return iteration
