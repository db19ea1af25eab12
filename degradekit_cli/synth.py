"""`degradekit synth`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from degradekit_cli.options import chosen_recipe, recipe_options

if TYPE_CHECKING:
    from degradekit.dataset import Report

SOME_SKIPPED = 3


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@recipe_options
@click.option("--tile", default=400, show_default=True, metavar="PIXELS", help="Side of the HR tiles; 0: whole photos.")
@click.option("--step", type=int, metavar="PIXELS", help="Distance between tiles.  [default: half a tile]")
@click.option("--variants", default=1, show_default=True, metavar="N", help="Degradations of each tile.")
@click.option("--seed", default=0, show_default=True, help="Another seed, other degradations.")
@click.option("--workers", type=int, metavar="N", help="Processes; 0: this one.  [default: one for each processor]")
@click.option("--format", default="parquet", show_default=True, help="Of the shards.")
@click.option("--shard-size", default=8, show_default=True, metavar="N", help="Photos in a shard.")
@click.option("--include", multiple=True, metavar="GLOB", help="Take only what matches, from LR folders too.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what matches.")
def synth(
    source: Path,
    target: Path,
    order: int | None,
    preset: str | None,
    recipe_file: Path | None,
    scale: int | None,
    workers: int | None,
    format: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    **options: Any,
) -> None:
    """Build an LR/HR dataset: degrade the photos under SOURCE, write shards into TARGET.

    Open it with datasets.load_dataset("TARGET"). The same photos, recipe, options and seed give the same bytes,
    whatever the number of workers; after an interruption the same command goes on where it stopped.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 there is no dataset.
    """
    from tqdm import tqdm

    from degradekit.dataset import Options, synthesize

    recipe = chosen_recipe(order, preset, recipe_file, scale)
    with tqdm(unit="photo", disable=None, leave=False) as bar:
        try:
            report = synthesize(
                source,
                target,
                recipe,
                Options(**options),
                workers=workers,
                format=format,
                include=include,
                exclude=exclude,
                on_note=lambda note: click.echo(note, err=True),
                on_start=lambda photos: bar.reset(total=photos),
                on_photos=lambda photos: bar.update(photos),
            )
        except KeyboardInterrupt:
            bar.close()
            click.echo("stopped; the same command goes on from the last finished shard", err=True)
            sys.exit(130)
    _print(report, target)
    if report.skipped:
        sys.exit(SOME_SKIPPED)


def _print(report: "Report", target: Path) -> None:
    splits = ", ".join(f"{split} {count}" for split, count in report.pairs.items())
    size = sum(report.bytes.values())
    shards = f"{report.shards} shard" + ("s" if report.shards != 1 else "")
    click.echo(
        f"{report.photos} photos, {sum(report.pairs.values())} pairs ({splits}), {size / 1e6:.1f} MB in {shards}"
    )
    built, seconds = report.built
    rate = f"{built} pairs in {seconds:.1f} s, {built / seconds:.1f} pairs/s" if built else "nothing, all was there"
    click.echo(f"built now: {rate}")
    for reason, count in report.left_out.items():
        click.echo(f"left out: {count} files, {reason}")
    for skipped in report.skipped:
        click.echo(f"skipped: {skipped.key}: {skipped.reason}")
    if report.skipped:
        click.echo(f"skipped {len(report.skipped)} of {report.photos + len(report.skipped)} photos")
    click.echo(f"digest {report.digest}")
    click.echo(f'open with datasets.load_dataset("{target}")')
