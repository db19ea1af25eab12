"""Scores and a picture of the averaged generator on pairs that it is not trained on."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from degradekit.dataset import Pairs
from degradekit.errors import ImageError
from degradekit.picture_files import flat_rgb, read_picture
from degradekit.picture_folders import LeftOut, left_out_lines, pictures_in
from degradekit.types import Pixels
from degradekit_models.config import Config, ConfigError
from degradekit_models.generator import RRDBNet
from degradekit_models.metrics import SSIM_WINDOW, scores
from degradekit_models.progress import SILENT, Progress
from degradekit_models.upscale import enlarge
from degradekit_models.world import World

_SHOWN = 4
_NEAREST, _BICUBIC = Image.Resampling.NEAREST, Image.Resampling.BICUBIC
_TILE, _OVERLAP = 256, 32


class Scored(NamedTuple):
    """The result of a validation.

    Attributes:
        scores: Mean PSNR and SSIM of RGB and Y.
        bicubic: Those of bicubic interpolation, by the same names after `bicubic_`.
        sheet: (H, W, 3) uint8 RGB; for each of the first pairs a row: LR enlarged, bicubic, result, HR.
    """

    scores: dict[str, float]
    bicubic: dict[str, float]
    sheet: Pixels


class Validation:
    """Some pairs of the split `validation`, or the first of a folder with HR/ and LR/.

    Attributes:
        left_out: A line for each kind of file of the folder that is left out.

    Args:
        config: The run's configuration.
        scale: HR side / LR side.

    Raises:
        ConfigError: The folder has no pairs of the scale, or a picture is too small for SSIM.
    """

    def __init__(self, config: Config, scale: int) -> None:
        self._scale = scale
        left_out = LeftOut()
        pairs = _pairs_of_folder(config, scale, left_out) if config.val else _pairs_of_split(config)
        self._pairs = []
        self._bicubic: list[dict[str, float]] = []
        self.left_out = left_out_lines(left_out.named())
        least = SSIM_WINDOW + 2 * scale
        for name, lr, hr in islice(pairs, config.val_images):
            if (hr.shape[0], hr.shape[1]) != (lr.shape[0] * scale, lr.shape[1] * scale) or min(hr.shape[:2]) < least:
                raise ConfigError(
                    f"val: every HR must be {scale} times its LR and have sides >= {least}"
                    f" (got {hr.shape[1]} x {hr.shape[0]} and {lr.shape[1]} x {lr.shape[0]} for {name!r})"
                )
            self._pairs.append((lr, hr))

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
                result = np.asarray(enlarge(generator, lr, _TILE, _OVERLAP), np.uint8)
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
        return scores(_tensor(result), _tensor(hr), self._scale)


def _pairs_of_split(config: Config) -> Iterator[tuple[str, Pixels, Pixels]]:
    """Yield key, LR and HR of the splits `validation`, each tile once, at even distances: neighbors share a photo."""
    splits = [Pairs(url, "validation") for url in config.shards if "validation" in Pairs(url).splits]
    tiles = [(pairs, first) for pairs in splits for first in range(0, len(pairs), pairs.variants)]
    count = min(config.val_images, len(tiles))
    for index in range(count):
        pairs, first = tiles[index * len(tiles) // count]
        pair = pairs[first + index % pairs.variants]
        yield pair.key, pair.lr, pair.hr


def _pairs_of_folder(config: Config, scale: int, left_out: LeftOut) -> Iterator[tuple[str, Pixels, Pixels]]:
    """Return names, and pairs named alike in LR/ and HR/; an LR may be named as DIV2K's, with the scale: 0001x4.png."""
    folder = Path(config.val or "")
    lrs, hrs = (pictures_in(folder / name, left_out, at_any_depth=False) for name in ("LR", "HR"))
    by_stem = {path.stem: path for path in lrs}
    pairs = [(by_stem.get(path.stem) or by_stem.get(f"{path.stem}x{scale}"), path) for path in hrs]
    if not any(lr for lr, _ in pairs):
        raise ConfigError(f"val: must hold HR/ and LR/ with pictures of the same names (got {str(folder)!r})")
    for lr, hr in pairs:
        if not lr:
            left_out.add("HRs without an LR of the same name", hr.name)
    used = {lr for lr, _ in pairs}
    for lr in lrs:
        if lr not in used:
            left_out.add("LRs without an HR of the same name", lr.name)
    limit = config.max_pixels
    return ((str(hr), _decoded(lr, limit), _decoded(hr, limit)) for lr, hr in pairs if lr)


def _decoded(path: Path, max_pixels: int) -> Pixels:
    try:
        return flat_rgb(read_picture(path, max_pixels))
    except ImageError as error:
        raise ConfigError(f"val: {error}") from None


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def _resized(lr: Pixels, hr: Pixels, method: Image.Resampling) -> Pixels:
    return np.asarray(Image.fromarray(lr).resize((hr.shape[1], hr.shape[0]), method))


def _tensor(pixels: Pixels) -> Tensor:
    """Return pixels as (1, 3, H, W) in [0, 1], on the CPU: not every device has the float64 of the scores."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255


def _stacked(rows: list[Pixels]) -> Pixels:
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows])
