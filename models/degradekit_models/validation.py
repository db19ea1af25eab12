"""Scores and a picture of the averaged generator on pairs that it is not trained on."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image
from torch import Tensor

from degradekit.types import Pixels
from degradekit_models.config import Config
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import scores
from degradekit_models.progress import SILENT, Progress
from degradekit_models.tensors import to_tensor
from degradekit_models.upscale import enlarge
from degradekit_models.validation_pairs import read_validation_set
from degradekit_models.world import World

_SHOWN = 4
_NEAREST, _BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BICUBIC
_TILE = 256


class Scored(NamedTuple):
    """The result of a validation.

    Attributes:
        scores: Mean PSNR and SSIM of RGB and Y.
        bicubic: The same scores of bicubic interpolation; their names begin with `bicubic_`.
        sheet: (H, W, 3) uint8 RGB; for each of the first pairs a row: LR enlarged, bicubic, result, HR.
    """

    scores: dict[str, float]
    bicubic: dict[str, float]
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
        self._bicubic: list[dict[str, float]] = []

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._pairs)

    def run(
        self,
        generator: RRDBNet,
        world: World,
        progress: Progress = SILENT,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Scored | None:
        """Validate a generator.

        Args:
            generator: The network.
            world: This process.
            progress: Is notified of each pair.
            is_stopped: Asked before each pair whether to end early.

        Returns:
            None where there are no pairs, in all processes but the first, and where it was stopped.
        """
        if not world.is_first or not self._pairs:
            return None
        rows: list[dict[str, float]] = []
        shown: list[Pixels] = []
        progress.start_validation(len(self))
        try:
            for lr, hr in self._pairs:
                if is_stopped():
                    return None
                result = np.asarray(enlarge(generator, lr, _TILE), np.uint8)
                rows.append(self._scores(result, hr))
                if len(self._bicubic) < len(rows):
                    self._bicubic.append(self._scores(_resized(lr, hr, _BICUBIC), hr))
                if len(shown) < _SHOWN:
                    row = [_resized(lr, hr, _NEAREST), _resized(lr, hr, _BICUBIC), result, hr]
                    shown.append(np.concatenate(row, axis=1))
                progress.advance_validation()
        finally:
            progress.end_validation()
        bicubic = {f"bicubic_{name}": value for name, value in _means(self._bicubic).items()}
        return Scored(_means(rows), bicubic, _stacked(shown))

    def _scores(self, result: Pixels, hr: Pixels) -> dict[str, float]:
        return scores(_unit_range(result), _unit_range(hr), self._scale)


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def _resized(lr: Pixels, hr: Pixels, method: Image.Resampling) -> Pixels:
    return np.asarray(Image.fromarray(lr).resize((hr.shape[1], hr.shape[0]), method))


def _unit_range(pixels: Pixels) -> Tensor:
    """Return pixels as (1, 3, H, W) in [0, 1], on the CPU: not every device has the float64 of the scores."""
    return to_tensor(pixels)[None].float() / 255


def _stacked(rows: list[Pixels]) -> Pixels:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows])
