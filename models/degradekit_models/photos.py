"""Photos to degrade while a network trains: files, rows of Hugging Face datasets, and the HR tiles of shards."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from degradekit.dataset import Pairs
from degradekit.dataset.layout import PLAN, SPLITS
from degradekit.dataset.sources import Scan, Selection, scan
from degradekit.dataset.sources.hub import PREFIX
from degradekit.dataset.tiles import Grid, Tile
from degradekit.errors import DatasetError, ImageError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.locations import Location
from degradekit.picture_files import decode
from degradekit.rng import Stream
from degradekit.storage import Folder
from degradekit.types import Frame, Pixels


class Photo(NamedTuple):
    """A photo, or a part of one.

    Attributes:
        key: Its name, the same on every machine.
        pixels: (H, W, 3) uint8.
        frame: Where the pixels lie in the photo.
    """

    key: str
    pixels: Pixels
    frame: Frame

    def mirrored(self) -> "Photo":
        """Return the photo mirrored left to right, and its frame with it."""
        top, left, height, width = self.frame
        frame = Frame(top, width - left - self.pixels.shape[1], height, width)
        return Photo(self.key, self.pixels[:, ::-1], frame)

    def turned(self, quarters: int) -> "Photo":
        """Return the photo turned counterclockwise by a number of right angles, and its frame with it."""
        photo = self
        for _ in range(quarters):
            top, left, height, width = photo.frame
            frame = Frame(width - left - photo.pixels.shape[1], top, width, height)
            photo = Photo(self.key, np.rot90(photo.pixels), frame)
        return photo

    def cut(self, rng: Stream, grid: Grid) -> "Photo":
        """Return a tile at a random position; a smaller photo is reflected at the bottom and right."""
        height, width = self.pixels.shape[:2]
        tall, wide = min(height, grid.side), min(width, grid.side)
        y, x = rng.integer(0, height - tall), rng.integer(0, width - wide)
        pixels = grid.cut(self.pixels, Tile(y, x, tall, wide, height, width))
        return Photo(self.key, pixels, self.frame._replace(top=self.frame.top + y, left=self.frame.left + x))


class Photos(ABC):
    """Photos by their indices; they pickle and fork."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Photo:
        """Read and decode a photo.

        Raises:
            DatasetError: It cannot be read or decoded; the message names it.
        """

    @abstractmethod
    def name(self, index: int) -> str:
        """Return a name for a photo that is read from its index alone."""


class ScannedPhotos(Photos):
    """The photos of a scan.

    Args:
        photos: The scan.
        max_pixels: Photos with more are refused.

    Raises:
        DatasetError: A file is empty or too large for a photo.
    """

    def __init__(self, photos: Scan, max_pixels: int) -> None:
        sizes = photos.photos.sizes
        for impossible, reason in ((sizes == 0, "empty file"), (sizes > MAX_PHOTO_BYTES, "too many bytes")):
            if impossible.any():
                raise _unusable(photos[int(impossible.argmax())].key, reason)
        self._photos, self._max_pixels = photos, max_pixels

    def __len__(self) -> int:
        return len(self._photos)

    def __getitem__(self, index: int) -> Photo:
        source = self._photos[index]
        try:
            pixels = decode(source.read(), self._max_pixels)
        except ImageError as error:
            raise _unusable(source.key, str(error)) from None
        return Photo(source.key, pixels, Frame(0, 0, pixels.shape[0], pixels.shape[1]))

    def name(self, index: int) -> str:
        """Return the key of a photo."""
        return self._photos[index].key


class TilePhotos(Photos):
    """The HR tiles of a dataset."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    def __len__(self) -> int:
        return len(self._pairs) // self._pairs.variants

    def __getitem__(self, index: int) -> Photo:
        pair = self._pairs[index * self._pairs.variants]
        return Photo(pair.tile.key(pair.key), pair.hr, pair.tile.frame)

    def name(self, index: int) -> str:
        """Return the index of a tile."""
        return f"{index:08}"


def open_photos(photos: Location | Iterable[Location] | Selection, split: str, max_pixels: int) -> Photos:
    """Return the photos of a split.

    Args:
        photos: What `synthesize` takes, or the folder or URL of a degradekit dataset.
        split: `train`, `validation` or `test`, by the same rules as in `synthesize`.
        max_pixels: Photos with more are refused.

    Raises:
        DatasetError: There are none, or one cannot be used.
    """
    if isinstance(photos, str | os.PathLike) and _is_dataset(os.fspath(photos)):
        return TilePhotos(Pairs(photos, split))
    if split not in SPLITS:
        raise DatasetError(f"split: must be one of {', '.join(SPLITS)} (got {split!r})")
    everything = scan(photos)
    chosen = everything.take(np.flatnonzero(everything.photos.splits == SPLITS.index(split)))
    if not len(chosen):
        raise DatasetError(f"photos: none is of the split {split!r}; all {len(everything)} are of other splits")
    return ScannedPhotos(chosen, max_pixels)


def _is_dataset(location: str) -> bool:
    return bool(location) and not location.startswith(PREFIX) and Folder.of(location).size(PLAN) is not None


def _unusable(key: str, reason: str) -> DatasetError:
    cure = "remove the file, or leave it out with `Selection(photos, exclude=[...])`"
    return DatasetError(f"photos: {key!r} cannot be used: {reason}; {cure}")
