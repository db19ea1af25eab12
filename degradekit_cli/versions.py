"""`degradekit --version`."""

import platform
import textwrap
from typing import Any

import click

_WIDTH = 100


def print_versions(ctx: click.Context, _: click.Parameter, asked: Any) -> None:
    """Print the versions of degradekit, Python and the packages that it uses, and end the command."""
    if not asked or ctx.resilient_parsing:
        return
    from degradekit import __version__
    from degradekit_cli.checkup.packages import installed

    click.echo(f"degradekit {__version__}")
    click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    click.echo(textwrap.fill(", ".join(f"{name} {version}" for name, version in installed().items()), _WIDTH))
    ctx.exit()
