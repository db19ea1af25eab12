"""The networks that a run starts from: new ones, those of files, or the weights of those that fit."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from torch import Tensor

from degradekit.wording import counted
from degradekit_models.config import Config, ConfigError
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.weights import WeightsError, load_discriminator, load_generator, make_generator

Note = Callable[[str], object]
_FIRST = "conv_first.weight"


def starting_generator(config: Config, scale: int, saved: Mapping[str, Tensor] | None, note: Note) -> RRDBNet:
    """Return the generator that a run begins with: a checkpoint's, that of `init`, what fits of that, or a new one.

    Args:
        config: The configuration of the run.
        scale: HR side / LR side of the data.
        saved: The generator's weights in the checkpoint that the run resumes from, if there is one.
        note: Is called with lines about what is taken of `init`, unless all of the file is.

    Raises:
        ConfigError: An adversarial run has no generator to begin with, or nothing of the generator fits.
        WeightsError: `init` cannot be read, or is not a generator.
    """
    if saved is not None:
        generator = make_generator(saved)
    elif config.init is not None:
        with _errors_of("init"):
            generator = load_generator(config.init, lambda text: note(f"init: {text}"))
    elif config.is_adversarial:
        raise ConfigError("init: must be given, as the stage gan starts from the weights of the stage net")
    else:
        return RRDBNet(scale, config.features or 64, config.blocks or 23)
    size = (generator.scale, generator.features, generator.blocks)
    needed = (scale, config.features or generator.features, config.blocks or generator.blocks)
    if size == needed:
        return generator
    if saved is not None:
        raise ConfigError(
            f"out: must have a generator with scale {needed[0]}, features {needed[1]} and blocks {needed[2]}"
            f" (got scale {size[0]}, features {size[1]} and blocks {size[2]})"
        )
    if needed[1] != size[1]:
        raise ConfigError(
            f"init: must have a generator with features {needed[1]}, as no layer of another width fits"
            f" (got features {size[1]})"
        )
    return adapt_generator(generator, scale, needed[2], note)


def starting_discriminator(config: Config, note: Note) -> UNetDiscriminatorSN:
    """Return the discriminator that a run begins with: that of `init_discriminator`, or a new one.

    Args:
        config: The configuration of the run.
        note: Is called with lines about which weights of the file are taken.

    Raises:
        WeightsError: `init_discriminator` cannot be read, or is not such a discriminator.
    """
    if config.init_discriminator is None:
        return UNetDiscriminatorSN()
    with _errors_of("init_discriminator"):
        return load_discriminator(config.init_discriminator, lambda text: note(f"init_discriminator: {text}"))


@contextmanager
def _errors_of(field: str) -> Iterator[None]:
    """Name the field in errors of weights that it has led to."""
    try:
        yield
    except WeightsError as error:
        raise error.inside(field) from None


def adapt_generator(source: RRDBNet, scale: int, blocks: int, note: Note) -> RRDBNet:
    """Return a generator of another scale or with other blocks that begins with the weights of a trained one.

    Weights are copied by their names, so blocks are taken from the first one on, and additional ones are new. Below x4
    the first convolution gets the pixels of a block as channels. It starts with the weights that make it see the mean
    of each block, which for x2 from x4 makes the network do what the x4 one does with the picture at half its size; for
    x4 from x2, what the x2 one does with each pixel doubled.

    Args:
        source: The trained generator.
        scale: HR side / LR side of the new generator.
        blocks: Residual blocks of the new generator.
        note: Is called with each line of a table of what was copied, changed, new and left out.
    """
    result = RRDBNet(scale, source.features, blocks)
    theirs, ours = source.state_dict(), result.state_dict()
    changed = [_FIRST] if theirs[_FIRST].shape != ours[_FIRST].shape else []
    copied = [name for name in ours if name in theirs and name not in changed]
    new = [name for name in ours if name not in theirs]
    left_out = [name for name in theirs if name not in ours]
    result.load_state_dict(
        ours
        | {name: theirs[name] for name in copied}
        | {name: _first_for(theirs[name], 4 // source.scale, 4 // scale) for name in changed}
    )
    before, after = counted(source.blocks, "block"), counted(blocks, "block")
    note(f"init: x{source.scale} with {before}, as the start of x{scale} with {after}")
    shapes = f"{_FIRST}, {_shape(ours[_FIRST])} from {_shape(theirs[_FIRST])}"
    for what, names, comment in (
        ("copied", copied, "by their names"),
        ("changed", changed, shapes),
        ("new", new, _range(source.blocks, blocks)),
        ("left out", left_out, _range(blocks, source.blocks)),
    ):
        if names:
            note(f"  {what:8}  {len(names):4,} of {len(ours if names is not left_out else theirs):,}  {comment}")
    return result


def _first_for(weight: Tensor, before: int, after: int) -> Tensor:
    """Return the weight of the first convolution for pixel-unshuffling by another factor."""
    features, _, height, width = weight.shape
    if after > before:
        factor = after // before
        blocks = weight.reshape(features, 3, before, before, height, width) / factor**2
        spread = blocks.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
        return spread.reshape(features, 3 * after**2, height, width)
    factor = before // after
    parts = weight.reshape(features, 3, after, factor, after, factor, height, width)
    return parts.sum((3, 5)).reshape(features, 3 * after**2, height, width)


def _range(first: int, end: int) -> str:
    return f"body.{first}" if end == first + 1 else f"body.{first} to body.{end - 1}"


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape))
