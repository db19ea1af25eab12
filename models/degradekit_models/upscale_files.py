"""Enlarges picture files: one, or all of a folder."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch

from degradekit.errors import DegradekitError
from degradekit.picture_files import EXTENSIONS, WRITABLE, read_picture, write_picture
from degradekit_models.devices import find_device
from degradekit_models.upscale import Tile, UpscaleError, enlarge
from degradekit_models.weights import load_generator


class Job(NamedTuple):
    """A picture file to read, and the file to write."""

    source: Path
    target: Path


class Progress:
    """What is called while files are enlarged; subclasses show it, this one does nothing."""

    def start(self, count: int) -> None:
        """Take the number of pictures."""

    def tiles(self, tiles: list[Tile]) -> Iterable[Tile]:
        """Iterate over the tiles of one picture."""
        return tiles

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
        progress: Is called with what happens.

    Raises:
        WeightsError: The model cannot be read, or is another network.
        ConfigError: The device cannot be used.
        UpscaleError: `plan_jobs` refuses the source or the target.
    """
    progress = progress or Progress()
    chosen = find_device(device)
    precision = torch.float16 if chosen.type == "cuda" and not fp32 else torch.float32
    generator = load_generator(model).eval().to(chosen, precision)
    jobs = plan_jobs(source, target)
    progress.start(len(jobs))
    failed = 0
    for job in jobs:
        try:
            picture = read_picture(job.source)
            levels = enlarge(generator, picture.levels, tile, overlap, progress.tiles)
            write_picture(job.target, picture._replace(levels=levels))
        except DegradekitError as error:
            failed += 1
            progress.failed(job, error)
        else:
            progress.enlarged(job)
    return Enlarged(len(jobs), failed, generator.scale)


def plan_jobs(source: Path, target: Path) -> list[Job]:
    """Return the files to read and to write; pictures of a folder become PNGs of the same names.

    Raises:
        UpscaleError: There is nothing to read, a picture would be written over one that is read, or a target has
            another extension than `write_picture` takes.
    """
    if source.is_dir():
        jobs = _jobs_of_folder(source, target)
    elif source.exists():
        jobs = [Job(source, target / f"{source.stem}.png" if target.is_dir() or not target.suffix else target)]
    else:
        raise UpscaleError(f"source: no such file or folder (got {str(source)!r})")
    sources = {job.source.resolve() for job in jobs}
    for job in jobs:
        if job.target.suffix.lower() not in WRITABLE:
            raise UpscaleError(f"target: must end in {', '.join(WRITABLE)} (got {str(job.target)!r})")
        if job.target.resolve() in sources:
            raise UpscaleError(f"target: must not be where the sources are (got {str(job.target)!r})")
    return jobs


def _jobs_of_folder(source: Path, target: Path) -> list[Job]:
    if target.is_file():
        raise UpscaleError(f"target: must be a folder, as the source is one (got {str(target)!r})")
    paths = sorted(path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS and path.is_file())
    if target.resolve() != source.resolve():  # a target inside of the source holds what an earlier call has made
        paths = [path for path in paths if not path.resolve().is_relative_to(target.resolve())]
    if not paths:
        raise UpscaleError(f"source: has no pictures in it (got {str(source)!r})")
    stems = Counter(path.with_suffix("") for path in paths)
    jobs = []
    for path in paths:
        is_only = stems[path.with_suffix("")] == 1  # a.jpg and a.png become a.jpg.png and a.png.png
        jobs.append(
            Job(path, target / path.relative_to(source).with_suffix(".png" if is_only else f"{path.suffix}.png"))
        )
    return jobs
