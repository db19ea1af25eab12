"""Trains Real-ESRGAN's two stages: `NET` with L1, `GAN` with L1, a perceptual and an adversarial loss.

Everything that is drawn is a function of the seed and the iteration, so a run that is interrupted and resumed gives the
same weights as one that was not. Source: docs/model.md, section Losses and training.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from degradekit.dataset.layout import PLAN
from degradekit.errors import DegradekitError, Mistake
from degradekit.retrying import reason_of
from degradekit.storage import Folder
from degradekit.whole_files import delete_unfinished
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
from degradekit_models.run_summary import write_run_summary
from degradekit_models.stopping import stop_requests
from degradekit_models.trial_iteration import too_large, try_iteration
from degradekit_models.validation import Validation
from degradekit_models.weights import WeightsError, save_generator
from degradekit_models.world import World, init_distributed

_EXPORTS = ("generator.safetensors", "generator.pth")
_WRITTEN = re.compile(r"checkpoint\.pt|generator\.(safetensors|pth)|log\.csv|run\.yaml|\d+\.(safetensors|png)")
"""The names of the files that a run writes."""


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
        _locked(folder, world),
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
    _check_folder(config, out, checkpoint is None)
    if world.is_first:
        for folder in (out, out / "weights", out / "val"):
            delete_unfinished(folder, _WRITTEN)
    progress.prepare("making the networks")
    run = _begin(config, patches.scale, world, checkpoint)
    progress.prepare("trying an iteration")
    advice = try_iteration(run, config, world)
    iteration = checkpoint.iteration if checkpoint else 0
    progress.prepare("reading the pairs to validate on")
    validation = Validation(config, patches.scale)
    log = Log(out, config, world, iteration, write_line, progress)
    if checkpoint:
        log.resume(checkpoint.sums, checkpoint.summed)
    if world.is_first:
        write_run_summary(out, config, patches)
    log.start(run.generator.network, str(patches), changes, len(validation))
    for line in (*advice, *patches.notes, *run.notes, *validation.notes):
        log.write(line)
    splits = config.accumulation_steps, world.rank, world.size
    batches = Batches(iteration, config.iterations, config.batch, *splits)
    reader = load_patches(patches, batches, config.workers, pin=world.device.type == "cuda")
    with closing(reader), stop_requests(progress.stop) as stop:  # or an error that keeps this frame keeps the workers

        def save() -> None:
            run.check_losses()
            _require_finite(run)
            state = Checkpoint(iteration, config, patches.scale, patches.digests, run.state_dict(), *log.state())
            if world.is_first:
                for name in (f"weights/{iteration}.safetensors", *_EXPORTS):
                    save_generator(run.ema, out / name)
                state.save(out)

        def validate() -> None:
            _require_finite(run)
            log.validation(iteration, validation.run(run.ema, world, progress, lambda: stop.received))

        if iteration and config.is_due(iteration, config.val_every) and not log.picture(iteration).exists():
            validate()  # which was stopped
        while iteration < config.iterations and not world.any(stop.received):
            with out_of_memory_as(too_large(config)):
                losses = run.step(reader)
            iteration += 1
            log.add(iteration, losses)
            if config.is_due(iteration, config.save_every):
                save()
            if config.is_due(iteration, config.val_every):
                validate()
        if not config.is_due(iteration, config.save_every):  # stopped in between
            save()
    log.close()
    return iteration


@contextmanager
def _locked(out: Path, world: World) -> Iterator[None]:
    """Keep other runs out of a run's folder until the end of the block, or of the process.

    Raises:
        TrainingError: Another run is in the folder, or there can be no folder.
    """
    with ExitStack() as stack:
        try:
            alone = stack.enter_context(Folder.of(out).locked()) if world.is_first else True
        except OSError as error:
            raise TrainingError(Mistake("out", f"must be a folder ({reason_of(error)})", str(out))) from None
        if not all(world.gather(alone)):
            raise TrainingError(
                Mistake("out", "another run is in this folder; wait for it or choose another", str(out))
            )
        yield


def _check_folder(config: Config, out: Path, is_new: bool) -> None:
    """Refuse to replace files that are not of a run.

    Raises:
        TrainingError: The folder is a dataset or has such files, or a new run would replace the file that it reads.
    """
    if (out / PLAN).exists():
        raise TrainingError(Mistake("out", "must be a run's folder, and is a dataset; choose another", str(out)))
    if not is_new:
        return
    replaced = [out / name for name in _EXPORTS]
    if config.init and Path(config.init).resolve() in [path.resolve() for path in replaced]:
        raise TrainingError(Mistake("init", "must not be a file that the run replaces; move it", config.init))
    for path in (*replaced, out / "weights", out / "val"):
        if path.exists() and not (out / "log.csv").exists():  # which a run writes first
            rule = f"has a {path.name} that is not of a run; choose another folder"
            raise TrainingError(Mistake("out", rule, str(out)))


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
