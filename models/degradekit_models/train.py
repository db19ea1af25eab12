"""Trains Real-ESRGAN's two stages: `NET` with L1, `GAN` with L1, a perceptual and an adversarial loss.

Everything that is drawn is a function of the seed and the iteration, so a run that is interrupted and resumed gives the
same weights as one that was not. Source: docs/model.md, section Losses and training.
"""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from degradekit.errors import DegradekitError, Mistake
from degradekit_models.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from degradekit_models.config import Config
from degradekit_models.devices import is_out_of_memory, out_of_memory_as, seeded
from degradekit_models.loading import Batches, load_patches
from degradekit_models.log import Log
from degradekit_models.messages import first_line
from degradekit_models.networks import TrainingError
from degradekit_models.patches import Patches
from degradekit_models.progress import SILENT, Progress
from degradekit_models.run import Run
from degradekit_models.run_folder import EXPORTS, check_folder, delete_unfinished_files, locked
from degradekit_models.run_summary import write_run_summary
from degradekit_models.stopping import stop_requests
from degradekit_models.trial_iteration import too_large, try_iteration
from degradekit_models.validation import Validation
from degradekit_models.weights import WeightsError, save_generator
from degradekit_models.world import World, init_distributed


def fit(
    config: Config,
    out: str | os.PathLike[str],
    write_line: Callable[[str], object] = print,
    progress: Progress = SILENT,
) -> int:
    """Train one stage, from the start or from where the run in `out` stopped.

    Args:
        config: One of the stages, `NET` or `GAN`, with at least `shards` or `pairs` replaced.
        out: The run's folder: checkpoint, log, pictures, exported weights.
        write_line: Called with each line for people.
        progress: Is notified of what goes on between the lines.

    Returns:
        The iteration that was reached; it is before the last one if the process was asked to stop (SIGINT or SIGTERM).
        A validation that was stopped is made up for when the run is resumed.

    Raises:
        DegradekitError: The configuration, the data or the run's folder cannot be used, another run is in the folder,
            or a loss or weight is no longer finite.
    """
    if not os.fspath(out):
        raise TrainingError(Mistake("out", "must be a folder, and is empty, which would be the current one"))
    folder = Path(out)
    with (
        init_distributed(config) as world,
        locked(folder, world),
        seeded(config.seed, world.device),
    ):
        return _train(config, folder, world, write_line, progress if world.is_first else SILENT)


def _train(config: Config, out: Path, world: World, write_line: Callable[[str], object], progress: Progress) -> int:
    """Train as `fit` does, in one of its processes."""
    progress.prepare("reading the datasets")
    patches = Patches(
        config.shards, config.patch, config.seed, config.flip,
        pairs=config.pairs, data_weights=config.data_weights, max_pixels=config.max_pixels,
    )  # fmt: skip
    checkpoint = read_checkpoint(out, world)
    changes = checkpoint.compare(config, patches.scale, patches.digests, out) if checkpoint else ""
    check_folder(config, out, checkpoint is None)
    if world.is_first:
        delete_unfinished_files(out)
    progress.prepare("making the networks")
    run = _begin(config, patches.scale, world, checkpoint)
    progress.prepare("trying an iteration")
    advice = try_iteration(run, config, world)
    progress.prepare("reading the pairs to validate on")
    validation = Validation(config, patches.scale)
    log = Log(out, config, world, run.iteration, write_line, progress)
    if checkpoint:
        log.resume(checkpoint.sums, checkpoint.summed)
    if world.is_first:
        write_run_summary(out, config, patches)
    log.start(run.generator.network, str(patches), changes, len(validation))
    for line in (*advice, *patches.notes, *run.notes, *validation.notes):
        log.write(line)
    batches = Batches(run.iteration, config.iterations, config.batch, config.accumulation_steps, world.rank, world.size)
    reader = load_patches(patches, batches, config.workers, pin=world.device.type == "cuda")
    with closing(reader), stop_requests(progress.stop) as stop:  # or an error that keeps this frame keeps the workers

        def save() -> None:
            run.check_losses()
            _require_finite(run)
            state = Checkpoint(run.iteration, config, patches.scale, patches.digests, run.state_dict(), *log.state())
            if world.is_first:
                for name in (f"weights/{run.iteration}.safetensors", *EXPORTS):
                    save_generator(run.ema, out / name)
                state.save(out)

        def validate() -> None:
            _require_finite(run)
            log.validation(run.iteration, validation.run(run.ema, world, progress, lambda: stop.received))

        if run.iteration and config.is_due(run.iteration, config.val_every) and not log.picture(run.iteration).exists():
            validate()  # which was stopped
        while run.iteration < config.iterations and not world.any(stop.received):
            with out_of_memory_as(too_large(config)):
                losses = run.step(reader)
            log.add(run.iteration, losses)
            if config.is_due(run.iteration, config.save_every):
                save()
            if config.is_due(run.iteration, config.val_every):
                validate()
        if not config.is_due(run.iteration, config.save_every):  # stopped in between
            save()
    log.close()
    return run.iteration


def _begin(config: Config, scale: int, world: World, checkpoint: Checkpoint | None) -> Run:
    """Make the networks, or bring them to where the checkpoint has them.

    Raises:
        CheckpointError: The checkpoint does not hold what a run needs.
        DegradekitError: The networks cannot be made as configured.
    """
    too_small = TrainingError(
        Mistake("device", "has too little memory for the networks; free some or choose another", config.device)
    )
    with out_of_memory_as(too_small):
        if checkpoint is None:
            return Run(config, scale, world)
        try:
            return Run(config, scale, world, checkpoint.run, checkpoint.iteration)
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            if is_out_of_memory(error) or (isinstance(error, DegradekitError) and not isinstance(error, WeightsError)):
                raise
            raise CheckpointError(f"out: its checkpoint is damaged; delete it ({first_line(error)})") from None


def _require_finite(run: Run) -> None:
    """Refuse to save or validate weights that are no longer finite, as those of all processes are then.

    Raises:
        TrainingError: Some are not.
    """
    if not run.is_finite():
        raise TrainingError(
            "weights: some are no longer finite, so the last checkpoint is kept;"
            " resume from it with a lower learning rate or precision fp32"
        )
