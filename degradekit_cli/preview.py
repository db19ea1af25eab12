"""`degradekit preview`."""

from pathlib import Path

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.headings import option
from degradekit_cli.options import RecipeChoice, max_pixels_option, output_option, recipe_options, shared_option

_MOST = 50
"""Rows and columns of a sheet: more do not fit into a JPEG."""


@click.command(cls=Command, short_help="Draw a sheet of what a recipe does to photos.")
@click.argument("source")
@shared_option("--photos", default=3)
@max_pixels_option
@recipe_options
@shared_option("--variants", former=["--draws"], default=4)
@shared_option("--seed", default=0)
@option("Output", "--steps", is_flag=True, help="Show one draw of the first photo after each of its steps.")
@output_option("the sheet, a .png or .jpg file")
def preview(
    source: str,
    output: Path,
    choice: RecipeChoice,
    variants: int,
    photos: int,
    steps: bool,
    seed: int,
    max_pixels: int,
) -> None:
    """Write a contact sheet: the middles of photos from SOURCE next to several draws, with every step in words.

    SOURCE is what `degradekit synth` takes: a folder, a file, a glob, a list, a URL or a Hugging Face dataset.
    The recipe is Real-ESRGAN's of order 2 for x4 unless options name another.
    """
    for name, value in (("--variants", variants), ("--photos", photos)):
        if not 1 <= value <= _MOST:
            raise click.UsageError(f"{name}: must be between 1 and {_MOST} (got {value})")
    if output.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise click.UsageError(f"--output: must end in .png or .jpg (got {str(output)!r})")
    import numpy as np

    from degradekit.dataset.sources import scan
    from degradekit.picture_files import Picture, write_picture
    from degradekit.picture_folders import left_out_lines
    from degradekit.preview import draws_rows, steps_rows
    from degradekit.sheets import draw_sheet, first_photos

    recipe = choice.recipe()
    sources = scan(source)
    if sources.holds(output):
        raise click.UsageError(f"--output: must not be one of the photos (got {str(output)!r})")
    for line in left_out_lines(sources.left_out):
        echo(line, err=True)
    shown, unusable = first_photos(sources, 1 if steps else photos, recipe.lr_scale or 1, max_pixels)
    for line in unusable:
        echo(f"skipped: {line}", err=True)
    rows = steps_rows(shown[0], recipe, seed=seed) if steps else draws_rows(shown, recipe, draws=variants, seed=seed)
    sheet = draw_sheet(rows)
    write_picture(output, Picture(np.asarray(sheet)))
    echo(f"{output}: {sheet.width} x {sheet.height}")
