"""`degradekit synth` and `degradekit finalize`."""

import re
from typing import Any

import click

from degradekit_cli.commands import Command, ResumableCommand
from degradekit_cli.headings import option
from degradekit_cli.options import (
    RecipeChoice,
    max_pixels_option,
    overwrite_option,
    picture_format_option,
    recipe_options,
    shared_option,
    training_target_option,
    workers_option,
)
from degradekit_cli.progress import exit_if_skipped, print_opening, print_outcome, print_report, progress_bar


def _slice(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Read the first and the last index of a slice, as in 0-99, or the only one."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,19})(?:-(\d{1,19}))?", value)
    if not match:
        raise click.BadParameter(f"must be the number of a shard or FIRST-LAST, as in 0-99 (got {value!r})")
    return int(match[1]), int(match[2] or match[1])


@click.command(cls=ResumableCommand, short_help="Build an LR/HR dataset from photos.")
@click.argument("sources", nargs=-1, metavar="SOURCES...")
@click.argument("target")
@shared_option("--include")
@shared_option("--exclude")
@option(
    "Input",
    "--photos-from",
    metavar="FILE",
    help="Take only the photos in the column `photo` of a CSV, as `degradekit measure` writes it.",
)
@option("Input", "--min-size", default=0, metavar="PIXELS", help="Leave out photos with a side shorter than this.")
@option(
    "Input",
    "--min-sharpness",
    default=0.0,
    show_default=False,
    metavar="X",
    help="Leave out photos less sharp than X, such as 0.4: blurred or enlarged ones.",
)
@option(
    "Input",
    "--max-blockiness",
    type=float,
    metavar="X",
    help="Leave out photos with the blocks of a JPEG, more than X, such as 1.03.",
)
@option("Input", "--dedupe", is_flag=True, help="Leave out photos whose files equal another's; reads all of them.")
@max_pixels_option
@option("Input", "--strict", is_flag=True, help="Stop at the first photo that cannot be used.")
@option(
    "Input",
    "--val-photos",
    "val",
    former=["--val"],
    default=0,
    metavar="N",
    help="Move N photos from the split train to the split validation.",
)
@recipe_options
@shared_option("--variants", default=1)
@shared_option("--seed", default=0)
@shared_option("--tile", default=400, more="0 leaves it whole")
@option("Tiles", "--step", type=int, metavar="PIXELS", shown_default="half a tile", help="Distance between tiles.")
@option("Tiles", "--multiscale", is_flag=True, help="Tiles also from photos resized to 3/4, 1/2, 1/3 and 400 pixels.")
@option(
    "Tiles",
    "--small",
    default="pad",
    metavar="pad|skip|keep",
    help="Photos smaller than a tile: pad by reflection, skip, or keep as smaller tiles.",
)
@option(
    "Tiles",
    "--min-detail",
    default=0.0,
    show_default=False,
    metavar="X",
    help="Leave out flat tiles, whose Laplacian has a variance below X, such as 20.",
)
@shared_option(
    "--format",
    default="parquet",
    metavar="parquet|webdataset|folder|null",
    more="null stores nothing, to measure the speed",
)
@picture_format_option
@training_target_option
@option("Output", "--shard-size", default=8, metavar="N", help="Photos in a shard.")
@overwrite_option
@option(
    "Output",
    "--slice",
    "shards",
    former=["--shards"],
    callback=_slice,
    metavar="N|N-N",
    help="Build only these shards, counted from 0, as one of several jobs; run `degradekit finalize` last.",
)
@workers_option
@option("Machine", "--engine", default="local", metavar="local|ray", help="What runs the workers.")
@option("Machine", "--address", metavar="HOST:PORT", shown_default="start one", help="A running Ray cluster.")
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
    """Close the dataset at TARGET, whose shards were built with --slice.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 it cannot be closed.
    """
    from degradekit import dataset

    report = dataset.finalize(target)
    print_report(report)
    print_opening(report, target)
    exit_if_skipped(report)
