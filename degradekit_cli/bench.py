"""`degradekit bench`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.options import max_pixels_option, scale_option
from degradekit_cli.progress import progress_bar, workers_option

if TYPE_CHECKING:
    from degradekit.bench_sets import BenchSet

_SHOWN_SKIPPED = 20
_RECIPE = "real-esrgan"
"""What the LRs that are compared with real photos are drawn from."""


@click.command(cls=Command, short_help="Make a small fixed test set, to compare networks on.")
@click.argument("source", metavar="REAL_OR_RECIPE")
@click.option("--hr", required=True, multiple=True, metavar="SOURCE", help="Clean HR photos; may be repeated.")
@click.option("-o", "--output", "target", required=True, metavar="FOLDER", help="The folder to make.")
@click.option(
    "--recipe",
    metavar="NAME|FILE",
    help=f"For real photos: what to draw from, best a recipe that `degradekit match` has fitted.  [default: {_RECIPE}]",
)
@scale_option
@click.option("--count", default=8, show_default=True, metavar="N", help="Degradations.")
@click.option("--photos", default=24, show_default=True, metavar="N", help="HR photos, at most.")
@click.option("--draws", default=1000, show_default=True, metavar="N", help="Draws that the degradations are among.")
@click.option("--seed", default=0, show_default=True, metavar="N", help="Seed of the draws, and of what is chosen.")
@max_pixels_option
@workers_option
def bench(
    source: str,
    hr: tuple[str, ...],
    target: str,
    recipe: str | None,
    scale: int | None,
    count: int,
    photos: int,
    draws: int,
    seed: int,
    max_pixels: int,
    workers: int | None,
) -> None:
    """Make a small fixed test set, on which networks are compared: a few representative degradations of HR photos.

    REAL_OR_RECIPE is a recipe (the name of a preset, or a .yaml file), whose draws are put into clusters, or real
    photos (a folder, a file, a glob, a list or a URL), of which crops are. FOLDER gets HR/, LR/01/ and so on, records,
    and a README with the share that each degradation stands for.
    """
    from degradekit import presets
    from degradekit.bench_sets import BenchOptions, make_bench_set
    from degradekit.extending import is_file_name

    is_recipe = is_file_name(source) or (source in presets.PRESETS and not Path(source).exists())
    if is_recipe and recipe is not None:
        raise click.UsageError(f"--recipe: is for real photos, and {source!r} is a recipe itself")
    options = BenchOptions(count=count, photos=photos, draws=draws, seed=seed, max_pixels=max_pixels)
    with progress_bar() as progress:
        made = make_bench_set(
            target,
            hr,
            source if is_recipe else recipe or _RECIPE,
            options,
            real=None if is_recipe else source,
            scale=scale,
            workers=workers,
            progress=progress,
        )
    _print(made, target)


def _print(made: "BenchSet", target: str) -> None:
    from degradekit.wording import counted

    for name, reason in list(made.unusable.items())[:_SHOWN_SKIPPED]:
        echo(f"skipped: {name}: {reason}")
    for each in made.degradations:
        distance = "" if each.distance is None else f", distance {each.distance:.2f}"
        echo(f"{each.name}  {each.share:.1%}{distance}: " + ", ".join(map(str, each.degradation.steps)))
    crops, ways = counted(len(made.photos), "crop"), counted(len(made.degradations), "way")
    echo(f"{crops} of {made.side} x {made.side} pixels, degraded in {ways}; read {target.rstrip('/')}/README.md")
