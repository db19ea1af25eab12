"""`degradekit --version`."""

import platform
import textwrap
from typing import Any

import click

_WIDTH = 100
_NO_BREAK = "\u00a0"
"""A space at which no line ends."""


def print_versions(ctx: click.Context, _: click.Parameter, asked: Any) -> None:
    """Print the versions of degradekit, Python and the packages that it uses, and end the command."""
    if not asked or ctx.resilient_parsing:
        return
    from degradekit import __version__
    from degradekit_cli.checkup.packages import installed

    click.echo(f"degradekit {__version__}")
    click.echo(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    packages = ", ".join(f"{name}{_NO_BREAK}{version}" for name, version in installed().items())
    click.echo(textwrap.fill(packages, _WIDTH, break_on_hyphens=False).replace(_NO_BREAK, " "))
    ctx.exit()
