"""`degradekit train net` and `degradekit train gan`."""

import sys
from pathlib import Path
from typing import Any

import click

from degradekit_cli.commands import Command

_OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--init", {"metavar": "FILE", "help": "Generator weights to start from: .pth or .safetensors."}),
    ("--features", {"type": int, "metavar": "N", "help": "Of the generator.  [default: --init's, or 64]"}),
    ("--blocks", {"type": int, "metavar": "N", "help": "Of the generator.  [default: --init's, or 23]"}),
    ("--patch", {"type": int, "metavar": "PIXELS", "help": "Side of the HR patches.  [default: 256]"}),
    ("--batch", {"type": int, "metavar": "N", "help": "Patches an iteration, all processes together.  [default: 48]"}),
    ("--parts", {"type": int, "metavar": "N", "help": "Split each batch to save memory.  [default: 1]"}),
    ("--iterations", {"type": int, "metavar": "N", "help": "[default: 1,000,000 for net, 400,000 for gan]"}),
    ("--learning-rate", {"type": float, "metavar": "R", "help": "[default: 2e-4 for net, 1e-4 for gan]"}),
    ("--seed", {"type": int, "help": "[default: 0]"}),
    ("--precision", {"metavar": "auto|bf16|fp32", "help": "[default: auto]"}),
    ("--device", {"metavar": "auto|cuda|mps|cpu", "help": "[default: auto]"}),
    ("--workers", {"type": int, "metavar": "N", "help": "Processes that read patches.  [default: 4]"}),
    ("--val", {"metavar": "DIR", "help": "HR/ and LR/ to validate on.  [default: the split validation]"}),
    ("--compile", {"is_flag": True, "default": None, "help": "Use torch.compile."}),
    ("--tensorboard", {"is_flag": True, "default": None, "help": "Write TensorBoard's events too."}),
    ("--log-every", {"type": int, "metavar": "N", "help": "[default: 100]"}),
    ("--val-every", {"type": int, "metavar": "N", "help": "[default: 5000]"}),
    ("--save-every", {"type": int, "metavar": "N", "help": "[default: 5000]"}),
)


@click.group()
def train() -> None:
    """Train Real-ESRGAN's stages from shards: `net` first, then `gan`."""


def _local(_: click.Context, __: click.Parameter, value: str) -> Path:
    if "://" in value:
        raise click.BadParameter(f"must be a folder of this machine (got {value!r})")
    return Path(value)


def _stage_options(command: Any) -> Any:
    for name, settings in reversed(_OPTIONS):
        command = click.option(name, **settings)(command)
    command = click.option(
        "--config", "config_file", type=click.Path(path_type=Path), metavar="FILE", help="YAML; options override it."
    )(command)
    command = click.option(
        "--out", required=True, callback=_local, metavar="DIR", help="The run's folder; resumes there."
    )(command)
    return click.argument("shards", nargs=-1)(command)


@train.command(cls=Command)
@_stage_options
def net(shards: tuple[str, ...], out: Path, config_file: Path | None, **options: Any) -> None:
    """Real-ESRNet: L1 on SHARDS, datasets that `degradekit synth` has built."""
    _fit("net", shards, out, config_file, options)


@train.command(cls=Command)
@_stage_options
@click.option("--vgg19", metavar="FILE", help="VGG19's weights.  [default: torch downloads them]")
def gan(shards: tuple[str, ...], out: Path, config_file: Path | None, **options: Any) -> None:
    """Real-ESRGAN: L1, perceptual and adversarial loss on SHARDS, from --init, the weights of the stage net."""
    _fit("gan", shards, out, config_file, options)


def _fit(stage: str, shards: tuple[str, ...], out: Path, config_file: Path | None, options: dict[str, Any]) -> None:
    from degradekit.errors import DegradekitError

    try:
        from degradekit_models.config import Config
        from degradekit_models.train import fit
    except ImportError as error:
        raise DegradekitError(f"train: needs torch; pip install 'degradekit[train]' ({error})") from None
    data = _read(config_file) if config_file else {}
    data |= {name: value for name, value in options.items() if value is not None}
    if shards:
        data["shards"] = list(shards)
    config = Config.from_dict(data)
    reached = fit(stage, config, out, say=click.echo)
    if reached < config.resolved(stage).last:
        told = f"after iteration {reached}, which is saved" if reached else "before the first iteration"
        click.echo(f"stopped {told}; the same command goes on", err=True)
        sys.exit(130)


def _read(file: Path) -> dict[str, Any]:
    from degradekit.errors import DegradekitError
    from degradekit.yaml_text import parse

    try:
        data = parse(file.read_text(encoding="utf-8")) or {}
    except ValueError as error:
        raise DegradekitError(f"config: {file}: {error}") from None
    if not isinstance(data, dict):
        raise DegradekitError(f"config: must be a mapping (got {type(data).__name__} in {str(file)!r})")
    return data
