"""`degradekit bench`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.headings import option
from degradekit_cli.options import (
    RecipeChoice,
    max_pixels_option,
    output_option,
    recipe_options,
    shared_option,
    workers_option,
)
from degradekit_cli.outputs import print_skipped
from degradekit_cli.progress import progress_bar

if TYPE_CHECKING:
    from degradekit.bench_sets import BenchSet


@click.command(cls=Command, short_help="Make a small fixed test set, to compare networks on.")
@click.argument("sources", nargs=-1, required=True, metavar="REAL_OR_RECIPE...")
@shared_option("--hr")
@option("Input", "--hr-photos", "photos", former=["--photos"], default=24, metavar="N", help="HR photos, at most.")
@max_pixels_option
@recipe_options
@shared_option("--draws", default=1000, more="the degradations are chosen among them")
@option("Draws", "--count", default=8, metavar="N", help="Degradations to choose.")
@shared_option("--seed", default=0)
@output_option("the set, a new folder", "FOLDER", callback=None)
@workers_option
def bench(
    sources: tuple[str, ...],
    hr: tuple[str, ...],
    output: str,
    choice: RecipeChoice,
    count: int,
    photos: int,
    draws: int,
    seed: int,
    max_pixels: int,
    workers: int | None,
) -> None:
    """Make a small fixed test set, on which networks are compared: a few representative degradations of HR photos.

    REAL_OR_RECIPE is a recipe, by the name of a preset or as a .yaml file, or real photos: folders, files, globs,
    lists or URLs. The draws of the recipe, or crops of the photos, are put into clusters, and each cluster gives a
    degradation. For real photos, name the recipe that `degradekit match` has fitted to them; without one, it is
    Real-ESRGAN's of order 2 for x4.

    The set is HR/, LR/01/ and so on, records, and a README with the share that each degradation stands for.
    """
    from degradekit import presets
    from degradekit.bench_sets import BenchOptions, make_bench_set
    from degradekit.extending import is_file_name
    from degradekit.recipes import named

    first = sources[0]
    is_recipe = is_file_name(first) or (first in presets.PRESETS and not Path(first).exists())
    if is_recipe and choice.is_given:
        raise click.UsageError(f"--order, --preset and --recipe are for real photos, and {first!r} is a recipe itself")
    if is_recipe and len(sources) > 1:
        raise click.UsageError(f"REAL_OR_RECIPE: must be one recipe, or real photos (got {', '.join(sources)})")
    options = BenchOptions(count=count, photos=photos, draws=draws, seed=seed, max_pixels=max_pixels)
    with progress_bar() as progress:
        made = make_bench_set(
            output,
            hr,
            choice.variation.of(partial(named, first)) if is_recipe else choice.recipe(),
            options,
            real=None if is_recipe else sources,
            workers=workers,
            progress=progress,
        )
    _print(made, output)


def _print(made: "BenchSet", target: str) -> None:
    from degradekit.wording import counted

    print_skipped(f"{name}: {reason}" for name, reason in made.unusable.items())
    for each in made.degradations:
        distance = "" if each.distance is None else f", distance {each.distance:.2f}"
        echo(f"{each.name}  {each.share:.1%}{distance}: " + ", ".join(map(str, each.degradation.steps)))
    crops, ways = counted(len(made.photos), "crop"), counted(len(made.degradations), "way")
    echo(f"{crops} of {made.side} x {made.side} pixels, degraded in {ways}; read {target.rstrip('/')}/README.md")
