"""`degradekit train net`, `degradekit train gan` and `degradekit train show`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from degradekit_cli.commands import Command, PrintingCommand
from degradekit_cli.extras import needs_torch
from degradekit_cli.options import MAX_PIXELS
from degradekit_cli.training_display import training_display

if TYPE_CHECKING:
    from degradekit_models.config import Config


def _local_path(_: click.Context, __: click.Parameter, value: str) -> Path:
    if "://" in value:
        raise click.BadParameter(f"must be a folder of this machine (got {value!r})")
    return Path(value)


def _numbers(kind: type[int] | type[float]) -> Any:
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


_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "Run": {
        "--out": {"required": True, "callback": _local_path, "metavar": "DIR",
                  "help": "The run's folder; a run that is in it is resumed."},
        "--config": {"type": click.Path(path_type=Path), "metavar": "FILE",
                     "help": "YAML file with any fields that `degradekit train show` prints; options override it."},
    },
    "Data": {
        "--pairs": {"multiple": True, "metavar": "SOURCE",
                    "help": "Your own pairs: a folder with HR/ and LR/, two folders HR,LR, a text file that lists pairs"
                            ", or datasets:NAME:HR_COLUMN,LR_COLUMN. May be repeated."},
        "--data-weights": {"callback": _numbers(float), "metavar": "N,N,...",
                           "help": "Ratio of the patches from each of SHARDS and --pairs, in this order."
                                   "  [default: their sizes]"},
        "--val": {"metavar": "SOURCE",
                  "help": "Pairs to validate on, written as for --pairs.  [default: the shards' split validation]"},
        "--val-images": {"type": int, "metavar": "N", "help": "Largest number of pairs to validate on.  [default: 32]"},
        "--max-pixels": {"type": int, "metavar": "N",
                         "help": f"Refuse pictures in --pairs and --val with more pixels.  [default: {MAX_PIXELS}]"},
        "--patch": {"type": int, "metavar": "PIXELS", "help": "Side of the HR patches.  [default: 256]"},
        "--flip/--no-flip": {"default": None, "help": "Mirror half of the patches.  [default: flip]"},
        "--seed": {"type": int, "metavar": "N", "help": "Seed of everything that is drawn.  [default: 0]"},
    },
    "Network": {
        "--init": {"metavar": "FILE", "help": "Generator weights to start from: .pth or .safetensors."},
        "--features": {"type": int, "metavar": "N", "help": "Channels of the generator.  [default: --init's, or 64]"},
        "--blocks": {"type": int, "metavar": "N", "help": "Blocks of the generator.  [default: --init's, or 23]"},
    },
    "Training": {
        "--iterations": {"type": int, "metavar": "N",
                         "help": "Iterations of the whole run.  [default: 1,000,000 for net, 400,000 for gan]"},
        "--batch": {"type": int, "metavar": "N",
                    "help": "Patches per iteration, in all processes together.  [default: 48]"},
        "--accumulation-steps": {"type": int, "metavar": "N",
                                 "help": "Parts into which each batch is split to save memory.  [default: 1]"},
        "--learning-rate": {"type": float, "metavar": "R",
                            "help": "Learning rate of Adam.  [default: 2e-4 for net, 1e-4 for gan]"},
        "--schedule": {"metavar": "NAME",
                       "help": "constant, multistep or cosine: how the learning rate changes.  [default: constant]"},
        "--milestones": {"callback": _numbers(int), "metavar": "N,N,...",
                         "help": "Iterations after which multistep multiplies the learning rate by gamma."},
        "--gamma": {"type": float, "metavar": "R",
                    "help": "Factor of the learning rate at a milestone.  [default: 0.5]"},
        "--clip-gradient-norm": {"type": float, "metavar": "R",
                                 "help": "Scale larger gradients down to this norm.  [default: do not clip]"},
        "--loss-weights": {"callback": _loss_weights, "metavar": "NAME=W,...",
                           "help": "Losses of the generator and their weights.  [default: l1=1 for net,"
                                   " l1=1,perceptual=1,adversarial=0.1 for gan]"},
        "--ema-decay": {"type": float, "metavar": "D",
                        "help": "Decay of the moving average (EMA) of the generator's weights.  [default: 0.999]"},
    },
    "Hardware": {
        "--device": {"metavar": "auto|cuda|mps|cpu", "help": "Where to compute.  [default: auto]"},
        "--precision": {"metavar": "auto|bf16|fp32",
                        "help": "auto takes bf16 on GPUs that support it.  [default: auto]"},
        "--compile": {"is_flag": True, "default": None, "help": "Use torch.compile."},
        "--workers": {"type": int, "metavar": "N",
                      "help": "Processes that read patches.  [default: one for each processor, at most 4]"},
    },
    "Reports": {
        "--log-every": {"type": int, "metavar": "N", "help": "Iterations between lines of the log.  [default: 100]"},
        "--val-every": {"type": int, "metavar": "N", "help": "Iterations between validations.  [default: 5000]"},
        "--save-every": {"type": int, "metavar": "N", "help": "Iterations between checkpoints.  [default: 5000]"},
        "--tensorboard": {"is_flag": True, "default": None, "help": "Write TensorBoard events too."},
    },
}  # fmt: skip


@click.group()
def train() -> None:
    """Train the two stages of Real-ESRGAN: `net` first, then `gan`."""


_HEADINGS = {
    heading: [name.split("/")[0].strip("-").replace("-", "_") for name in options]
    for heading, options in _OPTIONS.items()
}


def _stage_options(command: Any) -> Any:
    options = [each for named in _OPTIONS.values() for each in named.items()]
    for name, settings in reversed(options):
        command = click.option(name, **settings)(command)
    return click.pass_context(click.argument("shards", nargs=-1)(command))


@train.command(cls=Command, headings=_HEADINGS)
@_stage_options
def net(ctx: click.Context, /, **options: Any) -> None:
    """Train Real-ESRNet: the L1 loss on SHARDS and --pairs.

    SHARDS are Parquet datasets that `degradekit synth` has built; --pairs are your own.

    `degradekit train show net` prints all fields as YAML for --config, each with a comment.
    """
    _fit(ctx, "net", **options)


@train.command(
    cls=Command,
    headings=_HEADINGS | {"Network": [*_HEADINGS["Network"], "init_discriminator", "vgg19"]},
    short_help="Train Real-ESRGAN: L1, perceptual and adversarial losses.",
)
@_stage_options
@click.option(
    "--init-discriminator",
    metavar="FILE",
    help="Discriminator weights to start from, such as RealESRGAN_x4plus_netD.pth.  [default: random ones]",
)
@click.option("--vgg19", metavar="FILE", help="VGG19's weights.  [default: torch downloads them]")
def gan(ctx: click.Context, /, **options: Any) -> None:
    """Train Real-ESRGAN: L1, perceptual and adversarial losses on SHARDS and --pairs.

    SHARDS are Parquet datasets that `degradekit synth` has built; --pairs are your own. --init has the weights that the
    stage net has exported.

    `degradekit train show gan` prints all fields as YAML for --config, each with a comment.
    """
    _fit(ctx, "gan", **options)


@train.command(cls=PrintingCommand, short_help="Print the whole configuration of a stage, with comments.")
@click.argument("stage", type=click.Choice(["net", "gan"]), default="net")
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="YAML file with fields that replace the defaults."
)
def show(stage: str, config: Path | None) -> None:
    """Print the whole configuration of a stage, with comments, as YAML for --config."""
    click.echo(_configuration(stage, config).to_yaml(), nl=False)


def _configuration(stage: str, file: Path | None) -> "Config":
    """Return the configuration of a stage, with the fields of a file."""
    with needs_torch("train"):
        from degradekit_models.config import GAN, NET, Config
    defaults = {"net": NET, "gan": GAN}[stage]
    return Config.load(file, defaults) if file else defaults


def _fit(
    ctx: click.Context, stage: str, shards: tuple[str, ...], out: Path, config: Path | None, **options: Any
) -> None:
    configuration = _configuration(stage, config)
    from degradekit_models.train import fit

    given = {name: value for name, value in options.items() if value not in (None, ())}
    if shards:
        given["shards"] = shards
    chosen = replace(configuration, **given)
    with training_display() as display:
        reached = fit(chosen, out, display.write_line, display.progress)
    if reached < chosen.iterations or display.is_stopped():  # as in the last validation
        when = f"after iteration {reached}, which is saved" if reached else "before the first iteration"
        click.echo(f"stopped {when}; the same command resumes the run", err=True)
        ctx.exit(130)
