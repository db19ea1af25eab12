"""`degradekit upscale`."""

import sys
from functools import partial
from pathlib import Path

import click

from degradekit_cli.commands import Command


@click.command(cls=Command)
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--tile", default=512, show_default=True, metavar="PIXELS", help="Side of the tiles; 0: whole pictures.")
@click.option("--overlap", default=32, show_default=True, metavar="PIXELS", help="What a tile sees around it.")
@click.option("--device", default="auto", show_default=True, metavar="auto|cuda|mps|cpu")
@click.option("--fp32", is_flag=True, help="Full precision where half would do: for the last bits of 16.")
def upscale(model: Path, source: Path, target: Path, tile: int, overlap: int, device: str, fp32: bool) -> None:
    """Enlarge SOURCE, a picture or a folder, with the generator in MODEL (.pth, .safetensors) to TARGET.

    Exit status: 0 all were enlarged, 3 some could not be read, 1 none.
    """
    if tile < 0 or overlap < 0:
        raise click.UsageError(f"--tile, --overlap: must be >= 0 (got {tile}, {overlap})")
    from degradekit.errors import DegradekitError

    try:
        import torch
        from degradekit_models.devices import find_device
        from degradekit_models.files import FileError
        from degradekit_models.upscale import UpscaleError, enlarge, jobs, read, write
        from degradekit_models.weights import load_generator
    except ImportError as error:
        raise DegradekitError(f"upscale: needs torch; pip install 'degradekit[train]' ({error})") from None
    from tqdm import tqdm

    found = find_device(device)
    half = found.type == "cuda" and not fp32
    generator = load_generator(model).eval().to(found, torch.float16 if half else torch.float32)
    track = partial(tqdm, unit="tile", disable=None, leave=False)
    work = jobs(source, target)
    done = failed = 0
    with tqdm(work, unit="picture", disable=None, leave=False) as bar:
        for one, other in bar:
            try:
                picture = read(one)
                large = enlarge(generator, picture.levels, tile, overlap, track)
                write(other, picture._replace(levels=large))
                done += 1
            except (UpscaleError, FileError) as error:
                failed += 1
                click.echo(f"error: {error}", err=True)
            except KeyboardInterrupt:
                click.echo(f"stopped after {done} of {len(work)} pictures", err=True)
                sys.exit(130)
    click.echo(f"{done} of {len(work)} pictures enlarged x{generator.scale}")
    if failed:
        sys.exit(3 if done else 1)
