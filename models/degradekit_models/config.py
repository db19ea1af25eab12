"""What a training run is asked for: a YAML file, or fields on the command line; the defaults are the paper's."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from degradekit.errors import DegradekitError
from degradekit.mistakes import mistakes_of


class ConfigError(DegradekitError):
    """A field of a training configuration breaks its rule."""


@dataclass(frozen=True)
class Config:
    """One run of one stage.

    Attributes:
        shards: Parquet datasets, paths or URLs, of one scale.
        features, blocks: Of the generator; None is what `init` has, or the published 64 and 23.
        init: Generator weights to start from, see `load_generator`; the stage `gan` needs some. A run that goes on
            does not read it again.
        vgg19: VGG19's weights for the perceptual loss; None is torch's download.
        patch: Side of the HR patches, in pixels: a multiple of 4, for `gan` a multiple of 8 from 16 on.
        batch: Patches of an iteration, in all processes together.
        parts: Each process goes through its share in so many parts and adds their gradients up.
        iterations: Of the whole run.
        learning_rate: Of Adam, constant; None is the stage's, 2e-4 for `net` and 1e-4 for `gan`.
        ema: Decay of the exponential moving average of the generator's weights.
        pixel, perceptual, adversarial: Weights of the losses; `net` has the first only.
        flip: Mirror half of the patches.
        seed: Of the weights and of everything that is drawn.
        precision: `bf16` (autocast), `fp32`, or `auto`: bf16 where the device has it.
        compile: Use `torch.compile`.
        device: `cuda`, `mps`, `cpu`, or `auto`.
        workers: Processes that read patches; 0 reads in the run's own.
        val: A folder with HR/ and LR/ to validate on, instead of the datasets' split `validation`.
        val_images: Pictures to validate on at most.
        log_every, val_every, save_every: Iterations between lines, validations and checkpoints.
        tensorboard: Write TensorBoard's events too.
    """

    shards: tuple[str, ...] = ()
    features: int | None = None
    blocks: int | None = None
    init: str | None = None
    vgg19: str | None = None
    patch: int = 256
    batch: int = 48
    parts: int = 1
    iterations: int | None = None
    learning_rate: float | None = None
    ema: float = 0.999
    pixel: float = 1.0
    perceptual: float = 1.0
    adversarial: float = 0.1
    flip: bool = True
    seed: int = 0
    precision: str = "auto"
    compile: bool = False
    device: str = "auto"
    workers: int = 4
    val: str | None = None
    val_images: int = 32
    log_every: int = 100
    val_every: int = 5000
    save_every: int = 5000
    tensorboard: bool = False

    def resolved(self, stage: str) -> "Config":
        """With the stage's own defaults.

        Raises:
            ConfigError: A field breaks its rule.
        """
        defaults = {"net": (1_000_000, 2e-4), "gan": (400_000, 1e-4)}[stage]
        config = replace(
            self,
            iterations=defaults[0] if self.iterations is None else self.iterations,
            learning_rate=defaults[1] if self.learning_rate is None else self.learning_rate,
        )
        config._check(stage)
        return config

    @property
    def last(self) -> int:
        """The iteration that the run ends with."""
        assert self.iterations is not None, "resolved() has not been called"
        return self.iterations

    def due(self, iteration: int, every: int) -> bool:
        """Whether it is time for something that is done every so many iterations, and after the last one."""
        return iteration == self.last or iteration % every == 0

    def _check(self, stage: str) -> None:
        for name, low in _AT_LEAST.items():
            value = getattr(self, name)
            if value is not None and not low <= value < math.inf:
                raise ConfigError(f"{name}: must be at least {low} (got {value})")
        multiple, least = {"net": (4, 4), "gan": (8, 16)}[stage]
        if self.patch % multiple or self.patch < least:
            raise ConfigError(f"patch: must be a multiple of {multiple}, at least {least} (got {self.patch})")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"seed: must lie in 0..2**63 - 1 (got {self.seed})")
        if not 0 <= self.ema < 1:
            raise ConfigError(f"ema: must lie in [0, 1) (got {self.ema})")
        if not self.shards:
            raise ConfigError("shards: must name at least one dataset (got none)")
        if self.batch % self.parts:
            raise ConfigError(f"batch: must be a multiple of parts, {self.parts} (got {self.batch})")
        if self.precision not in ("auto", "bf16", "fp32"):
            raise ConfigError(f"precision: must be auto, bf16 or fp32 (got {self.precision!r})")

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self) | {"shards": list(self.shards)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Config":
        """From plain data, checked field by field.

        Raises:
            ConfigError: Fields are unknown or of another type; one line for each.
        """
        if isinstance(data.get("shards"), str):
            data = data | {"shards": [data["shards"]]}
        try:
            return _READER.validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            raise ConfigError(*mistakes_of(error, cls)) from None
        except (TypeError, ValueError, RecursionError) as error:  # of dates, sets, bytes and loops, which YAML has
            raise ConfigError(f"config: must be numbers, texts, lists and mappings ({error})") from None


_READER = TypeAdapter(with_config(ConfigDict(extra="forbid"))(Config))

_AT_LEAST: dict[str, float] = {
    "features": 1,
    "blocks": 1,
    "batch": 1,
    "parts": 1,
    "iterations": 1,
    "learning_rate": 0,
    "pixel": 0,
    "perceptual": 0,
    "adversarial": 0,
    "workers": 0,
    "val_images": 0,
    "log_every": 1,
    "val_every": 1,
    "save_every": 1,
}
