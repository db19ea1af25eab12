"""Measures photos: how large, sharp, noisy and compressed each is, and all statistics, as a table."""

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from degradekit.dataset.cleanness import cleanness
from degradekit.dataset.crop_corners import crop_corners
from degradekit.dataset.engines import LOCAL, Engine
from degradekit.dataset.jpeg_headers import header_tables
from degradekit.dataset.progress import SILENT, OnProgress, Progress, in_photo
from degradekit.dataset.sources import Scan, Selection, Source, scan
from degradekit.errors import DatasetError, ImageError, MemoryShortageError, UnavailableError
from degradekit.limits import MAX_PIXELS
from degradekit.locations import Location
from degradekit.picture_files import decode_whole, flat_rgb
from degradekit.statistics import LEAST_SIDE, STATISTICS, jpeg_quality_of_tables, measure_crop
from degradekit.types import Pixels
from degradekit.whole_files import write_whole

_SIDE = 160
"""Side in pixels of the crops in which statistics are measured; less in smaller photos."""
_MOST_CROPS = 6
_PHOTOS_AT_ONCE = 8
_DIGITS = 6
"""Significant digits that are kept: further ones depend on the processor."""
_WHOLE = ("width", "height")
PIXEL_NUMBERS = ("sharpness", "blockiness", *(statistic.name for statistic in STATISTICS))
"""The columns of numbers that pixels alone decide."""
NUMBERS = (*_WHOLE, "header_quality", "header_residual", *PIXEL_NUMBERS)
"""The columns of numbers, in order."""
_QUALITY, _SCORE = ([each.name for each in STATISTICS].index(name) for name in ("jpeg_quality", "jpeg_score"))


class Measured(NamedTuple):
    """One photo.

    Attributes:
        photo: The key of the photo.
        format: Pillow's name of its file format; empty where it cannot be used.
        numbers: A value for each of `NUMBERS`, NaN where there is none.
        unusable: Why it cannot be used; empty where it can.
    """

    photo: str
    format: str
    numbers: NDArray[np.float64]
    unusable: str


@dataclass(frozen=True)
class Measurements:
    """What `measure` returns: a row for each photo, by key.

    Attributes:
        rows: The photos.
        left_out: Files that were not taken, by reason.
    """

    rows: tuple[Measured, ...]
    left_out: dict[str, int]

    @property
    def usable(self) -> list[Measured]:
        """The photos that could be measured."""
        return [row for row in self.rows if not row.unusable]

    @property
    def unusable(self) -> list[Measured]:
        """The photos that could not."""
        return [row for row in self.rows if row.unusable]

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one of `NUMBERS` of the photos that could be measured."""
        return np.array([row.numbers[NUMBERS.index(name)] for row in self.usable])

    def save(self, path: Path) -> None:
        """Write the table as CSV (UTF-8, missing values empty) or Parquet (missing values null), by the extension.

        Raises:
            DatasetError: It is another extension.
            DegradekitError: The file cannot be written.
        """
        require_table(path, "output")
        write_whole(path, self._csv() if path.suffix.lower() == ".csv" else self._parquet())

    def _csv(self) -> bytes:
        text = io.StringIO(newline="")
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["photo", "format", *NUMBERS, "unusable"])
        for row in self.rows:
            cells = ("" if math.isnan(value) else f"{value:.{_DIGITS}g}" for value in row.numbers.tolist())
            table.writerow([row.photo, row.format, *cells, row.unusable])
        return text.getvalue().encode()

    def _parquet(self) -> bytes:
        numbers = np.array([row.numbers for row in self.rows])
        columns = {"photo": pa.array([row.photo for row in self.rows], pa.string())}
        columns["format"] = pa.array([row.format or None for row in self.rows], pa.string())
        for name, values in zip(NUMBERS, numbers.T, strict=True):
            kind = pa.int32() if name in _WHOLE else pa.float64()
            columns[name] = pa.array([None if math.isnan(value) else value for value in values.tolist()]).cast(kind)
        columns["unusable"] = pa.array([row.unusable or None for row in self.rows], pa.string())
        file = io.BytesIO()
        pq.write_table(pa.table(columns), file)
        return file.getvalue()


def require_table(path: Path, name: str) -> None:
    """Refuse a file whose extension is not that of a table.

    Args:
        path: The file.
        name: The parameter that it was given as, for messages.

    Raises:
        DatasetError: It is not.
    """
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise DatasetError(f"{name}: must end in .csv or .parquet (got {str(path)!r})")


def measure(
    sources: Location | Iterable[Location] | Selection | Scan,
    *,
    max_pixels: int = MAX_PIXELS,
    engine: Engine = LOCAL,
    progress: Progress = SILENT,
) -> Measurements:
    """Measure photos, in parallel; the result is the same for any number of workers.

    `sharpness` and `blockiness` are those of whole photos (`degradekit.dataset.cleanness`), `header_quality` is the
    quality whose tables are nearest to those in the header of a JPEG file, and `header_residual` is how far they are,
    0 for the standard's. All of `degradekit.statistics.STATISTICS` are medians over up to six crops of 160 pixels, or
    less in small photos, but `jpeg_quality` and `jpeg_score`, which are those of the crop with the highest score.

    Args:
        sources: Where the photos are, as `synthesize` takes them, or what a scan has found there.
        max_pixels: Photos with more pixels cannot be used.
        engine: Where the photos are measured.
        progress: Is notified as the work goes on.

    Returns:
        A row of numbers for each photo, as a table to filter and save.

    Raises:
        DatasetError: The sources have no photos, or not one of them can be measured.
        UnavailableError: A photo cannot be read now.
    """
    photos = sources if isinstance(sources, Scan) else scan(sources)
    starts = range(0, len(photos), _PHOTOS_AT_ONCE)
    progress.start(len(photos))
    with engine.start(len(starts)) as workers:
        tasks = (_MeasurePhotos(start, tuple(_some(photos, start)), max_pixels) for start in starts)
        parts = dict(workers.run(tasks, None, progress.advance))
    measurements = Measurements(tuple(row for start in starts for row in parts[start]), photos.left_out)
    if not measurements.usable:
        reasons = [f"{row.photo}: {row.unusable}" for row in measurements.rows[:20]]
        raise DatasetError("\n  ".join(["source: not one photo could be measured", *reasons]))
    return measurements


def _some(photos: Scan, start: int) -> Iterator[Source]:
    return map(photos.__getitem__, range(start, min(start + _PHOTOS_AT_ONCE, len(photos))))


@dataclass(frozen=True)
class _MeasurePhotos:
    """The task of measuring some photos.

    Attributes:
        start: The index of the first.
        sources: The photos.
        max_pixels: Photos with more pixels cannot be used.
    """

    start: int
    sources: tuple[Source, ...]
    max_pixels: int

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        return len(self.sources)

    def run(self, on_progress: OnProgress) -> tuple[int, list[Measured]]:
        """Measure the photos."""
        return self.start, [
            _measure(source, self.max_pixels, in_photo(on_progress, index)) for index, source in enumerate(self.sources)
        ]


def _measure(source: Source, max_pixels: int, on_progress: OnProgress) -> Measured:
    try:
        data = source.read()
        picture = decode_whole(data, max_pixels)
        pixels = flat_rgb(picture)
        if min(pixels.shape[:2]) < LEAST_SIDE:
            height, width = pixels.shape[:2]
            raise ImageError(f"{width} x {height} is smaller than {LEAST_SIDE} x {LEAST_SIDE}")
    except MemoryShortageError as error:
        raise UnavailableError(f"source: {source.key!r} {error}") from None
    except ImageError as error:
        return Measured(source.key, "", np.full(len(NUMBERS), np.nan), str(error))
    on_progress(0)
    tables = header_tables(data)
    nearest = jpeg_quality_of_tables(*tables) if tables else None
    header = (nearest.quality, nearest.residual) if nearest else (np.nan, np.nan)
    height, width = pixels.shape[:2]
    numbers = [width, height, *header, *measure_pixels(pixels, on_progress)]
    return Measured(source.key, picture.format, np.array([float(f"{value:.{_DIGITS}g}") for value in numbers]), "")


def measure_pixels(pixels: Pixels, on_progress: OnProgress = lambda _: None) -> NDArray[np.float64]:
    """Return the numbers of `PIXEL_NUMBERS` of one photo, (H, W, 3) uint8 with sides of at least `LEAST_SIDE`."""
    return np.concatenate([cleanness(pixels), _statistics(pixels, on_progress)])


def _statistics(pixels: Pixels, on_progress: OnProgress) -> NDArray[np.float64]:
    height, width = pixels.shape[:2]
    side = min(_SIDE, height // 8 * 8, width // 8 * 8)
    starts = crop_corners((height, width), side, _MOST_CROPS)
    values = []
    for index, (top, left) in enumerate(starts):
        values.append(measure_crop(np.ascontiguousarray(pixels[top : top + side, left : left + side])))
        on_progress((index + 1) / len(starts))
    table = np.array(values)
    medians = np.median(table, axis=0)
    surest = table[table[:, _SCORE].argmax()]
    medians[[_QUALITY, _SCORE]] = surest[[_QUALITY, _SCORE]]
    return medians
