"""The configuration of a training run, from Python or a YAML file; `NET` and `GAN` hold the paper's two stages."""

import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import pairwise
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
    listed,
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
from degradekit.yaml_comments import with_comments_of
from degradekit.yaml_text import read, write
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
Locations: TypeAlias = Annotated[
    Sequence[str | os.PathLike[str]], Stored(Annotated[tuple[Text, ...], Strict()], _paths)
]
"""One path or several; a tuple of texts is held."""
Count = Annotated[Integer, Between(1, MAX_ITERATIONS)]


@validated(ConfigError)
class Config:
    """One run of one stage. The defaults are those of the first stage, `NET`.

    Attributes:
        shards: Parquet datasets of one scale that `degradekit synth` has built: paths or URLs.
        pairs: Your own pairs of the same scale, in addition to the shards or instead of them: a folder with HRs and
            LRs, two folders `HR,LR`, a text file that lists pairs, or `datasets:NAME:HR_COLUMN,LR_COLUMN`. Their HRs
            are not sharpened.
        data_weights: How many patches come from each of `shards` and then each of `pairs`, as a ratio: numbers above 0,
            such as [4, 1]. Empty takes every tile and every own pair once per epoch.
        features: Channels of the generator. None takes those of `init`, or else the published 64.
        blocks: Residual blocks of the generator. None takes those of `init`, or else the published 23.
        init: File with generator weights to start from, .pth or .safetensors; an adversarial run needs one. If it has
            another scale than the data, or other blocks than `blocks`, the weights that fit are copied. A resumed run
            does not read it again.
        init_discriminator: File with discriminator weights to start from; None starts from random ones. A resumed run
            does not read it again.
        vgg19: File with VGG19's weights for the perceptual loss. None lets torch download them.
        patch: Side of the HR patches in pixels: a multiple of 4; in an adversarial run a multiple of 8 and at least 16.
        batch: Patches per iteration, in all processes together.
        accumulation_steps: Parts of equal size into which each process splits its share of a batch to save memory;
            their gradients are added up.
        iterations: Iterations of the whole run.
        learning_rate: Initial learning rate of Adam.
        schedule: How the learning rate changes. `constant` keeps it, `multistep` multiplies it by `gamma` after each of
            `milestones`, and `cosine` lowers it to 0 over `iterations` along half a cosine wave.
        milestones: Iterations for `multistep`, increasing and below `iterations`.
        gamma: Factor by which `multistep` multiplies the learning rate.
        clip_gradient_norm: Largest norm of a network's gradient; larger gradients are scaled down to it. None does not
            clip.
        ema_decay: Decay of the exponential moving average (EMA) of the generator's weights, in [0, 1). In iteration n
            it is at most (1 + n) / (10 + n).
        loss_weights: Losses of the generator and their weights. `adversarial` makes the run an adversarial one, which
            trains a discriminator too.
        flip: Mirror half of the patches.
        seed: Seed of the initial weights and of everything that is drawn.
        precision: `bf16` (autocast), `fp32`, or `auto`, which is bf16 on devices that support it.
        compile: Compile the networks with `torch.compile`.
        device: `cuda`, `mps`, `cpu`, or `auto`.
        workers: Processes that read patches. 0 reads in the training process, and None takes one for each processor, at
            most 4.
        val: Pairs to validate on, written as one of `pairs`. None takes the shards' split `validation`.
        val_images: Largest number of pairs to validate on.
        max_pixels: Refuse pictures in `pairs` and `val` with more pixels.
        log_every: Iterations between lines of the log.
        val_every: Iterations between validations.
        save_every: Iterations between checkpoints.
        tensorboard: Write TensorBoard events too.
    """

    shards: Locations = ()
    pairs: Locations = ()
    data_weights: Annotated[Sequence[float], Stored(Annotated[tuple[Number, ...], Strict()], listed)] = ()
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
    schedule: Literal["constant", "multistep", "cosine"] = "constant"
    milestones: Annotated[Sequence[int], Stored(Annotated[tuple[Count, ...], Strict()], listed)] = ()
    gamma: Annotated[Number, Between(0, 1)] = 0.5
    clip_gradient_norm: Number | None = None
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
        if any(weight <= 0 for weight in self.data_weights):
            mistakes.append(Mistake("data_weights", "must be numbers above 0", list(self.data_weights)))
        if not 0 <= self.ema_decay < 1:
            mistakes.append(Mistake("ema_decay", "must be >= 0 and < 1", self.ema_decay))
        if self.batch % self.accumulation_steps:
            rule = f"must be a multiple of accumulation_steps, {self.accumulation_steps}"
            mistakes.append(Mistake("batch", rule, self.batch))
        if self.init_discriminator is not None and not self.is_adversarial:
            rule = f"must not be given without the loss {ADVERSARIAL}, as there is no discriminator then"
            mistakes.append(Mistake("init_discriminator", rule, self.init_discriminator))
        if bool(self.milestones) != (self.schedule == "multistep"):
            rule = "must be given for the schedule multistep, and for no other"
            mistakes.append(Mistake("milestones", rule, list(self.milestones)))
        elif any(one >= other for one, other in pairwise((*self.milestones, self.iterations))):
            rule = f"must increase and be below iterations, {self.iterations}"
            mistakes.append(Mistake("milestones", rule, list(self.milestones)))
        if self.clip_gradient_norm is not None and not self.clip_gradient_norm > 0:
            mistakes.append(Mistake("clip_gradient_norm", "must be above 0", self.clip_gradient_norm))
        if mistakes:
            raise ConfigError(*mistakes)

    @property
    def is_adversarial(self) -> bool:
        """Whether a discriminator is trained too."""
        return ADVERSARIAL in weights_of(self.loss_weights)

    def is_due(self, iteration: int, every: int) -> bool:
        """Return whether what is done every `every` iterations, and after the last one, is due after an iteration."""
        return iteration == self.iterations or iteration % every == 0

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain data."""
        data = asdict(self)
        return data | {
            "shards": [str(location) for location in self.shards],
            "pairs": [str(location) for location in self.pairs],
            "data_weights": list(self.data_weights),
            "loss_weights": dict(weights_of(self.loss_weights)),
            "milestones": list(self.milestones),
        }

    def to_yaml(self) -> str:
        """Return YAML text with all fields, which `load` reads, and a comment on each."""
        return with_comments_of(Config, write(self.to_dict()))

    @classmethod
    def load(cls, path: str | os.PathLike[str], stage: "Config | None" = None) -> "Config":
        """Read a YAML file with some of the fields, or the `run.yaml` of a run, which has them below `config`.

        Args:
            path: The file.
            stage: Holds the fields that the file does not name, such as `GAN`; None means `NET`.

        Raises:
            ConfigError: The file cannot be read or is not YAML, or fields are unknown or break their rules; one mistake
                for each.
        """
        data = read(path, ConfigError)
        if isinstance(data, dict):
            data = data.get("config", data)
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
