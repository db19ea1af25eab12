"""The `degradekit` command."""

import click

from degradekit_cli.bench import bench
from degradekit_cli.card import card
from degradekit_cli.commands import Group
from degradekit_cli.completion import complete_values, completion
from degradekit_cli.datasets import export, filter_pairs, inspect, redegrade, verify
from degradekit_cli.doctor import doctor
from degradekit_cli.gallery import gallery
from degradekit_cli.match import match
from degradekit_cli.measure import measure
from degradekit_cli.preview import preview
from degradekit_cli.recipe import recipe
from degradekit_cli.studio import studio
from degradekit_cli.synth import finalize, synth
from degradekit_cli.train import train
from degradekit_cli.upscale import upscale
from degradekit_cli.versions import print_versions


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_versions,
    help="Print the versions of degradekit and its packages.",
)
def main() -> None:
    """Degrade photos as real life does, into LR/HR pairs for super-resolution.

    \b
    degradekit synth --order 2 DIV2K/ shards/    build an LR/HR dataset
    degradekit preview photo.png -o sheet.png    see what a recipe does
    degradekit gallery -o gallery.png            see what every operator does
    degradekit match real/ --hr DIV2K/           fit a recipe to real photos
    degradekit inspect shards/                   see what is in a dataset
    degradekit recipe list                       list the shipped recipes
    """  # noqa: D301 - click keeps the lines below its mark, a real backspace, as they are


# Each command stands in one section, one a line.
main.add_section(
    "Build a dataset",
    synth,
    finalize,
    export,
    redegrade,
    filter_pairs,
    card,
    verify,
)
main.add_section(
    "Look at recipes and datasets",
    preview,
    studio,
    inspect,
    recipe,
    gallery,
)
main.add_section(
    "Start from real photos",
    measure,
    match,
    bench,
)
main.add_section(
    "Train and use networks",
    train,
    upscale,
)
main.add_section(
    "This installation",
    doctor,
    completion,
)
complete_values(main)
