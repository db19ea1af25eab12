"""Enlarges picture files: one, or all of a folder."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from degradekit.errors import DegradekitError, ImageError
from degradekit.limits import MAX_PIXELS
from degradekit.picture_files import read_picture, require_side, write_picture
from degradekit.picture_folders import LeftOut, left_out_lines
from degradekit_models.devices import find_device
from degradekit_models.upscale import Tile, enlarge
from degradekit_models.upscale_jobs import Job, plan_jobs
from degradekit_models.weights import load_generator


class Progress:
    """What is called while files are enlarged; subclasses show it, this one does nothing."""

    def start(self, count: int) -> None:
        """Take the number of pictures."""

    def tiles(self, tiles: list[Tile]) -> Iterable[Tile]:
        """Iterate over the tiles of one picture."""
        return tiles

    def note(self, text: str) -> None:
        """Take a line about a file that is left out, or about one that is remarkable."""

    def enlarged(self, job: Job) -> None:
        """Take a picture that has been written."""

    def failed(self, job: Job, error: DegradekitError) -> None:
        """Take a picture that could not be read, enlarged or written."""


class Enlarged(NamedTuple):
    """What `enlarge_files` has done.

    Attributes:
        pictures: Files that it was to enlarge.
        failed: Files that it could not enlarge.
        scale: The generator's.
    """

    pictures: int
    failed: int
    scale: int


def enlarge_files(
    model: str | os.PathLike[str],
    source: Path,
    target: Path,
    *,
    tile: int = 512,
    overlap: int = 32,
    device: str = "auto",
    fp32: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> Enlarged:
    """Enlarge a picture file, or all of a folder at any depth; a file that fails does not stop the others.

    Args:
        model: Generator weights, see `load_generator`.
        source: A picture file or a folder.
        target: A file or folder for one picture, a folder for a folder; see `plan_jobs`.
        tile: Side of the tiles in pixels of the source; 0 takes pictures as a whole.
        overlap: Pixels that a tile sees on each side of what is kept of it.
        device: `cuda`, `mps`, `cpu` or `auto`.
        fp32: Compute in full precision on CUDA devices too, where half is the default.
        max_pixels: Refuse pictures with more pixels.
        progress: Is called with what happens.

    Raises:
        WeightsError: The model cannot be read, or is another network.
        ConfigError: The device cannot be used.
        UpscaleError: `plan_jobs` refuses the source or the target.
    """
    progress = progress or Progress()
    left_out = LeftOut()
    jobs = plan_jobs(source, target, left_out)
    chosen = find_device(device)
    precision = torch.float16 if chosen.type == "cuda" and not fp32 else torch.float32
    generator = load_generator(model, progress.note).eval().to(chosen, precision)
    for line in left_out_lines(left_out.named()):
        progress.note(line)
    progress.start(len(jobs))
    failed = 0
    for job in jobs:
        try:
            picture = read_picture(job.source, max_pixels)
            for note in picture.notes:
                progress.note(f"{job.source}: has {note}")
            height, width = picture.levels.shape[:2]
            require_side(job.target, max(height, width) * generator.scale)
            levels = enlarge(generator, picture.levels, tile, overlap, progress.tiles)
            write_picture(job.target, picture._replace(levels=levels))
        except DegradekitError as error:
            failed += 1
            progress.failed(job, error)
        except MemoryError:
            failed += 1
            progress.failed(job, ImageError(f"{job.source}: there is not enough memory to enlarge it"))
        else:
            progress.enlarged(job)
    return Enlarged(len(jobs), failed, generator.scale)
