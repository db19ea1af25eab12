"""Commands on finished datasets: verify, inspect, replay, export."""

import sys
from pathlib import Path

import click

from degradekit_cli.commands import Command
from degradekit_cli.options import RecipeChoice, recipe_options
from degradekit_cli.progress import conclude, overwrite_option, progress, workers_option


@click.command(cls=Command)
@click.argument("shards")
@click.option("--sample", default=0.05, show_default=True, metavar="SHARE", help="Rows whose LR is made again; 1: all.")
@workers_option
def verify(shards: str, sample: float, workers: int | None) -> None:
    """Check the dataset SHARDS: files, counts, hashes, and LRs made again from HR and record.

    Exit status: 0 all is well, 1 it is not.
    """
    from degradekit.dataset import verify as check

    with progress(resumes=False) as shown:
        found = check(shards, sample=sample, workers=workers, **shown)
    for problem in found.problems[:50]:
        click.echo(problem, err=True)
    if found.note:
        click.echo(f"note: {found.note}", err=True)
    click.echo(f"{found.pairs} pairs read, {found.derived} LRs made again, {len(found.problems)} problems")
    if found.problems:
        sys.exit(1)


@click.command(cls=Command)
@click.argument("shards")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page with pictures.")
@click.option("--most", default=10_000, show_default=True, metavar="N", help="Rows to read for the histograms.")
def inspect(shards: str, html: Path | None, most: int) -> None:
    """Say what is in the dataset SHARDS, and how its draws compare with its recipe."""
    from degradekit.dataset import inspect as look
    from degradekit.dataset import inspect_page

    found = look(shards, most=most)
    click.echo(inspect_page.text(found), nl=False)
    if html:
        html.write_text(inspect_page.html(found), encoding="utf-8")
        click.echo(f"{html}: {html.stat().st_size / 1e6:.1f} MB")


@click.command(cls=Command)
@click.argument("shards")
@click.argument("target")
@recipe_options
@click.option("--seed", type=int, help="[default: the dataset's]")
@click.option("--variants", type=int, metavar="N", help="Degradations of each tile.  [default: the dataset's]")
@overwrite_option
@workers_option
def replay(
    shards: str,
    target: str,
    choice: RecipeChoice,
    seed: int | None,
    variants: int | None,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Degrade the HR tiles of the dataset SHARDS anew, without the photos, into TARGET.

    Without an option that names a recipe or a scale, the dataset's own is taken.
    """
    from degradekit.dataset import replay as again
    from degradekit.dataset.export import open_finished

    recipe = None
    if choice != (None, None, None, None):
        recipe = choice.recipe(default_scale=open_finished(shards)[1].record["scale"])
    with progress() as shown:
        report = again(
            shards, target, recipe, seed=seed, variants=variants, workers=workers, overwrite=overwrite, **shown
        )
    conclude(report, target)


@click.command(cls=Command)
@click.argument("shards")
@click.argument("target")
@click.option("--format", required=True, help="parquet, webdataset or folder.")
@overwrite_option
@workers_option
def export(shards: str, target: str, format: str, overwrite: bool, workers: int | None) -> None:
    """Write the dataset SHARDS again in another format, into TARGET."""
    from degradekit.dataset import export as write

    with progress() as shown:
        report = write(shards, target, format, workers=workers, overwrite=overwrite, **shown)
    conclude(report, target)
