"""Scores and a picture of the averaged generator on pairs it is not trained on."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from degradekit.dataset import Pairs
from degradekit.errors import DegradekitError
from degradekit.picture_files import EXTENSIONS, decode
from degradekit.types import Pixels
from degradekit_models.config import Config, ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import SSIM_WINDOW, scores
from degradekit_models.processes import Here
from degradekit_models.upscale import enlarge

_SHOWN = 4
_NEAREST, _BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BICUBIC
_TILE, _OVERLAP = 256, 32


class Validated(NamedTuple):
    """What a validation finds.

    Attributes:
        scores: Mean PSNR and SSIM of RGB and Y, and bicubic's.
        sheet: (H, W, 3) uint8 RGB; for each of the first pairs a row: LR enlarged, bicubic, result, HR.
    """

    scores: dict[str, float]
    sheet: Pixels


class Validation:
    """Some pairs of the split `validation`, or the first of a folder with HR/ and LR/.

    Raises:
        ConfigError: The folder has no pairs of the scale, or a picture is too small for SSIM.
    """

    def __init__(self, config: Config, scale: int) -> None:
        self._scale = scale
        found = _paired(Path(config.val), scale) if config.val else _split(config)
        self._pairs = [pair for pair, _ in zip(found, range(config.val_images), strict=False)]
        least = SSIM_WINDOW + 2 * scale
        for lr, hr in self._pairs:
            if (hr.shape[0], hr.shape[1]) != (lr.shape[0] * scale, lr.shape[1] * scale) or min(hr.shape[:2]) < least:
                raise ConfigError(
                    f"val: every HR must be {scale} times its LR and have sides of {least} or more"
                    f" (got {hr.shape[1]} x {hr.shape[0]} and {lr.shape[1]} x {lr.shape[0]})"
                )

    def __len__(self) -> int:
        """Pairs."""
        return len(self._pairs)

    def of(self, generator: RRDBNet, here: Here) -> Validated | None:
        """Validate a generator; None where there is nothing to validate on, and in all processes but the first."""
        if here.rank or not self._pairs:
            return None
        results = [np.asarray(enlarge(generator, lr, _TILE, _OVERLAP), np.uint8) for lr, _ in self._pairs]
        shown = [
            np.concatenate([_resized(lr, hr, _NEAREST), _resized(lr, hr, _BICUBIC), result, hr], axis=1)
            for (lr, hr), result in zip(self._pairs[:_SHOWN], results, strict=False)
        ]
        return Validated(self._means(results) | self._bicubic, _sheet(shown))

    @cached_property
    def _bicubic(self) -> dict[str, float]:
        means = self._means([_resized(lr, hr, _BICUBIC) for lr, hr in self._pairs])
        return {f"bicubic_{name}": value for name, value in means.items()}

    def _means(self, results: list[Pixels]) -> dict[str, float]:
        found = [
            scores(_tensor(result), _tensor(hr), self._scale)
            for (_, hr), result in zip(self._pairs, results, strict=True)
        ]
        return {name: sum(each[name] for each in found) / len(found) for name in found[0]}


def _split(config: Config) -> Iterator[tuple[Pixels, Pixels]]:
    """Pairs at even distances in the splits `validation`, as neighbors are of one photo; a tile only once."""
    found = [Pairs(place, "validation") for place in config.shards if "validation" in Pairs(place).splits]
    tiles = [(pairs, first) for pairs in found for first in range(0, len(pairs), pairs.variants)]
    count = min(config.val_images, len(tiles))
    for number in range(count):
        pairs, first = tiles[number * len(tiles) // count]
        pair = pairs[first + number % pairs.variants]
        yield pair.lr, pair.hr


def _paired(folder: Path, scale: int) -> Iterator[tuple[Pixels, Pixels]]:
    """Pictures of HR/ and those of LR/ with the same name, or DIV2K's with the scale behind it, as in 0001x4.png."""
    lrs = {path.stem: path for path in sorted((folder / "LR").glob("*")) if path.suffix.lower() in EXTENSIONS}
    hrs = [path for path in sorted((folder / "HR").glob("*")) if path.suffix.lower() in EXTENSIONS]
    found = [(lrs.get(path.stem) or lrs.get(f"{path.stem}x{scale}"), path) for path in hrs]
    if not any(lr for lr, _ in found):
        raise ConfigError(f"val: must hold HR/ and LR/ with pictures of the same names (got {str(folder)!r})")
    for lr, hr in found:
        if lr:
            yield _decoded(lr), _decoded(hr)


def _decoded(path: Path) -> Pixels:
    try:
        return decode(path.read_bytes())
    except (OSError, DegradekitError) as error:
        raise ConfigError(f"val: {path} cannot be read ({error})") from None


def _resized(lr: Pixels, hr: Pixels, how: Image.Resampling) -> Pixels:
    return np.asarray(Image.fromarray(lr).resize((hr.shape[1], hr.shape[0]), how))


def _tensor(pixels: Pixels) -> Tensor:
    """On the CPU, as not every device has the float64 of the scores."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255


def _sheet(rows: list[Pixels]) -> Pixels:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows])
