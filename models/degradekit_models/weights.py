"""Reads and writes weights: ours, and those that the field's tools save."""

import io
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from degradekit.errors import DegradekitError
from degradekit.limits import MAX_BLOCKS, MAX_FEATURES
from degradekit.whole_files import write_whole
from degradekit.wording import counted
from degradekit_models.discriminator import UNetDiscriminatorSN
from degradekit_models.generator import RRDBNet
from degradekit_models.messages import first_line
from degradekit_models.state_dicts import NamedWeights, NetworkFamily, NoNetworkError, find_network
from degradekit_models.tensor_files import TensorFileError, read_tensors


class WeightsError(DegradekitError):
    """A file does not hold the weights of the network that it should."""


_GENERATOR = NetworkFamily(
    "an RRDBNet",
    ("body.0.rdb1.conv1.weight", "RRDB_trunk.0.RDB1.conv1.weight", "model.1.sub.0.RDB1.conv1.0.weight"),
    "there is no conv_first with residual dense blocks",
)
_DISCRIMINATOR = NetworkFamily(
    "a UNetDiscriminatorSN",
    ("conv8.weight_orig", "conv8.parametrizations.weight.original"),
    "there is no conv8 with a spectral norm",
)
_FIRST_RELEASE = (
    (r"model\.0\.", "conv_first."),
    (r"model\.1\.sub\.(\d+)\.RDB(\d)\.conv(\d)\.0\.", r"body.\1.rdb\2.conv\3."),
    (r"model\.1\.sub\.\d+\.(weight|bias)", r"conv_body.\1"),
    (r"model\.3\.", "conv_up1."),
    (r"model\.6\.", "conv_up2."),
    (r"model\.8\.", "conv_hr."),
    (r"model\.10\.", "conv_last."),
    (r"RRDB_trunk\.(\d+)\.RDB(\d)\.conv(\d)\.", r"body.\1.rdb\2.conv\3."),
    (r"trunk_conv\.", "conv_body."),
    (r"upconv(\d)\.", r"conv_up\1."),
    (r"HRconv\.", "conv_hr."),
)
"""Patterns of names in ESRGAN's first two releases, and our names for them."""
_UPSAMPLING = r"(?:conv_up|upconv)(\d+)\."
_LAST_OF_FIRST_RELEASE = r"model\.(\d{1,4})\.weight"
_PARAMETRIZED = (
    (r"(conv\d)\.parametrizations\.weight\.original$", r"\1.weight_orig"),
    (r"(conv\d)\.parametrizations\.weight\.0\._(u|v)$", r"\1.weight_\2"),
)
"""Names that torch's newer spectral norm makes, and those of the older one, which the published files have."""
_SCALES = {3: 4, 12: 2, 48: 1}
"""The scale, by the number of channels that the first convolution takes."""
_MOST_DIFFERENCES = 5
"""Differing tensors that a message names."""


def _ignore(_: str) -> None:
    pass


def load_generator(path: str | os.PathLike[str], note: Callable[[str], object] = _ignore) -> RRDBNet:
    """Load the generator of a file; its size and scale follow from the weights.

    Args:
        path: `.safetensors` or what `torch.save` has written, with the names of Real-ESRGAN and BasicSR, or of either
            of ESRGAN's first releases, under any keys and one prefix. Of several generators, such as `params` and
            `params_ema` or those in a run's checkpoint, an average is taken.
        note: Is called with a sentence where the file has several generators.

    Raises:
        WeightsError: The file cannot be read, or holds another network.
    """
    named = _read(path, _GENERATOR, note)
    try:
        _require_two_upsamplings(named.tensors)
        return make_generator({_renamed(name, _FIRST_RELEASE): value for name, value in named.tensors.items()})
    except WeightsError as error:
        raise WeightsError(f"weights: must be an RRDBNet's (got {os.fspath(path)!r}: {error})") from None


def load_discriminator(path: str | os.PathLike[str], note: Callable[[str], object] = _ignore) -> UNetDiscriminatorSN:
    """Load the discriminator of a file: a published one, another tool's, or that of a run's checkpoint.

    Args:
        path: A file as `load_generator` takes it, with the vectors of the spectral norms too.
        note: Is called with a sentence where the file has several discriminators.

    Raises:
        WeightsError: The file cannot be read, or holds another network.
    """
    named = _read(path, _DISCRIMINATOR, note)
    weights = {_renamed(name, _PARAMETRIZED): value for name, value in named.tensors.items()}
    discriminator = UNetDiscriminatorSN()
    try:
        _require_shapes(weights, {name: value.shape for name, value in discriminator.state_dict().items()})
    except WeightsError as error:
        raise WeightsError(f"weights: must be a UNetDiscriminatorSN's (got {os.fspath(path)!r}: {error})") from None
    discriminator.load_state_dict(weights)
    return discriminator


def make_generator(weights: Mapping[str, Tensor]) -> RRDBNet:
    """Make the generator that weights belong to.

    Raises:
        WeightsError: They are not those of an RRDBNet; the message has the reason.
    """
    first = weights.get("conv_first.weight")
    blocks = {name.split(".")[1] for name in weights if name.startswith("body.")}
    if first is None or first.ndim != 4 or not blocks:
        raise WeightsError("there is no conv_first, or no body")
    features, inputs = first.shape[:2]
    if inputs not in _SCALES:
        raise WeightsError(f"conv_first takes {counted(inputs, 'channel')} instead of {', '.join(map(str, _SCALES))}")
    if not 1 <= features <= MAX_FEATURES or len(blocks) > MAX_BLOCKS:
        limits = f"at most {MAX_FEATURES} features and {MAX_BLOCKS} blocks"
        raise WeightsError(f"it must have {limits}, and has {features:,} and {len(blocks):,}")
    size = _SCALES[inputs], features, len(blocks)
    with torch.device("meta"):  # where networks have shapes and no memory
        shapes = {name: value.shape for name, value in RRDBNet(*size).state_dict().items()}
    _require_shapes(weights, shapes)
    generator = RRDBNet(*size)
    generator.load_state_dict(weights)
    return generator


def save_generator(generator: RRDBNet, path: Path) -> None:
    """Write the weights to `.safetensors`, or to BasicSR's kind of `.pth`, where they are under `params_ema`.

    Raises:
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    weights = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    if path.suffix == ".safetensors":
        from safetensors.torch import save

        metadata = {"format": "pt", "architecture": "RRDBNet", "scale": str(generator.scale)}
        data = _with_sorted_header(save(weights, metadata))
    else:
        buffer = io.BytesIO()
        torch.save({"params_ema": weights}, buffer)
        data = buffer.getvalue()
    write_whole(path, data)


def _with_sorted_header(data: bytes) -> bytes:
    """Return a `.safetensors` file with its metadata in order, which safetensors writes in another one each time."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    # As long as before: the header ends with spaces that align the numbers.
    return data[:8] + json.dumps(header, separators=(",", ":")).encode("ascii").ljust(end - 8) + data[end:]


def _read(path: str | os.PathLike[str], family: NetworkFamily, note: Callable[[str], object]) -> NamedWeights:
    try:
        named = find_network(read_tensors(path), family)
    except NoNetworkError as error:
        what = f"{family.title}'s" if str(error) else "a file of named tensors"
        reason = f": {error}" if str(error) else ""
        raise WeightsError(f"weights: must be {what} (got {os.fspath(path)!r}{reason})") from None
    except (OSError, MemoryError, TensorFileError, UnpicklingError) as error:
        raise WeightsError(f"weights: cannot be read (got {os.fspath(path)!r}: {first_line(error)})") from None
    except Exception as error:  # of zips, pickles and torch, for whose readers the file is no such file any more
        reason = f"it is damaged; download or save it again; {first_line(error)}"
        raise WeightsError(f"weights: cannot be read (got {os.fspath(path)!r}: {reason})") from None
    if named.choice:
        note(f"{os.fspath(path)}: {named.choice}")
    return named


def _require_two_upsamplings(weights: Mapping[str, Tensor]) -> None:
    """Refuse ESRGAN's networks of other scales, which enlarge their features once, three times or never.

    Ours enlarge them twice, and the picture is pixel-unshuffled before that for x2 and x1, as in Real-ESRGAN.
    """
    last = [int(match[1]) for name in weights if (match := re.match(_LAST_OF_FIRST_RELEASE, name))]
    count = (
        (max(last) - 4) // 3 if last else len({match[1] for name in weights if (match := re.match(_UPSAMPLING, name))})
    )
    if count != 2:
        raise WeightsError(
            f"it is an ESRGAN with {count} instead of 2 enlargements by 2, for which there is no network"
        )


def _require_shapes(weights: Mapping[str, Tensor], shapes: Mapping[str, torch.Size]) -> None:
    """Raise a WeightsError that compares weights with those of a network, tensor by tensor."""
    differences = [f"there is no {name}" for name in shapes if name not in weights]
    differences += [
        f"{name} is {tuple(weights[name].shape)} instead of {tuple(shape)}"
        for name, shape in shapes.items()
        if name in weights and weights[name].shape != shape
    ]
    differences += [f"{name[:100]!r} does not belong to it" for name in sorted(weights.keys() - shapes.keys())]
    if differences:
        more = len(differences) - _MOST_DIFFERENCES
        shown = [*differences[:_MOST_DIFFERENCES], *([f"{more} more differ"] if more > 0 else [])]
        raise WeightsError("; ".join(shown))


def _renamed(name: str, patterns: tuple[tuple[str, str], ...]) -> str:
    for pattern, ours in patterns:
        if re.match(pattern, name):
            return re.sub("^" + pattern, ours, name)
    return name
