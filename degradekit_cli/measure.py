"""`degradekit measure`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.options import max_pixels_option, output_option, shared_option, workers_option
from degradekit_cli.outputs import print_skipped, refuse_photo
from degradekit_cli.progress import SOME_SKIPPED, progress_bar

if TYPE_CHECKING:
    from degradekit.dataset import Measurements

_SUMMARY = {"sharpness": "sharpness", "blockiness": "blockiness", "noise, levels": "noise_mad"}
"""The columns that are summed up, by what they are called."""
_WORST = 5


@click.command(cls=Command, short_help="Measure photos: size, JPEG quality, sharpness, noise, more.")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCES...")
@shared_option("--include")
@shared_option("--exclude")
@max_pixels_option
@output_option("the table, a .csv or .parquet file")
@workers_option
def measure(
    sources: tuple[str, ...],
    output: Path,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    max_pixels: int,
    workers: int | None,
) -> None:
    """Measure the photos of SOURCES: size, JPEG quality, sharpness, blocks, noise, and more statistics, as a table.

    SOURCES are what `degradekit synth` takes: folders, files, globs, lists, URLs or Hugging Face datasets. The table
    has a row for each photo; docs/photos.md explains its columns. `degradekit synth --photos-from` takes the photos
    of the rows that you choose from it.

    Exit status: 0 all photos are measured, 3 some could not be, 1 none.
    """
    from degradekit import dataset
    from degradekit.dataset.measurements import require_table
    from degradekit.dataset.sources import scan
    from degradekit.picture_folders import left_out_lines
    from degradekit.wording import counted

    require_table(output, "output")
    photos = scan(dataset.Selection(sources, include, exclude))
    refuse_photo(output, [photos])
    engine = dataset.LocalEngine(workers=workers)
    with progress_bar() as progress:
        measurements = dataset.measure(photos, max_pixels=max_pixels, engine=engine, progress=progress)
    measurements.save(output)
    for line in left_out_lines(measurements.left_out):
        echo(line)
    print_skipped(f"{row.photo}: {row.unusable}" for row in measurements.unusable)
    _print_summary(measurements)
    take = "; after you delete rows, synth --photos-from takes the others" if output.suffix.lower() == ".csv" else ""
    echo(f"{output}: {counted(len(measurements.usable) + len(measurements.unusable), 'row')}{take}")
    if measurements.unusable:
        click.get_current_context().exit(SOME_SKIPPED)


def _print_summary(measurements: "Measurements") -> None:
    import numpy as np

    from degradekit.wording import counted

    skipped, usable = len(measurements.unusable), measurements.usable
    echo(f"{counted(len(usable), 'photo')} measured" + (f", {skipped} skipped" if skipped else ""))
    echo(f"{'':<16}{'lowest':>9}{'25 %':>9}{'median':>9}{'75 %':>9}{'highest':>9}")
    columns = {title: measurements.column(name) for title, name in _SUMMARY.items()}
    qualities = measurements.column("header_quality")
    columns[f"quality, {counted(int(np.isfinite(qualities).sum()), 'JPEG')}"] = qualities[np.isfinite(qualities)]
    for title, values in columns.items():
        if len(values):
            echo(f"{title:<16}" + "".join(f"{quantile:>9.3g}" for quantile in np.quantile(values, np.arange(5) / 4)))
    sharpness, blockiness = columns["sharpness"], columns["blockiness"]
    for title, values, order in (
        ("least sharp", sharpness, np.argsort(sharpness, kind="stable")),
        ("most blocky", blockiness, np.argsort(-blockiness, kind="stable")),
    ):
        echo(f"{title}: " + ", ".join(f"{usable[index].photo} ({values[index]:.3g})" for index in order[:_WORST]))
