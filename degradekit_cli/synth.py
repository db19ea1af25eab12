"""`degradekit synth` and `degradekit finalize`."""

import re
from typing import Any

import click

from degradekit_cli.commands import Command, ResumableCommand
from degradekit_cli.options import RecipeChoice, max_pixels_option, recipe_options
from degradekit_cli.progress import (
    exit_if_skipped,
    overwrite_option,
    picture_format_option,
    print_opening,
    print_outcome,
    print_report,
    progress_bar,
    training_target_option,
    workers_option,
)

_HEADINGS = {
    "Recipe": ("order", "preset", "recipe_file", "scale", "strength", "settings", "seed"),
    "Photos": (
        "include",
        "exclude",
        "photos_from",
        "min_size",
        "min_sharpness",
        "max_blockiness",
        "max_pixels",
        "dedupe",
        "val",
        "strict",
    ),
    "Tiles": ("tile", "step", "variants", "multiscale", "small", "min_detail"),
    "Dataset": ("format", "picture_format", "training_target", "shard_size", "overwrite"),
    "Workers": ("workers", "engine", "address", "shards"),
}


def _slice(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read the first and the last index of a slice, as in 0-99, or the only one."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", value)
    if not match:
        raise click.BadParameter(f"must be a number or FIRST-LAST (got {value!r})")
    return int(match[1]), int(match[2] or match[1])


@click.command(cls=ResumableCommand, headings=_HEADINGS, short_help="Build an LR/HR dataset from photos.")
@click.argument("sources", nargs=-1, metavar="SOURCES...")
@click.argument("target")
@recipe_options
@click.option("--tile", default=400, show_default=True, metavar="PIXELS", help="Side of the HR tiles; 0: whole photos.")
@click.option("--step", type=int, metavar="PIXELS", help="Distance between tiles.  [default: half a tile]")
@click.option("--variants", default=1, show_default=True, metavar="N", help="Degradations of each tile.")
@click.option("--seed", default=0, show_default=True, metavar="N", help="Seed of all draws.")
@click.option("--multiscale", is_flag=True, help="Tiles also from photos resized to 3/4, 1/2, 1/3 and 400 pixels.")
@click.option(
    "--small",
    default="pad",
    show_default=True,
    metavar="pad|skip|keep",
    help="Photos smaller than a tile: pad by reflection, skip, or keep as smaller tiles.",
)
@click.option("--min-size", default=0, metavar="PIXELS", help="Leave out photos with a side shorter than this.")
@click.option(
    "--min-detail",
    default=0.0,
    metavar="V",
    help="Leave out flat tiles, whose Laplacian has a variance below V, such as 20.",
)
@click.option(
    "--min-sharpness",
    default=0.0,
    metavar="X",
    help="Leave out photos less sharp than X, such as 0.4: blurred or enlarged ones.",
)
@click.option(
    "--max-blockiness",
    type=float,
    metavar="X",
    help="Leave out photos with the blocks of a JPEG, more than X, such as 1.03.",
)
@click.option("--dedupe", is_flag=True, help="Leave out photos whose files equal another's; reads all of them.")
@click.option("--val", default=0, metavar="N", help="Move N photos from the split train to the split validation.")
@max_pixels_option
@click.option("--include", multiple=True, metavar="GLOB", help="Take only what matches, from LR folders too.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what matches.")
@click.option(
    "--photos-from",
    metavar="FILE",
    help="Take only the photos in the column `photo` of a CSV, as `degradekit measure` writes it.",
)
@click.option("--strict", is_flag=True, help="Stop at the first photo that cannot be used.")
@click.option(
    "--format",
    default="parquet",
    show_default=True,
    metavar="NAME",
    help="parquet, webdataset, folder, or null, which writes nothing, for measuring.",
)
@picture_format_option
@training_target_option
@click.option("--shard-size", default=8, show_default=True, metavar="N", help="Photos in a shard.")
@overwrite_option
@workers_option
@click.option("--engine", default="local", show_default=True, metavar="NAME", help="local or ray.")
@click.option("--address", metavar="HOST:PORT", help="A running Ray cluster.  [default: start one]")
@click.option(
    "--shards",
    callback=_slice,
    metavar="A-B",
    help="Build these shards only, numbered from 0; run `degradekit finalize` last.",
)
def synth(
    sources: tuple[str, ...],
    target: str,
    choice: RecipeChoice,
    workers: int | None,
    engine: str,
    address: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    photos_from: str | None,
    shards: tuple[int, int] | None,
    strict: bool,
    overwrite: bool,
    **options: Any,
) -> None:
    """Build an LR/HR dataset: degrade the photos of SOURCES, write shards into TARGET.

    A source is a folder, a file, a glob or a .txt list of files, as a path or a URL (s3://, gs://, hf://,
    zip://::photos.zip); a .tar file counts as a folder. Of a Hugging Face dataset, datasets:NAME takes the images, and
    datasets:NAME:COLUMN?config=NAME&split=train+test chooses among them. TARGET is a path or a URL.
    The recipe is Real-ESRGAN's of order 2 for x4 unless options name another.

    Open it with datasets.load_dataset("TARGET"). The same photos, recipe, options and seed give the same bytes,
    whatever the workers and the engine; after an interruption the same command resumes where it stopped.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 there is no dataset.
    """
    if not sources:
        raise click.UsageError(f"give one or several SOURCES, and then the TARGET (got only {target!r})")
    if shards is not None and overwrite:
        raise click.UsageError(
            "--overwrite would delete what other slices have built; delete the target, then build the slices"
        )
    from degradekit import dataset
    from degradekit.dataset.engines import make_engine

    selection = dataset.Selection(sources, include, exclude, strict, photos_from)
    built_by = make_engine(engine, workers=workers, address=address)
    inputs = selection, target, choice.recipe(), dataset.Options(**options)
    with progress_bar() as progress:
        if shards is None:
            outcome = dataset.synthesize(*inputs, engine=built_by, overwrite=overwrite, progress=progress)
        else:
            outcome = dataset.synthesize_slice(*inputs, shards=shards, engine=built_by, progress=progress)
    print_outcome(outcome, target)
    if outcome.complete:
        exit_if_skipped(outcome.report)


@click.command(cls=Command, short_help="Close a dataset that was built in slices.")
@click.argument("target")
def finalize(target: str) -> None:
    """Close the dataset at TARGET, whose shards were built in slices with --shards.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 it cannot be closed.
    """
    from degradekit import dataset

    report = dataset.finalize(target)
    print_report(report)
    print_opening(report, target)
    exit_if_skipped(report)
