"""Scores and a picture of the averaged generator on pairs it is not trained on."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from degradekit.dataset import Pairs
from degradekit.errors import DatasetError, DegradekitError
from degradekit.image import decode
from degradekit.types import Pixels
from degradekit_models.config import Config, ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import scores
from degradekit_models.processes import Here

_SHOWN = 4


class Validated(NamedTuple):
    """What a validation finds.

    Attributes:
        scores: Mean PSNR and SSIM of RGB and Y, and bicubic's.
        sheet: (H, W, 3) uint8 RGB; for each of the first pairs a row: LR enlarged, bicubic, result, HR.
    """

    scores: dict[str, float]
    sheet: Pixels


class Validation:
    """The first pairs of the split `validation`, or of a folder with HR/ and LR/.

    Raises:
        ConfigError: The folder has no pairs of the scale.
    """

    def __init__(self, config: Config, scale: int) -> None:
        self._scale = scale
        found = _paired(Path(config.val)) if config.val else _split(config)
        self._pairs = [pair for pair, _ in zip(found, range(config.val_images), strict=False)]
        for lr, hr in self._pairs:
            if (hr.shape[0], hr.shape[1]) != (lr.shape[0] * scale, lr.shape[1] * scale):
                raise ConfigError(f"val: every HR must be {scale} times its LR (got {hr.shape[:2]} and {lr.shape[:2]})")

    @torch.no_grad()
    def of(self, generator: RRDBNet, here: Here) -> Validated | None:
        """Validate a generator; None where there is nothing to validate on, and in all processes but the first."""
        if here.rank or not self._pairs:
            return None
        sums: dict[str, float] = {}
        shown: list[Pixels] = []
        for lr, hr in self._pairs:
            small, truth = _tensor(lr, here), _tensor(hr, here)
            result = generator(small).clamp(0, 1)
            size = (hr.shape[1], hr.shape[0])
            cubic = np.asarray(Image.fromarray(lr).resize(size, Image.Resampling.BICUBIC))
            found = scores(result, truth, self._scale)
            found |= {
                f"bicubic_{name}": value for name, value in scores(_tensor(cubic, here), truth, self._scale).items()
            }
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + value / len(self._pairs)
            if len(shown) < _SHOWN:
                nearest = np.asarray(Image.fromarray(lr).resize(size, Image.Resampling.NEAREST))
                shown.append(np.concatenate([nearest, cubic, _pixels(result), hr], axis=1))
        return Validated(sums, _sheet(shown))


def _split(config: Config) -> Iterable[tuple[Pixels, Pixels]]:
    for place in config.shards:
        try:
            pairs = Pairs(place, "validation")
        except DatasetError:
            continue  # this one has no such split
        yield from ((pair.lr, pair.hr) for pair in pairs)


def _paired(folder: Path) -> Iterable[tuple[Pixels, Pixels]]:
    names = sorted(path.name for path in (folder / "HR").glob("*") if (folder / "LR" / path.name).is_file())
    if not names:
        raise ConfigError(f"val: must hold HR/ and LR/ with pictures of the same names (got {str(folder)!r})")
    for name in names:
        try:
            lr, hr = (decode((folder / part / name).read_bytes()) for part in ("LR", "HR"))
        except (OSError, DegradekitError) as error:
            raise ConfigError(f"val: {name} cannot be read ({error})") from None
        yield lr, hr


def _tensor(pixels: Pixels, here: Here) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].to(here.device).float() / 255


def _pixels(image: Tensor) -> Pixels:
    levels: Pixels = (image[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return levels


def _sheet(rows: list[Pixels]) -> Pixels:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows])
