"""`degradekit upscale`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import click

from degradekit_cli.commands import Command, echo
from degradekit_cli.extras import needs_torch
from degradekit_cli.headings import option
from degradekit_cli.options import max_pixels_option, shared_option


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
@click.pass_context
def upscale(ctx: click.Context, /, model: Path, source: Path, target: Path, **options: Any) -> None:
    """Enlarge SOURCE, a picture or a folder, into TARGET with the generator in MODEL (.pth or .safetensors).

    Exit status: 0 all were enlarged, 3 some could not be, 1 none.
    """
    from degradekit.wording import counted

    with needs_torch("upscale"):
        from degradekit_models.upscale_files import Progress, enlarge_files
    from degradekit_models.upscale_jobs import Job
    from tqdm import tqdm

    class Bars(Progress):
        """A bar of pictures, and one of the steps of a picture below it."""

        count = done = already = 0
        bar: Any = None

        def start(self, count: int, network: str) -> None:
            echo(network, err=True)
            self.count, self.bar = count, tqdm(total=count, unit="picture", disable=None, leave=False)

        def steps(self, steps: range) -> Iterable[int]:
            return tqdm(steps, unit="step", disable=None, leave=False)

        def note(self, text: str) -> None:
            echo(command.with_dashes(text), err=True)

        def enlarged(self, job: Job) -> None:
            self.done += 1
            self.bar.update()

        def skipped(self, job: Job) -> None:
            self.already += 1
            self.bar.update()

        def failed(self, job: Job, error: Exception) -> None:
            echo(f"error: {error}", err=True)
            self.bar.update()

    command = cast(Command, ctx.command)
    bars = Bars()
    try:
        result = enlarge_files(model, source, target, **options, progress=bars)
    except KeyboardInterrupt:
        if not bars.count:
            raise
        finished = counted(bars.count, "picture")
        echo(
            f"stopped after {bars.done + bars.already} of {finished}; the same command with --skip-existing resumes",
            err=True,
        )
        ctx.exit(130)
    bars.bar.close()
    existed = f", {bars.already} existed" if bars.already else ""
    speed = f" in {result.seconds:.1f} s, {result.pixels / 1e6 / result.seconds:.3g} megapixels/s" if bars.done else ""
    echo(f"{bars.done} of {counted(bars.count, 'picture')} enlarged x{result.scale:g}{existed}{speed}")
    ctx.exit(0 if not result.failed else 3 if bars.done or bars.already else 1)
