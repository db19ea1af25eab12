"""Which photos a match looks at, and how large its crops can be."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import BinaryIO

import numpy as np

from degradekit.dataset.sources import Scan, Source
from degradekit.dataset.sources.paths import PathSource
from degradekit.errors import ImageError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.picture_files import Picture, flat_rgb
from degradekit.picture_headers import read_picture_info
from degradekit.rng import stream
from degradekit.statistics import LEAST_SIDE
from degradekit.types import Pixels, Size

MOST_SIDE = 160
"""The longest side of a crop in pixels."""
_STEP = 8
_BLOCK_BYTES = 1 << 20
_LEFT_OUT = 0.1
"""Share of photos that may be too small for the crops."""


@dataclass(frozen=True)
class KnownPhoto:
    """A photo whose header has been read.

    Attributes:
        source: Reads it.
        size: (height, width) of the upright picture.
        fingerprint: The SHA-256 of the whole file.
    """

    source: Source
    size: Size
    fingerprint: bytes


@dataclass(frozen=True)
class Survey:
    """Photos of a folder.

    Attributes:
        photos: The photos that can be used, in the order of their keys.
        unusable: Why each of the others is left out, by key.
    """

    photos: tuple[KnownPhoto, ...]
    unusable: dict[str, str]

    def at_least(self, side: int) -> "Survey":
        """Return the survey with photos that have a side shorter than this among the unusable ones."""
        small = {
            photo.source.key: f"{photo.size[1]} x {photo.size[0]} is smaller than {side} x {side} pixels"
            for photo in self.photos
            if min(photo.size) < side
        }
        kept = tuple(photo for photo in self.photos if photo.source.key not in small)
        return Survey(kept, self.unusable | small)


def chosen(scan: Scan, most: int, seed: int) -> list[Source]:
    """Return at most so many photos of a scan, by key, chosen by the seed."""
    indices: Sequence[int] = range(len(scan))
    if len(scan) > most:
        indices = sorted(stream(seed, "photos").permutation(len(scan))[:most])
    return [scan[index] for index in indices]


def survey(sources: Iterable[Source], max_pixels: int) -> Survey:
    """Read the headers of photos; of files with the same bytes only the first counts.

    Args:
        sources: The photos.
        max_pixels: Photos with more pixels cannot be used.

    Raises:
        DatasetError: This user may not read a photo.
        UnavailableError: A photo cannot be read now.
    """
    photos: dict[bytes, KnownPhoto] = {}
    unusable = {}
    for source in sources:
        try:
            photo = _known(source, max_pixels)
        except ImageError as error:
            unusable[source.key] = str(error)
            continue
        if (first := photos.setdefault(photo.fingerprint, photo)) is not photo:
            unusable[source.key] = f"a copy of {first.source.key}"
    return Survey(tuple(photos.values()), unusable)


def _known(source: Source, max_pixels: int) -> KnownPhoto:
    if isinstance(source, PathSource):
        try:
            with source.open() as file:
                if file.seek(0, io.SEEK_END) <= MAX_PHOTO_BYTES:
                    return _read(source, file, max_pixels)
        except OSError:
            pass  # reading the whole file tries again, or raises the error that a build raises
    return _read(source, io.BytesIO(source.read()), max_pixels)


def _read(source: Source, file: BinaryIO, max_pixels: int) -> KnownPhoto:
    file.seek(0)
    size = read_picture_info(file, max_pixels).size
    digest = hashlib.sha256()  # 0.6 ms for each megabyte
    file.seek(0)
    while block := file.read(_BLOCK_BYTES):
        digest.update(block)
    return KnownPhoto(source, size, digest.digest())


def crop_side(real: Sequence[KnownPhoto], hr: Sequence[KnownPhoto], scale: int) -> int:
    """Return the side of crops in pixels, a multiple of 8 from 64 to 160, that most of the photos have room for.

    It is the largest that at least nine tenths of the real photos and of the HR photos can give, as far as that is
    possible; the HR photos have to give tiles of `scale` times the side.
    """
    side = min(_most_can_give([min(photo.size) for photo in real]), _most_can_give([min(p.size) for p in hr]) // scale)
    return int(max(LEAST_SIDE, min(side // _STEP * _STEP, MOST_SIDE)))


def _most_can_give(sides: list[int]) -> float:
    return sorted(sides)[int(_LEFT_OUT * len(sides))] if sides else inf


def cut(picture: Picture, corner: tuple[int, int], side: int) -> Pixels:
    """Return a crop of a picture, (side, side, 3), of which alone the pixels are converted to 8-bit sRGB.

    Args:
        picture: The picture.
        corner: (top, left) of the crop.
        side: Side in pixels.
    """
    top, left = corner
    part = picture._replace(levels=picture.levels[top : top + side, left : left + side])
    return np.ascontiguousarray(flat_rgb(part))
