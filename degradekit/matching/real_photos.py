"""Crops of real photos: cut from their original pixels, and measured."""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from degradekit.dataset.crop_corners import crop_corners
from degradekit.dataset.engines import LocalEngine
from degradekit.dataset.jpeg_headers import header_quality
from degradekit.dataset.progress import SILENT, OnProgress, Progress
from degradekit.dataset.sources import Source
from degradekit.errors import ImageError, MemoryShortageError, UnavailableError
from degradekit.limits import MAX_PIXELS
from degradekit.matching.samples import RealCrops
from degradekit.matching.surveying import Survey, cut
from degradekit.picture_files import decode_whole
from degradekit.statistics import STATISTICS, measure_crop
from degradekit.types import Pixels

MOST_CROPS = 4
"""Crops of a photo, unless another number is asked for."""


def read_real(
    photos: Survey,
    side: int,
    most: int = MOST_CROPS,
    *,
    max_pixels: int = MAX_PIXELS,
    workers: int | None = None,
    progress: Progress = SILENT,
) -> RealCrops:
    """Measure crops of real photos.

    Args:
        photos: The photos; those smaller than a crop are left out, with the reason.
        side: Side of a crop in pixels.
        most: How many crops to measure of each photo, at most.
        max_pixels: Photos with more pixels are left out.
        workers: Number of processes; 0 works in this one, None starts one for each processor.
        progress: Is notified as the work goes on, by photo.

    Raises:
        DatasetError: This user may not read a photo.
        UnavailableError: A photo cannot be read now; without it, another recipe would be fitted.
    """
    photos = photos.at_least(side)
    tasks = [_MeasurePhoto(index, photo.source, side, most, max_pixels) for index, photo in enumerate(photos.photos)]
    progress.start(len(tasks))
    with LocalEngine(workers).start(len(tasks)) as running:
        results = dict(running.run(tasks, None, progress.advance))
    unusable = dict(photos.unusable)
    measured: list[_Measured] = []
    names = []
    for index, photo in enumerate(photos.photos):
        result = results[index]
        if isinstance(result, str):
            unusable[photo.source.key] = result
        else:
            measured.append(result)
            names.append(photo.source.key)
    counts = [len(photo.corners) for photo in measured]
    return RealCrops(
        statistics=np.concatenate([np.empty((0, len(STATISTICS))), *(photo.statistics for photo in measured)]),
        photos=np.repeat(np.arange(len(measured)), counts),
        corners=np.concatenate([np.empty((0, 2), np.int64), *(photo.corners for photo in measured)]),
        names=tuple(names),
        qualities=np.array([photo.quality for photo in measured], np.float64),
        side=side,
        unusable=unusable,
    )


def real_pixels(real: RealCrops, source: Source, row: int, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Return a crop of a real photo, (side, side, 3).

    Args:
        real: From `read_real`.
        source: Reads the photo that the crop is of.
        row: The row of the crop in `real`.
        max_pixels: Photos with more pixels are refused.

    Raises:
        DegradekitError: The photo cannot be read any more.
    """
    top, left = map(int, real.corners[row])
    return cut(decode_whole(source.read(), max_pixels), (top, left), real.side)


@dataclass(frozen=True)
class _Measured:
    statistics: NDArray[np.float64]
    corners: NDArray[np.int64]
    quality: float


_Result: TypeAlias = tuple[int, _Measured | str]
"""The index of a photo, and its crops or why it cannot be used."""


@dataclass(frozen=True)
class _MeasurePhoto:
    index: int
    source: Source
    side: int
    most: int
    max_pixels: int

    @property
    def photos(self) -> int:
        return 1

    def run(self, on_progress: OnProgress) -> _Result:
        try:
            return self.index, self._measured(on_progress)
        except MemoryShortageError as error:
            raise UnavailableError(f"source: {self.source.key!r} {error}") from None
        except ImageError as error:
            return self.index, str(error)

    def _measured(self, on_progress: OnProgress) -> _Measured:
        data = self.source.read()
        quality = header_quality(data)
        picture = decode_whole(data, self.max_pixels)
        height, width = picture.levels.shape[:2]
        corners = crop_corners((height, width), self.side, self.most)
        if not corners:
            raise ImageError(f"{width} x {height} is smaller than a crop of {self.side} x {self.side} pixels")
        rows = []
        for index, corner in enumerate(corners):
            on_progress(index / len(corners))
            rows.append(measure_crop(cut(picture, corner, self.side)))
        return _Measured(np.array(rows), np.array(corners), math.nan if quality is None else quality)
