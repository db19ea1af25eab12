"""`degradekit upscale`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.extras import needs_torch
from degradekit_cli.options import max_pixels_option


@click.command(cls=Command)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--tile",
    type=click.IntRange(min=0),
    default=512,
    show_default=True,
    metavar="PIXELS",
    help="Side of the tiles in pixels of SOURCE; 0 enlarges each picture in one piece.",
)
@click.option(
    "--overlap",
    type=click.IntRange(min=0),
    default=32,
    show_default=True,
    metavar="PIXELS",
    help="Width of the margin around each tile, in pixels of SOURCE.",
)
@click.option("--device", default="auto", show_default=True, metavar="auto|cuda|mps|cpu", help="Where to compute.")
@click.option("--fp32", is_flag=True, help="Use full instead of half precision on GPUs, for 16-bit pictures.")
@max_pixels_option
@click.pass_context
def upscale(ctx: click.Context, /, model: Path, source: Path, target: Path, **options: Any) -> None:
    """Enlarge SOURCE, a picture or a folder, into TARGET with the generator in MODEL (.pth or .safetensors).

    Exit status: 0 all were enlarged, 3 some could not be, 1 none.
    """
    with needs_torch("upscale"):
        from degradekit_models.upscale_files import Progress, enlarge_files
    from degradekit_models.upscale_jobs import Job
    from tqdm import tqdm

    class Bars(Progress):
        """A bar of pictures, and one of tiles below it."""

        count = done = 0
        bar: Any = None

        def start(self, count: int) -> None:
            self.count, self.bar = count, tqdm(total=count, unit="picture", disable=None, leave=False)

        def tiles(self, tiles: list[Any]) -> Iterable[Any]:
            return tqdm(tiles, unit="tile", disable=None, leave=False)

        def note(self, text: str) -> None:
            echo(text, err=True)

        def enlarged(self, job: Job) -> None:
            self.done += 1
            self.bar.update()

        def failed(self, job: Job, error: Exception) -> None:
            click.echo(f"error: {error}", err=True)
            self.bar.update()

    bars = Bars()
    try:
        result = enlarge_files(model, source, target, **options, progress=bars)
    except KeyboardInterrupt:
        echo(f"stopped after {bars.done} of {bars.count} pictures", err=True)
        ctx.exit(130)
    bars.bar.close()
    echo(f"{bars.done} of {bars.count} pictures enlarged x{result.scale}")
    ctx.exit(0 if not result.failed else 3 if bars.done else 1)
