"""`degradekit train net`, `degradekit train gan` and `degradekit train show`."""

import os
import shlex
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from degradekit_cli.commands import Command, PrintingCommand, Stopped, echo
from degradekit_cli.extras import needs_torch
from degradekit_cli.headings import option
from degradekit_cli.options import MAX_PIXELS, output_option, shared_option

if TYPE_CHECKING:
    from degradekit_models.config import Config


def _numbers(kind: type[int] | type[float]) -> Callable[..., tuple[float, ...] | None]:
    """Return the callback of an option that takes numbers with commas between them."""

    def read(_: click.Context, __: click.Parameter, value: str | None) -> tuple[float, ...] | None:
        try:
            return (value and tuple(map(kind, value.split(",")))) or None
        except ValueError:
            raise click.BadParameter(f"must be numbers separated by commas (got {value!r})") from None

    return read


def _loss_weights(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, float] | None:
    try:
        pairs = [each.split("=") for each in value.split(",")] if value else []
        return {name: float(weight) for name, weight in pairs} or None
    except ValueError:
        raise click.BadParameter(f"must be names with weights, as in l1=1,perceptual=0.5 (got {value!r})") from None


_STAGE_OPTIONS = [
    option("Input", "--pairs", multiple=True, metavar="SOURCE",
           help="Your own pairs: a folder with HR/ and LR/, two folders HR,LR, a text file that lists pairs, or"
                " datasets:NAME:HR_COLUMN,LR_COLUMN. May be repeated."),
    option("Input", "--data-weights", callback=_numbers(float), metavar="X,X,...", shown_default="their sizes",
           help="Ratio of the patches from each of SHARDS and --pairs, in this order."),
    option("Input", "--val", metavar="SOURCE", shown_default="the shards' split validation",
           help="Pairs to validate on, written as for --pairs."),
    option("Input", "--val-images", type=int, metavar="N", shown_default="32",
           help="Largest number of pairs to validate on."),
    shared_option("--max-pixels", shown_default=f"{MAX_PIXELS:,}", more="of --pairs and --val"),
    option("Draws", "--patch", type=int, metavar="PIXELS", shown_default="256", help="Side of the HR patches."),
    option("Draws", "--flip/--no-flip", default=None, shown_default="flip", help="Mirror half of the patches."),
    shared_option("--seed", shown_default="0"),
    option("Network", "--init", metavar="FILE", help="Generator weights to start from: .pth or .safetensors."),
    option("Network", "--features", type=int, metavar="N", shown_default="--init's, or 64",
           help="Channels of the generator."),
    option("Network", "--blocks", type=int, metavar="N", shown_default="--init's, or 23",
           help="Blocks of the generator."),
    shared_option("--config", more="options override it"),
    option("Training", "--iterations", type=int, metavar="N", shown_default="1,000,000 for net, 400,000 for gan",
           help="Iterations of the whole run."),
    option("Training", "--batch", type=int, metavar="N", shown_default="48",
           help="Patches per iteration, in all processes together."),
    option("Training", "--accumulation-steps", type=int, metavar="N", shown_default="1",
           help="Parts into which each batch is split to save memory."),
    option("Training", "--learning-rate", type=float, metavar="X", shown_default="2e-4 for net, 1e-4 for gan",
           help="Learning rate of Adam."),
    option("Training", "--schedule", metavar="constant|multistep|cosine", shown_default="constant",
           help="How the learning rate changes."),
    option("Training", "--milestones", callback=_numbers(int), metavar="N,N,...",
           help="Iterations after which multistep multiplies the learning rate by gamma."),
    option("Training", "--gamma", type=float, metavar="X", shown_default="0.5",
           help="Factor of the learning rate at a milestone."),
    option("Training", "--clip-gradient-norm", type=float, metavar="X", shown_default="do not clip",
           help="Scale larger gradients down to this norm."),
    option("Training", "--loss-weights", callback=_loss_weights, metavar="NAME=X,...",
           shown_default="l1=1 for net, l1=1,perceptual=1,adversarial=0.1 for gan",
           help="Losses of the generator and their weights."),
    option("Training", "--ema-decay", type=float, metavar="X", shown_default="0.999",
           help="Decay of the moving average (EMA) of the generator's weights."),
    output_option("the run, a folder; a run that is in it is resumed", "FOLDER", "out", former=["--out"]),
    option("Output", "--log-every", type=int, metavar="N", shown_default="100",
           help="Iterations between lines of the log."),
    option("Output", "--val-every", type=int, metavar="N", shown_default="5,000",
           help="Iterations between validations."),
    option("Output", "--save-every", type=int, metavar="N", shown_default="5,000",
           help="Iterations between checkpoints."),
    option("Output", "--tensorboard", is_flag=True, default=None, help="Write TensorBoard events too."),
    shared_option("--device", shown_default="auto"),
    option("Machine", "--precision", metavar="auto|bf16|fp32", shown_default="auto",
           help="auto takes bf16 on GPUs that support it."),
    option("Machine", "--compile", is_flag=True, default=None, help="Use torch.compile."),
    shared_option("--workers", shown_default="one per processor, at most 4"),
]  # fmt: skip


@click.group()
def train() -> None:
    """Train the two stages of Real-ESRGAN: `net` first, then `gan`.

    \b
    degradekit train net shards/ -o net/
    degradekit train gan shards/ --init net/generator.safetensors -o gan/
    degradekit train show gan
    """  # noqa: D301 - click keeps the lines below its mark, a real backspace, as they are


def _stage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for add in reversed(_STAGE_OPTIONS):
        command = add(command)
    return click.argument("shards", nargs=-1)(command)


@train.command(cls=Command)
@_stage_options
def net(**options: Any) -> None:
    """Train Real-ESRNet: the L1 loss on SHARDS and --pairs.

    SHARDS are Parquet datasets that `degradekit synth` has built; --pairs are your own.

    `degradekit train show net` prints all fields as YAML for --config, each with a comment.
    """
    _fit("net", **options)


@train.command(cls=Command, short_help="Train Real-ESRGAN: L1, perceptual and adversarial losses.")
@_stage_options
@option(
    "Network",
    "--init-discriminator",
    metavar="FILE",
    shown_default="random ones",
    help="Discriminator weights to start from, such as RealESRGAN_x4plus_netD.pth.",
)
@option(
    "Network",
    "--vgg19",
    metavar="FILE",
    shown_default="torch downloads them",
    help="VGG19's weights, for the perceptual loss.",
)
def gan(**options: Any) -> None:
    """Train Real-ESRGAN: L1, perceptual and adversarial losses on SHARDS and --pairs.

    SHARDS are Parquet datasets that `degradekit synth` has built; --pairs are your own. --init has the weights that the
    stage net has exported.

    `degradekit train show gan` prints all fields as YAML for --config, each with a comment.
    """
    _fit("gan", **options)


@train.command(cls=PrintingCommand, short_help="Print the whole configuration of a stage, with comments.")
@click.argument("stage", type=click.Choice(["net", "gan"]), default="net")
@shared_option("--config")
def show(stage: str, config: Path | None) -> None:
    """Print the whole configuration of a stage, with comments, as YAML for --config."""
    click.echo(_configuration(stage, config).to_yaml(), nl=False)


def _configuration(stage: str, file: Path | None) -> "Config":
    """Return the configuration of a stage, with the fields of a file."""
    with needs_torch("train"):
        from degradekit_models.config import GAN, NET, Config
    defaults = {"net": NET, "gan": GAN}[stage]
    return Config.load(file, defaults) if file else defaults


def _fit(stage: str, shards: tuple[str, ...], out: Path, config: Path | None, **options: Any) -> None:
    configuration = _configuration(stage, config)
    from degradekit_models.train import fit

    from degradekit_cli.training_display import TrainingDisplay

    given = {name: value for name, value in options.items() if value not in (None, ())}
    if shards:
        given["shards"] = shards
    chosen = replace(configuration, **given)
    with closing(TrainingDisplay()) as display:
        reached = fit(chosen, out, display.write_line, display)
    if reached < chosen.iterations or display.is_stopped:  # as in the last validation
        when = f"after iteration {reached}, which is saved" if reached else "before the first iteration"
        click.echo(f"stopped {when}; the same command resumes the run", err=True)
        click.get_current_context().exit(Stopped.exit_code)
    if os.environ.get("RANK", "0") == "0":  # of the processes of torchrun, the first
        _print_next(stage, out / "generator.safetensors")


def _print_next(stage: str, network: Path) -> None:
    file = shlex.quote(str(network))
    if stage == "net":
        echo(f"train the second stage with: degradekit train gan SHARDS --init {file} -o FOLDER")
    echo(f"enlarge pictures with: degradekit upscale {file} SOURCE TARGET")
