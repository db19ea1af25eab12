"""Enlarges picture files: one, or all of a folder."""

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch

from degradekit.encoders import require_fit, require_quality, unsupported_content
from degradekit.errors import DegradekitError, ImageError, Mistake
from degradekit.limits import MAX_PIXELS, MAX_SCALE
from degradekit.picture_files import read_picture, write_picture
from degradekit.picture_folders import LeftOut, left_out_lines, noted_lines
from degradekit.picture_headers import read_picture_info
from degradekit.regular_files import open_regular
from degradekit.whole_files import require_writable
from degradekit.wording import counted
from degradekit_models.devices import find_device
from degradekit_models.generator import RRDBNet
from degradekit_models.upscale import OVERLAP, UpscaleError, enlarge, resize_levels, scaled_size
from degradekit_models.upscale_jobs import Job, plan_jobs
from degradekit_models.upscale_memory import largest_part
from degradekit_models.weights import load_generator

_DEEP = "16 bits, of which half precision keeps 11; fp32=True keeps all"
_IN_PARTS = "pictures enlarged in parts, as there is too little memory for the features of the whole"
_LONG_SECONDS = 120
"""The time that a picture takes on a CPU from which on there is a line about it."""


class Progress:
    """Ignores all notifications; override the methods for what you want to show."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"  # in signatures, as the default

    def start(self, count: int, network: str) -> None:
        """Take the number of pictures, and a line about the network and where it computes."""

    def steps(self, steps: range) -> Iterable[int]:
        """Iterate over the steps of the work on one picture."""
        return steps

    def note(self, text: str) -> None:
        """Take a line about files that are left out, or about what is remarkable about others."""

    def enlarged(self, job: Job) -> None:
        """Take a picture that has been written."""

    def skipped(self, job: Job) -> None:
        """Take a picture whose enlargement exists."""

    def failed(self, job: Job, error: DegradekitError) -> None:
        """Take a picture that could not be read, enlarged or written."""


SILENT = Progress()


class UpscaleSummary(NamedTuple):
    """What `enlarge_files` has done.

    Attributes:
        pictures: Files that it was to enlarge.
        failed: Files that it could not enlarge.
        skipped: Files whose enlargements existed.
        scale: Side of the results / side of the sources.
        pixels: Pixels of what it has written.
        seconds: How long it took, without loading the model.
    """

    pictures: int
    failed: int
    skipped: int
    scale: float
    pixels: int
    seconds: float


def enlarge_files(
    model: str | os.PathLike[str],
    source: Path,
    target: Path,
    *,
    scale: float | None = None,
    format: str | None = None,
    quality: int | None = None,
    skip_existing: bool = False,
    tile: int = 512,
    overlap: int = OVERLAP,
    device: str = "auto",
    fp32: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Progress = SILENT,
) -> UpscaleSummary:
    """Enlarge a picture file, or all of a folder at any depth; a file that fails does not stop the others.

    Args:
        model: Generator weights, see `load_generator`.
        source: A picture file or a folder.
        target: A file or folder for one picture, a folder for a folder; see `plan_jobs`.
        scale: Side of the results / side of the sources; other scales than the generator's are reached by resizing what
            it gives. None is the generator's.
        format: Format of the files in a target folder, see `plan_jobs`.
        quality: From 1 to 100, of JPEG and WebP; see `write_picture`.
        skip_existing: Leave pictures out whose target exists and has the right size: files appear when they are whole.
        tile: Side of what is computed at once, in pixels of the source; 0 computes pictures at once.
        overlap: Pixels that a part sees on each side, where there is too little memory for the whole picture.
        device: `cuda`, `mps`, `cpu` or `auto`.
        fp32: Compute in full precision on CUDA devices too, where half is the default.
        max_pixels: Refuse pictures with more pixels.
        progress: Is called with what happens.

    Raises:
        WeightsError: The model cannot be read, or is another network.
        ConfigError: The device cannot be used.
        UpscaleError: An option breaks a rule, or `plan_jobs` refuses the source or the target.
        ImageError: The format has no such quality.
    """
    left_out, noted = LeftOut(), LeftOut()
    if scale is not None and not (math.isfinite(scale) and 0 < scale <= MAX_SCALE):
        raise UpscaleError(Mistake("scale", f"must be above 0 and at most {MAX_SCALE}", scale))
    jobs = plan_jobs(source, target, left_out, format)
    require_quality(quality, jobs[0].target.suffix.lower())
    chosen = find_device(device)
    precision = torch.float16 if chosen.type == "cuda" and not fp32 else torch.float32
    generator = load_generator(model, progress.note).eval().to(chosen, precision)
    enlarger = _Enlarger(generator, scale or generator.scale, quality, tile, overlap, max_pixels)
    blocks, precision_name = counted(generator.blocks, "block"), str(precision).removeprefix("torch.")
    network = (
        f"RRDBNet x{generator.scale}, {counted(generator.features, 'feature')}, {blocks}, {precision_name} on {chosen}"
    )
    progress.start(len(jobs), network)
    for line in left_out_lines(left_out.named()):
        progress.note(line)
    failed = skipped = pixels = 0
    begin = time.monotonic()
    track = _Estimating(progress, chosen)
    try:
        for job in jobs:
            try:
                if skip_existing and enlarger.is_done(job):
                    skipped += 1
                    progress.skipped(job)
                else:
                    pixels += enlarger.enlarge(job, track, noted)
                    progress.enlarged(job)
            except DegradekitError as error:
                failed += 1
                progress.failed(job, error)
            except MemoryError:
                failed += 1
                progress.failed(job, ImageError(f"{job.source}: there is not enough memory to enlarge it"))
    finally:
        for line in noted_lines(noted.named()):
            progress.note(line)
    return UpscaleSummary(len(jobs), failed, skipped, enlarger.scale, pixels, time.monotonic() - begin)


@dataclass(frozen=True)
class _Enlarger:
    """Enlarges one file after another; see `enlarge_files`."""

    generator: RRDBNet
    scale: float
    quality: int | None
    tile: int
    overlap: int
    max_pixels: int

    def is_done(self, job: Job) -> bool:
        """Return whether the target is a picture of the right size."""
        if not job.target.exists():
            return False
        try:
            with open_regular(job.source) as source, open_regular(job.target) as target:
                size = scaled_size(*read_picture_info(source, self.max_pixels).size, self.scale)
                return read_picture_info(target, math.prod(size)).size == size
        except (OSError, ImageError):
            return False

    def enlarge(self, job: Job, track: Callable[[range], Iterable[int]], noted: LeftOut) -> int:
        """Enlarge a file, count what is remarkable about it, and return the number of pixels that it then has.

        Raises:
            DegradekitError: It cannot be read, enlarged or written.
        """
        picture = read_picture(job.source, self.max_pixels)
        levels, extension = picture.levels, job.target.suffix.lower()
        remarks = [*picture.notes, *unsupported_content(extension, picture)]
        if levels.itemsize == 2 and next(self.generator.parameters()).dtype == torch.float16:
            remarks.append(_DEEP)
        for remark in remarks:
            noted.add(f"pictures with {remark}", job.name)
        height, width = scaled_size(levels.shape[0], levels.shape[1], self.scale)
        with _naming(job.source):
            require_fit(extension, height, width, levels[0, 0].nbytes)
            part = largest_part(self.generator, levels, (height, width), self.tile, self.overlap)
        require_writable(job.target)
        if part:
            noted.add(_IN_PARTS, job.name)
        with _naming(job.source):
            levels = enlarge(self.generator, levels, self.tile, self.overlap, part, track)
            levels = resize_levels(levels, height, width)
        write_picture(job.target, picture._replace(levels=levels), self.quality)
        return height * width


class _Estimating:
    """Iterates over the steps of a picture, and notes once how long one takes, where that is long."""

    def __init__(self, progress: Progress, device: torch.device) -> None:
        self._progress, self._is_due = progress, device.type == "cpu"

    def __call__(self, steps: range) -> Iterator[int]:
        begin = time.monotonic()
        for step in self._progress.steps(steps):
            if step == 1 and self._is_due:
                minutes = (time.monotonic() - begin) * len(steps) / 60
                if minutes * 60 > _LONG_SECONDS:
                    self._is_due = False
                    self._progress.note(
                        f"this picture takes about {minutes:.0f} minutes on the CPU; a GPU, or a network with fewer"
                        " blocks, is faster"
                    )
            yield step


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Begin the text of errors in a block with the path of the file that they are about."""
    try:
        yield
    except DegradekitError as error:
        raise UpscaleError(f"{path}: {error}") from None
