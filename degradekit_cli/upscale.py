"""`degradekit upscale`."""

from contextlib import closing
from pathlib import Path
from typing import Any

import click

from degradekit_cli.commands import Command, Stopped
from degradekit_cli.extras import needs_torch
from degradekit_cli.headings import option
from degradekit_cli.options import max_pixels_option, shared_option
from degradekit_cli.progress import SOME_SKIPPED


@click.command(cls=Command, short_help="Enlarge pictures with a trained network.")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@max_pixels_option
@shared_option("--tile", default=512, more="small ones save memory, 0 leaves it whole")
@option(
    "Tiles",
    "--overlap",
    type=click.IntRange(min=0),
    default=128,
    metavar="PIXELS",
    help="Width of the margin around the parts of a picture that is too large for the memory.",
)
@option(
    "Output",
    "--outscale",
    "scale",
    former=["--scale"],
    type=float,
    metavar="X",
    shown_default="the network's",
    help="Side of the results / side of SOURCE, reached by resizing what the network gives.",
)
@option(
    "Output",
    "--ext",
    "format",
    former=["--format"],
    metavar="png|jpg|webp|tiff",
    shown_default="png",
    help="Format of the files in a folder.",
)
@option(
    "Output",
    "--quality",
    type=int,
    metavar="N",
    shown_default="95, WebP: lossless",
    help="Quality of JPEG or WebP, 1 to 100.",
)
@option("Output", "--skip-existing", is_flag=True, help="Skip pictures that have been enlarged already, to resume.")
@shared_option("--device", default="auto")
@option("Machine", "--fp32", is_flag=True, help="Use full instead of half precision on GPUs, for 16-bit pictures.")
def upscale(model: Path, source: Path, target: Path, **options: Any) -> None:
    """Enlarge SOURCE, a picture or a folder, into TARGET with the generator in MODEL (.pth or .safetensors).

    Exit status: 0 all were enlarged, 3 some could not be, 1 none.
    """
    with needs_torch("upscale"):
        from degradekit_models.upscale_files import enlarge_files
    from degradekit_cli.upscaling_display import UpscalingDisplay

    ctx = click.get_current_context()
    assert isinstance(ctx.command, Command)
    with closing(UpscalingDisplay(ctx.command.with_dashes)) as display:
        try:
            summary = enlarge_files(model, source, target, **options, progress=display)
        except KeyboardInterrupt:
            if not display.pictures:
                raise
            display.print_stopped()
            ctx.exit(Stopped.exit_code)
    display.print_summary(summary)
    if summary.failed:
        ctx.exit(SOME_SKIPPED if summary.failed < summary.pictures else 1)
