"""The pairs that a run is validated on: of the shards' splits, or of benchmark sets as they are published."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from degradekit.dataset import Pairs
from degradekit.errors import ImageError
from degradekit.picture_folders import LeftOut, left_out_lines
from degradekit.presets import preset
from degradekit.types import Pixels
from degradekit.wording import counted
from degradekit_models.config import Config, ConfigError
from degradekit_models.metrics import SSIM_WINDOW
from degradekit_models.pair_locations import find_pairs
from degradekit_models.pairing import WantedPairs
from degradekit_models.stored_pictures import StoredPair, StoredPicture

T = TypeVar("T")
_SPLITS = ("validation", "test")


class ValidationPair(NamedTuple):
    """Pixels to validate on, (H, W, 3) uint8; the HR's sides are the scale times the LR's."""

    lr: Pixels
    hr: Pixels


class ValidationSet(NamedTuple):
    """What a run is validated on, and lines for people about it."""

    pairs: list[ValidationPair]
    notes: list[str]


def read_validation_set(config: Config, scale: int) -> ValidationSet:
    """Return at most `val_images` pairs at even distances, as neighbors may share a photo.

    Args:
        config: Has the pairs `val`; without them, the pairs are those of the splits `validation` of the shards.
        scale: HR side / LR side.

    Raises:
        ConfigError: There are no pairs of the scale, or a picture cannot be read or is too small for SSIM.
    """
    if config.val is None:
        return ValidationSet(list(_shard_pairs(config)), [])
    left_out = LeftOut()
    stored = find_pairs(str(config.val), WantedPairs("val", _SPLITS, scale), left_out)
    notes = [f"val: {line}" for line in left_out_lines(left_out.named())]
    if any(pair.lr is None for pair in stored):
        notes.append("val: the LRs are made by bicubic interpolation, as there are HRs only")
    pairs = [_decoded(pair, scale, config.max_pixels) for pair in _spread(stored, config.val_images)]
    return ValidationSet(pairs, notes)


def _shard_pairs(config: Config) -> Iterator[ValidationPair]:
    """Yield each tile once, with one of its variants."""
    splits = [Pairs(url, "validation") for url in config.shards if "validation" in Pairs(url).splits]
    tiles = [(pairs, first) for pairs in splits for first in range(0, len(pairs), pairs.variants)]
    for index, (pairs, first) in enumerate(_spread(tiles, config.val_images)):
        pair = pairs[first + index % pairs.variants]
        yield ValidationPair(pair.lr, pair.hr)


def _decoded(pair: StoredPair, scale: int, max_pixels: int) -> ValidationPair:
    """Return a pair with the HR cropped to the LR's size times the scale; without an LR, with a bicubic one."""
    hr, least = _read(pair.hr, max_pixels), SSIM_WINDOW + 2 * scale
    height, width = (side // scale for side in hr.shape[:2])
    if min(height, width) * scale < least:
        raise ConfigError(
            f"val: every HR must have sides >= {least} (got {hr.shape[1]} x {hr.shape[0]} for {str(pair.hr)!r})"
        )
    cropped = hr[: height * scale, : width * scale]
    lr = preset("bicubic", scale)(cropped, seed=0) if pair.lr is None else _read(pair.lr, max_pixels)
    if lr.shape[:2] != (height, width):
        raise ConfigError(
            f"val: every HR must be {scale} times its LR and at most {counted(scale - 1, 'pixel')} larger"
            f" (got {hr.shape[1]} x {hr.shape[0]} and {lr.shape[1]} x {lr.shape[0]} for {str(pair.hr)!r})"
        )
    return ValidationPair(lr, cropped)


def _spread(items: Sequence[T], most: int) -> list[T]:
    count = min(most, len(items))
    return [items[index * len(items) // count] for index in range(count)]


def _read(picture: StoredPicture, max_pixels: int) -> Pixels:
    try:
        return picture.read(max_pixels)
    except ImageError as error:
        raise ConfigError(f"val: {error}") from None
