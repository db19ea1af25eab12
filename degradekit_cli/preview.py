"""`degradekit preview`."""

from itertools import chain, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.headings import option
from degradekit_cli.options import RecipeChoice, max_pixels_option, output_option, recipe_options, shared_option
from degradekit_cli.outputs import print_skipped, refuse_photo

if TYPE_CHECKING:
    from degradekit.sheets import Row

_MOST = 50
"""Rows and columns of a sheet: more do not fit into a JPEG."""
_LARGEST_CELL = 640
"""Pixels along a side, to which larger tiles of a dataset are shrunk."""


class _SheetOptions(NamedTuple):
    """What a sheet shows.

    Attributes:
        photos: Photos, or tiles of a dataset, at most.
        variants: LRs of each.
        steps: Whether to show one LR of the first photo after each of its steps instead.
        seed: Seed of the draws, or of the choice of tiles.
        max_pixels: Photos with more pixels are refused.
    """

    photos: int
    variants: int
    steps: bool
    seed: int
    max_pixels: int


@click.command(cls=Command, short_help="Draw a sheet of what a recipe does, or of what is in a dataset.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCES...")
@shared_option("--photos", default=3)
@max_pixels_option
@recipe_options
@shared_option("--variants", former=["--draws"], default=4)
@shared_option("--seed", default=0)
@option("Output", "--steps", is_flag=True, help="Show one LR of the first photo after each of its steps.")
@output_option("the sheet, a .png or .jpg file")
def preview(
    sources: tuple[str, ...],
    output: Path,
    choice: RecipeChoice,
    variants: int,
    photos: int,
    steps: bool,
    seed: int,
    max_pixels: int,
) -> None:
    """Draw a sheet of HR photos next to several LRs, with every step in words.

    SOURCES are what `degradekit synth` takes: folders, files, globs, lists, URLs or Hugging Face datasets. Of each
    photo, the middle is shown, so that every pixel can be seen; of several sources, the first photos of each. The
    recipe is Real-ESRGAN's of order 2 for x4 unless options name another.

    SOURCES may also be datasets that `degradekit synth` has built, as folders or URLs. Then the sheet shows tiles of
    photos all over them with the LRs and the steps that are stored; another --seed shows other tiles.
    """
    for name, value in (("--variants", variants), ("--photos", photos)):
        if not 1 <= value <= _MOST:
            raise click.UsageError(f"{name}: must be between 1 and {_MOST} (got {value})")
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise click.UsageError(f"--output: must end in .png or .jpg (got {str(output)!r})")
    import numpy as np

    from degradekit.dataset.opening import Dataset
    from degradekit.picture_files import Picture, write_picture
    from degradekit.sheets import CELL, draw_sheet

    options = _SheetOptions(photos, variants, steps, seed, max_pixels)
    are_datasets = [Dataset.is_at(source) for source in sources]
    if any(are_datasets):
        if not all(are_datasets):
            raise click.UsageError("SOURCES must be photos or datasets, not both")
        if choice.is_given or choice.variation.is_given:
            raise click.UsageError(
                "a dataset is shown as it is, without a recipe; `degradekit redegrade` degrades its HRs with another"
            )
        rows = _rows_of_datasets(sources, options)
    else:
        rows = _rows_of_photos(sources, output, choice, options)
    largest = max(max(cell.pixels.shape[:2]) for row in rows for cell in row.cells)
    sheet = draw_sheet(rows, max(CELL, min(largest, _LARGEST_CELL)))
    write_picture(output, Picture(np.asarray(sheet)))
    echo(f"{output}: {sheet.width} x {sheet.height}")


def _rows_of_datasets(locations: tuple[str, ...], options: _SheetOptions) -> "list[Row]":
    from degradekit.dataset.opening import Dataset
    from degradekit.preview import dataset_rows, dataset_steps_rows

    if options.steps:
        return dataset_steps_rows(Dataset.open_finished(locations[0]), seed=options.seed)
    return [
        row
        for dataset in map(Dataset.open_finished, locations)
        for row in dataset_rows(dataset, photos=options.photos, variants=options.variants, seed=options.seed)
    ]


def _rows_of_photos(
    sources: tuple[str, ...], output: Path, choice: RecipeChoice, options: _SheetOptions
) -> "list[Row]":
    from degradekit.dataset.sources import scan
    from degradekit.picture_folders import left_out_lines
    from degradekit.preview import draws_rows, steps_rows
    from degradekit.sheets import first_photos

    recipe = choice.recipe()
    scans = [scan(source) for source in sources]
    refuse_photo(output, scans)
    for photos in scans:
        for line in left_out_lines(photos.left_out):
            echo(line, err=True)
    taking_turns = (photo for photo in chain.from_iterable(zip_longest(*scans)) if photo is not None)
    count = 1 if options.steps else options.photos
    shown, unusable = first_photos(taking_turns, count, recipe.lr_scale or 1, options.max_pixels)
    print_skipped(unusable, err=True)
    if options.steps:
        return steps_rows(shown[0], recipe, seed=options.seed)
    return draws_rows(shown, recipe, draws=options.variants, seed=options.seed)
