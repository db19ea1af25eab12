"""The `degradekit` command."""

import sys

import click

from degradekit_cli.datasets import export, inspect, replay, verify
from degradekit_cli.preview import preview
from degradekit_cli.recipe import recipe
from degradekit_cli.synth import finalize, synth
from degradekit_cli.train import train
from degradekit_cli.upscale import upscale


class _Group(click.Group):
    """Tells degradekit's own errors in words, without a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (ValueError, OSError) as error:
            from degradekit.errors import DegradekitError

            if isinstance(error, OSError):
                told = f"{error.filename}: {error.strerror}" if error.filename is not None else str(error)
                click.echo(f"error: {told}", err=True)
                sys.exit(1)
            if not isinstance(error, DegradekitError):
                raise
            for line in str(error).splitlines():
                click.echo(f"error: {line}" if not line.startswith(" ") else line, err=True)
            sys.exit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="degradekit")
def main() -> None:
    r"""Make low-resolution twins of photos the way real life ruins them.

    \b
    degradekit synth --order 2 DIV2K/ shards/    build an LR/HR dataset
    degradekit preview photo.png -o sheet.png    see what a recipe does
    degradekit inspect shards/                   see what is in a dataset
    degradekit recipe list                       the shipped recipes
    """


for command in (synth, preview, recipe, inspect, verify, export, replay, finalize, train, upscale):
    main.add_command(command)
