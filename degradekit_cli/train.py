"""`degradekit train net` and `degradekit train gan`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from degradekit_cli.commands import Command
from degradekit_cli.extras import needs_torch
from degradekit_cli.options import MAX_PIXELS

if TYPE_CHECKING:
    from degradekit_models.config import Config


def _local_path(_: click.Context, __: click.Parameter, value: str) -> Path:
    if "://" in value:
        raise click.BadParameter(f"must be a folder of this machine (got {value!r})")
    return Path(value)


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[float, ...] | None:
    try:
        return (value and tuple(float(number) for number in value.split(","))) or None
    except ValueError:
        raise click.BadParameter(f"must be numbers separated by commas (got {value!r})") from None


_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--out", {"required": True, "callback": _local_path, "metavar": "DIR",
               "help": "The run's folder; a run that is in it is resumed."}),
    ("--config", {"type": click.Path(path_type=Path), "metavar": "FILE",
                  "help": "YAML file with any of the options, with underscores for hyphens; options override it."}),
    ("--pairs", {"multiple": True, "metavar": "SOURCE",
                 "help": "Own pairs: a folder with HR/ and LR/, two folders HR,LR, a list, or"
                         " datasets:NAME:HR_COLUMN,LR_COLUMN; may be repeated."}),
    ("--weights", {"callback": _numbers, "metavar": "N,N,...",
                   "help": "Ratio of the patches of each of SHARDS and --pairs, in order.  [default: by their sizes]"}),
    ("--init", {"metavar": "FILE", "help": "Generator weights to start from: .pth or .safetensors."}),
    ("--features", {"type": int, "metavar": "N", "help": "Channels of the generator.  [default: --init's, or 64]"}),
    ("--blocks", {"type": int, "metavar": "N", "help": "Blocks of the generator.  [default: --init's, or 23]"}),
    ("--patch", {"type": int, "metavar": "PIXELS", "help": "Side of the HR patches.  [default: 256]"}),
    ("--batch", {"type": int, "metavar": "N",
                 "help": "Patches per iteration, in all processes together.  [default: 48]"}),
    ("--accumulation-steps", {"type": int, "metavar": "N",
                              "help": "Parts into which batches are split to save memory.  [default: 1]"}),
    ("--iterations", {"type": int, "metavar": "N",
                      "help": "Iterations of the whole run.  [default: 1,000,000 for net, 400,000 for gan]"}),
    ("--learning-rate", {"type": float, "metavar": "R",
                         "help": "Learning rate of Adam.  [default: 2e-4 for net, 1e-4 for gan]"}),
    ("--seed", {"type": int, "metavar": "N", "help": "Seed of everything that is drawn.  [default: 0]"}),
    ("--precision", {"metavar": "auto|bf16|fp32", "help": "auto takes bf16 where GPUs have it.  [default: auto]"}),
    ("--device", {"metavar": "auto|cuda|mps|cpu", "help": "Where to compute.  [default: auto]"}),
    ("--workers", {"type": int, "metavar": "N",
                   "help": "Processes that read patches.  [default: one for each processor, at most 4]"}),
    ("--val", {"metavar": "SOURCE",
               "help": "Pairs to validate on, as in --pairs.  [default: the shards' split validation]"}),
    ("--max-pixels", {"type": int, "metavar": "N",
                      "help": f"Refuse pictures in --pairs and --val with more pixels.  [default: {MAX_PIXELS}]"}),
    ("--compile", {"is_flag": True, "default": None, "help": "Use torch.compile."}),
    ("--tensorboard", {"is_flag": True, "default": None, "help": "Write TensorBoard events too."}),
    ("--log-every", {"type": int, "metavar": "N", "help": "Iterations between lines of the log.  [default: 100]"}),
    ("--val-every", {"type": int, "metavar": "N", "help": "Iterations between validations.  [default: 5000]"}),
    ("--save-every", {"type": int, "metavar": "N", "help": "Iterations between checkpoints.  [default: 5000]"}),
)  # fmt: skip


@click.group()
def train() -> None:
    """Train the two stages of Real-ESRGAN from shards: `net` first, then `gan`."""


def _stage_options(command: Any) -> Any:
    for name, settings in reversed(_OPTIONS):
        command = click.option(name, **settings)(command)
    return click.pass_context(click.argument("shards", nargs=-1)(command))


@train.command(cls=Command)
@_stage_options
def net(ctx: click.Context, /, **options: Any) -> None:
    """Train Real-ESRNet: L1 on SHARDS, which `degradekit synth` has built, and --pairs."""
    with needs_torch("train"):
        from degradekit_models.config import NET
    _fit(ctx, NET, **options)


@train.command(cls=Command)
@_stage_options
@click.option(
    "--init-discriminator",
    metavar="FILE",
    help="Discriminator weights to start from, such as RealESRGAN_x4plus_netD.pth.  [default: new ones]",
)
@click.option("--vgg19", metavar="FILE", help="VGG19's weights.  [default: torch downloads them]")
def gan(ctx: click.Context, /, **options: Any) -> None:
    """Train Real-ESRGAN: L1, perceptual and adversarial loss, from --init, the weights of the stage net."""
    with needs_torch("train"):
        from degradekit_models.config import GAN
    _fit(ctx, GAN, **options)


def _fit(
    ctx: click.Context, stage: "Config", shards: tuple[str, ...], out: Path, config: Path | None, **options: Any
) -> None:
    from degradekit_models.config import Config
    from degradekit_models.train import fit

    given = {name: value for name, value in options.items() if value not in (None, ())}
    if shards:
        given["shards"] = shards
    chosen = replace(Config.load(config, stage) if config else stage, **given)
    reached = fit(chosen, out, click.echo)
    if reached < chosen.iterations:
        when = f"after iteration {reached}, which is saved" if reached else "before the first iteration"
        click.echo(f"stopped {when}; the same command resumes the run", err=True)
        ctx.exit(130)
