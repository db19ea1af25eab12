"""Commands on finished datasets: verify, inspect, redegrade, export, filter."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, PrintingCommand, ResumableCommand, echo
from degradekit_cli.headings import option
from degradekit_cli.options import (
    RecipeChoice,
    local_path,
    overwrite_option,
    picture_format_option,
    recipe_options,
    shared_option,
    training_target_option,
    workers_option,
)
from degradekit_cli.outputs import write_text
from degradekit_cli.progress import exit_if_skipped, print_outcome, progress_bar

if TYPE_CHECKING:
    from degradekit.dataset import Verification
    from degradekit.dataset.pictures import PictureFormat
    from degradekit.dataset.training_target import TrainingTarget

_SHOWN_PROBLEMS = 50
_KEPT_ON_CARDS = (
    "of a card, what you write into its head or between the two lines `<!-- degradekit: ... -->` is kept, and nothing"
    " else; see `degradekit card`"
)


@click.command(cls=Command, short_help="Check a dataset, and make a sample of its LRs again.")
@click.argument("shards")
@option("Input", "--sample", default=0.05, metavar="SHARE", help="Share of the rows whose LR is made again; 1 is all.")
@workers_option
def verify(shards: str, sample: float, workers: int | None) -> None:
    """Check the dataset SHARDS: files, counts, hashes, and LRs and sharpened HRs made again from HR and record.

    Exit status: 0 if all is well, 1 if not.
    """
    from degradekit import dataset

    with progress_bar() as progress:
        engine = dataset.LocalEngine(workers=workers)
        verification = dataset.verify(shards, sample=sample, engine=engine, progress=progress)
    _print_verification(verification, shards)
    if verification.problems:
        click.get_current_context().exit(1)


def _print_verification(verification: "Verification", shards: str) -> None:
    from degradekit.dataset.layout import CARD
    from degradekit.wording import counted

    problems, damaged = verification.problems, verification.damaged
    for problem in problems[:_SHOWN_PROBLEMS]:
        echo(problem, err=True)
    if len(problems) > _SHOWN_PROBLEMS:
        echo(f"and {counted(len(problems) - _SHOWN_PROBLEMS, 'other problem')}", err=True)
    if problems:
        files = ", ".join(f"{shards.rstrip('/')}/{file}" for file in damaged)
        deletion = f"delete {files}, then " if damaged else ""
        echo(f"to repair the dataset, {deletion}run the command that built it again", err=True)
    if any(problem.startswith(f"{CARD}: ") for problem in problems):
        echo(_KEPT_ON_CARDS, err=True)
    if verification.note:
        echo(f"note: {verification.note}", err=True)
    read, derived = counted(verification.pairs, "pair"), counted(verification.derived, "LR")
    echo(f"{read} read, {derived} made again, {counted(len(problems), 'problem')}")


@click.command(cls=PrintingCommand, short_help="Print what is in a dataset, and how its draws compare.")
@click.argument("shards")
@option("Input", "--most", default=10_000, metavar="N", help="Rows to read for the histograms, at most.")
@option(
    "Output",
    "--table",
    callback=local_path,
    metavar="FILE",
    help="Write what was drawn for each pair, .parquet or .csv, in place of printing.",
)
@shared_option("--html")
@shared_option("--json")
def inspect(shards: str, html: Path | None, json: Path | None, table: Path | None, most: int) -> None:
    """Print what is in the dataset SHARDS, and how its draws compare with fresh ones from its recipe.

    The table of --table has a row for each pair and a column for each step and field, such as jpeg_1_quality;
    docs/records.md explains them. `degradekit filter` makes a dataset of the rows that you choose by these columns.
    """
    from degradekit import dataset
    from degradekit.dataset import inspection_page, inspection_text
    from degradekit.wording import byte_size, counted

    if table:
        pairs, columns = dataset.save_parameters(shards, table)
        echo(f"{table}: {counted(pairs, 'row')}, {counted(columns, 'column')}, {byte_size(table.stat().st_size)}")
        if not (html or json):
            return
    inspection = dataset.inspect(shards, most=most)
    click.echo(inspection_text.text(inspection), nl=False)
    if not (html or json):
        echo("all of them, with pictures: --html FILE; as numbers: --json FILE")
    for file, content in ((html, inspection_page.html), (json, inspection_text.to_json)):
        if file:
            write_text(file, content(inspection))


@click.command(cls=ResumableCommand, short_help="Degrade the HR tiles of a dataset anew, without the photos.")
@click.argument("shards")
@click.argument("target")
@recipe_options
@shared_option("--variants", shown_default="the dataset's")
@shared_option("--seed", shown_default="the dataset's")
@overwrite_option
@workers_option
def redegrade(
    shards: str,
    target: str,
    choice: RecipeChoice,
    seed: int | None,
    variants: int | None,
    overwrite: bool,
    workers: int | None,
) -> None:
    """Degrade the HR tiles of the dataset SHARDS anew, without the photos, into TARGET.

    The recipe is the dataset's own unless an option names another; --scale, --strength and --set change either.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 there is no dataset.
    """
    from degradekit import dataset
    from degradekit.dataset.opening import Dataset
    from degradekit.recipes import rescaled

    recipe = None
    if choice.is_given:
        recipe = choice.recipe(default_scale=Dataset.open_finished(shards).plan.scale)
    elif choice.variation.is_given:
        own = Dataset.open_finished(shards).plan.recipe
        recipe = choice.variation.of(lambda scale: own if scale is None else rescaled(own, scale))
    with progress_bar() as progress:
        outcome = dataset.redegrade(
            shards,
            target,
            recipe,
            seed=seed,
            variants=variants,
            engine=dataset.LocalEngine(workers=workers),
            overwrite=overwrite,
            progress=progress,
        )
    print_outcome(outcome, target)
    exit_if_skipped(outcome.report)


@click.command(cls=ResumableCommand, short_help="Write a dataset again in another format.")
@click.argument("shards")
@click.argument("target")
@shared_option("--format", required=True, metavar="parquet|webdataset|folder")
@picture_format_option
@training_target_option
@overwrite_option
@workers_option
def export(
    shards: str,
    target: str,
    format: str,
    picture_format: "PictureFormat",
    training_target: "TrainingTarget",
    overwrite: bool,
    workers: int | None,
) -> None:
    """Write the dataset SHARDS again in another format, into TARGET.

    Exit status: 0 all photos are in, 3 the dataset is whole but photos were skipped, 1 there is no dataset.
    """
    from degradekit import dataset

    engine = dataset.LocalEngine(workers=workers)
    with progress_bar() as progress:
        outcome = dataset.export(
            shards,
            target,
            format,
            picture_format=picture_format,
            training_target=training_target,
            engine=engine,
            overwrite=overwrite,
            progress=progress,
        )
    print_outcome(outcome, target)
    exit_if_skipped(outcome.report)


@click.command("filter", cls=ResumableCommand, short_help="Make a dataset of the pairs that meet a condition.")
@click.argument("shards")
@click.argument("target")
@option("Input", "--where", required=True, metavar="CONDITION", help="What follows WHERE in SQL.")
@overwrite_option
@workers_option
def filter_pairs(shards: str, target: str, where: str, overwrite: bool, workers: int | None) -> None:
    """Make a dataset of those pairs of the dataset SHARDS that meet a condition, into TARGET.

    The condition is on the columns of `degradekit inspect --table`, in SQL: --where "jpeg_1_quality < 40 and
    noise_2_sigma is null". docs/records.md explains the columns.
    """
    from degradekit import dataset

    engine = dataset.LocalEngine(workers=workers)
    with progress_bar() as progress:
        outcome = dataset.filter_pairs(shards, target, where, engine=engine, overwrite=overwrite, progress=progress)
    print_outcome(outcome, target)
