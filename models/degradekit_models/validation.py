"""Scores and a picture of the averaged generator on pairs that it is not trained on."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from degradekit.types import Pixels
from degradekit_models.config import Config
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import scores
from degradekit_models.upscale import enlarge
from degradekit_models.validation_pairs import read_validation_set
from degradekit_models.world import World

_SHOWN = 4
_NEAREST, _BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BICUBIC
_TILE, _OVERLAP = 256, 32


class Scored(NamedTuple):
    """The result of a validation.

    Attributes:
        scores: Mean PSNR and SSIM of RGB and Y, the generator's and bicubic interpolation's.
        sheet: (H, W, 3) uint8 RGB; for each of the first pairs a row: LR enlarged, bicubic, result, HR.
    """

    scores: dict[str, float]
    sheet: Pixels


class Validation:
    """Some pairs that the generator is not trained on, see `read_validation_set`.

    Attributes:
        notes: Lines about what they are.

    Args:
        config: The run's configuration.
        scale: HR side / LR side.

    Raises:
        ConfigError: The folder `val` cannot be validated on.
    """

    def __init__(self, config: Config, scale: int) -> None:
        self._scale = scale
        self._pairs, self.notes = read_validation_set(config, scale)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._pairs)

    def run(self, generator: RRDBNet, world: World) -> Scored | None:
        """Validate a generator; None where there are no pairs, and in all processes but the first."""
        if not world.is_first or not self._pairs:
            return None
        results = [np.asarray(enlarge(generator, lr, _TILE, _OVERLAP), np.uint8) for lr, _ in self._pairs]
        shown = [
            np.concatenate([_resized(lr, hr, _NEAREST), _resized(lr, hr, _BICUBIC), result, hr], axis=1)
            for (lr, hr), result in zip(self._pairs[:_SHOWN], results, strict=False)
        ]
        return Scored(self._means(results) | self._bicubic, _stacked(shown))

    @cached_property
    def _bicubic(self) -> dict[str, float]:
        means = self._means([_resized(lr, hr, _BICUBIC) for lr, hr in self._pairs])
        return {f"bicubic_{name}": value for name, value in means.items()}

    def _means(self, results: list[Pixels]) -> dict[str, float]:
        rows = [
            scores(_tensor(result), _tensor(hr), self._scale)
            for (_, hr), result in zip(self._pairs, results, strict=True)
        ]
        return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def _resized(lr: Pixels, hr: Pixels, method: Image.Resampling) -> Pixels:
    return np.asarray(Image.fromarray(lr).resize((hr.shape[1], hr.shape[0]), method))


def _tensor(pixels: Pixels) -> Tensor:
    """Return pixels as (1, 3, H, W) in [0, 1], on the CPU: not every device has the float64 of the scores."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255


def _stacked(rows: list[Pixels]) -> Pixels:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows])
