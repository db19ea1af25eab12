"""The configuration of a training run, from Python or a YAML file; `NET` and `GAN` hold the paper's two stages."""

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Strict

from degradekit.errors import DegradekitError, Mistake
from degradekit.fields import (
    Between,
    Flag,
    FrozenWeights,
    Integer,
    Mix,
    Number,
    Stored,
    Text,
    Weights,
    weights_of,
)
from degradekit.limits import (
    MAX_BATCH,
    MAX_BLOCKS,
    MAX_FEATURES,
    MAX_ITERATIONS,
    MAX_PATCH,
    MAX_PIXELS,
    MAX_VAL_IMAGES,
    MAX_WORKERS,
)
from degradekit.mistakes import validated
from degradekit.yaml_text import read
from degradekit_models.losses import ADVERSARIAL, LOSSES


class ConfigError(DegradekitError):
    """A field of a training configuration breaks its rule."""


def _path(value: Any) -> Any:
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _paths(value: Any) -> Any:
    if isinstance(value, str | os.PathLike):
        return (_path(value),)
    return tuple(map(_path, value)) if isinstance(value, list | tuple) else value


Location: TypeAlias = Annotated[str | os.PathLike[str], Stored(Text, _path)]
"""A path as text or as an object; the text is held."""
Count = Annotated[Integer, Between(1, MAX_ITERATIONS)]


@validated(ConfigError)
class Config:
    """One run of one stage. The defaults are those of the first stage, `NET`.

    Attributes:
        shards: Parquet datasets of one scale, paths or URLs.
        features, blocks: Size of the generator; None means that of `init`, or the published 64 and 23.
        init: File with generator weights to start from, see `load_generator`. An adversarial run needs one. A run that
            is resumed does not read it again. Where the shards have another scale, or `blocks` asks for others, what
            fits is copied, see `adapted`.
        init_discriminator: File with the weights of a discriminator to start from, see `load_discriminator`; read as
            `init` is. None means new ones.
        vgg19: File with VGG19's weights for the perceptual loss; None means torch's download.
        patch: Side of the HR patches in pixels: a multiple of 4, in an adversarial run a multiple of 8 and >= 16.
        batch: Patches per iteration, in all processes together.
        accumulation_steps: Parts of equal size into which each process splits its share of a batch to save memory; the
            gradients add up.
        iterations: Iterations of the whole run.
        learning_rate: Constant learning rate of Adam.
        ema_decay: Decay of the exponential moving average (EMA) of the generator's weights, in [0, 1).
        loss_weights: The losses of the generator and their weights: names of `LOSSES`, and `adversarial`, which makes
            the run an adversarial one.
        flip: Mirror half of the patches.
        seed: Seed of the weights and of everything that is drawn.
        precision: `bf16` (autocast), `fp32`, or `auto`: bf16 where the device has it.
        compile: Use `torch.compile`.
        device: `cuda`, `mps`, `cpu`, or `auto`.
        workers: Processes that read patches; 0 reads in the run's own process, and None takes one for each processor,
            at most 4.
        val: Folder with HR/ and LR/ to validate on, instead of the datasets' split `validation`.
        val_images: Most pictures to validate on.
        max_pixels: Refuse pictures in `val` with more pixels.
        log_every, val_every, save_every: Iterations between lines of the log, validations and checkpoints.
        tensorboard: Write TensorBoard events too.
    """

    shards: Annotated[Sequence[str | os.PathLike[str]], Stored(Annotated[tuple[Text, ...], Strict()], _paths)] = ()
    features: Annotated[Integer, Between(1, MAX_FEATURES)] | None = None
    blocks: Annotated[Integer, Between(1, MAX_BLOCKS)] | None = None
    init: Location | None = None
    init_discriminator: Location | None = None
    vgg19: Location | None = None
    patch: Annotated[Integer, Between(1, MAX_PATCH)] = 256
    batch: Annotated[Integer, Between(1, MAX_BATCH)] = 48
    accumulation_steps: Annotated[Integer, Between(1, MAX_BATCH)] = 1
    iterations: Count = 1_000_000
    learning_rate: Annotated[Number, Between(0)] = 2e-4
    ema_decay: Number = 0.999
    loss_weights: Annotated[Mix, Weights(*LOSSES, ADVERSARIAL)] = FrozenWeights(l1=1.0)
    flip: Flag = True
    seed: Annotated[Integer, Between(0, 2**63 - 1)] = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    compile: Flag = False
    device: Text = "auto"
    workers: Annotated[Integer, Between(0, MAX_WORKERS)] | None = None
    val: Location | None = None
    val_images: Annotated[Integer, Between(0, MAX_VAL_IMAGES)] = 32
    max_pixels: Count = MAX_PIXELS
    log_every: Count = 100
    val_every: Count = 5000
    save_every: Count = 5000
    tensorboard: Flag = False

    def __post_init__(self) -> None:
        mistakes = []
        multiple, minimum = (8, 16) if self.is_adversarial else (4, 4)
        if self.patch % multiple or self.patch < minimum:
            mistakes.append(Mistake("patch", f"must be a multiple of {multiple} and >= {minimum}", self.patch))
        if not 0 <= self.ema_decay < 1:
            mistakes.append(Mistake("ema_decay", "must be >= 0 and < 1", self.ema_decay))
        if self.batch % self.accumulation_steps:
            rule = f"must be a multiple of accumulation_steps, {self.accumulation_steps}"
            mistakes.append(Mistake("batch", rule, self.batch))
        if self.init_discriminator is not None and not self.is_adversarial:
            rule = f"must not be given without the loss {ADVERSARIAL}, as nothing has a discriminator then"
            mistakes.append(Mistake("init_discriminator", rule, self.init_discriminator))
        if mistakes:
            raise ConfigError(*mistakes)

    @property
    def is_adversarial(self) -> bool:
        """Whether a discriminator is trained along."""
        return ADVERSARIAL in weights_of(self.loss_weights)

    def is_due(self, iteration: int, every: int) -> bool:
        """Return whether something is to be done that is done every so many iterations and after the last one."""
        return iteration == self.iterations or iteration % every == 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        data = asdict(self)
        return data | {
            "shards": [str(shard) for shard in self.shards],
            "loss_weights": dict(weights_of(self.loss_weights)),
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str], stage: "Config | None" = None) -> "Config":
        """Read a YAML file with some of the fields.

        Args:
            path: The file.
            stage: Holds the fields that the file does not name, such as `GAN`; None means `NET`.

        Raises:
            ConfigError: The file cannot be read or is not YAML, or fields are unknown or break their rules; one mistake
                for each.
        """
        data = read(path, ConfigError)
        try:
            if not isinstance(data, dict | None):
                raise ConfigError(Mistake("", "must be a mapping", data))
            return replace(stage or NET, **(data or {}))
        except ConfigError as error:
            raise error.in_file(os.fspath(path)) from None


NET = Config()
"""Real-ESRNet: L1 alone."""
GAN = Config(
    iterations=400_000, learning_rate=1e-4, loss_weights=FrozenWeights(l1=1.0, perceptual=1.0, adversarial=0.1)
)
"""Real-ESRGAN: L1, a perceptual and an adversarial loss, from the weights of a run of `NET`."""
