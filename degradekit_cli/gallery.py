"""`degradekit gallery`."""

from pathlib import Path

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.options import max_pixels_option, output_option
from degradekit_cli.outputs import print_skipped, refuse_photo

_PHOTOS = 3


@click.command(cls=Command, short_help="Draw what every operator and every recipe does.")
@click.argument("source", required=False)
@max_pixels_option
@output_option("the pictures, a .png or .jpg file, or a new folder for one of each family", "FILE|FOLDER")
def gallery(source: str | None, output: Path, max_pixels: int) -> None:
    """Show what every operator does, from mild to strong, and every shipped recipe.

    SOURCE is what `degradekit synth` takes: a folder, a file, a glob, a list, a URL or a Hugging Face dataset. The
    operators are shown on its first photo, the recipes on three; without SOURCE, on photos of scikit-image.
    """
    extension = output.suffix.lower()
    if extension not in (".png", ".jpg", ".jpeg", ""):
        rule = "must end in .png or .jpg, or name a folder, without an extension"
        raise click.UsageError(f"--output: {rule} (got {str(output)!r})")
    import numpy as np

    from degradekit.dataset.sources import scan
    from degradekit.gallery import WIDE_SIDE, draw_gallery, gallery_pages, sample_photos, write_gallery
    from degradekit.picture_files import Picture, write_picture
    from degradekit.picture_folders import left_out_lines
    from degradekit.presets import PRESETS
    from degradekit.sheets import first_photos
    from degradekit.wording import counted

    scans = [scan(source)] if source else [scan(path) for path in sample_photos()]
    refuse_photo(output, scans)
    for sources in scans:
        for line in left_out_lines(sources.left_out):
            echo(line, err=True)
    photos, unusable = first_photos(
        (photo for sources in scans for photo in sources),
        _PHOTOS,
        max(preset.scale for preset in PRESETS.values()),
        max_pixels,
        WIDE_SIDE,
    )
    print_skipped(unusable, err=True)
    pages = gallery_pages(photos)
    if extension:
        sheet = draw_gallery(pages)
        write_picture(output, Picture(np.asarray(sheet)))
        echo(f"{output}: {sheet.width} x {sheet.height}")
    else:
        files = write_gallery(output, pages)
        echo(f"{output}: {counted(len(files), 'file')}; {output}/README.md shows them")
