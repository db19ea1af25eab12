"""Reads and writes generator weights: ours, BasicSR's, Real-ESRGAN's and those of the first ESRGAN releases."""

import io
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from degradekit.errors import DegradekitError
from degradekit.limits import MAX_BLOCKS, MAX_FEATURES
from degradekit.whole_files import write_whole
from degradekit_models.generator import RRDBNet
from degradekit_models.messages import first_line
from degradekit_models.tensor_files import plain_tensors, read_tensors


class WeightsError(DegradekitError):
    """A file does not hold the weights of a generator."""


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
_SCALES = {3: 4, 12: 2, 48: 1}
"""The scale, by the number of channels that the first convolution takes."""
_HOLDERS = ("run", "params_ema", "params", "state_dict", "ema")
"""Keys under which files hold the weights; a run's checkpoint has its average under `run` and `ema`."""


def load_generator(path: str | os.PathLike[str]) -> RRDBNet:
    """Load the generator of a file; its size and scale follow from the weights.

    Args:
        path: `.safetensors`, or a `.pth` with the weights under `params_ema`, `params` or alone; names as published by
            Real-ESRGAN and BasicSR, or by either of ESRGAN's first releases. Of a run's checkpoint, its average.

    Raises:
        WeightsError: The file cannot be read, or holds another network.
    """
    weights = load_weights(path)
    try:
        return make_generator(weights)
    except WeightsError as error:
        raise WeightsError(f"weights: must be an RRDBNet's (got {os.fspath(path)!r}: {error})") from None


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
        raise WeightsError(f"conv_first takes {inputs} channels instead of {', '.join(map(str, _SCALES))}")
    if not 1 <= features <= MAX_FEATURES or len(blocks) > MAX_BLOCKS:
        limits = f"at most {MAX_FEATURES} features and {MAX_BLOCKS} blocks"
        raise WeightsError(f"it must have {limits}, and has {features:,} and {len(blocks):,}")
    size = _SCALES[inputs], features, len(blocks)
    with torch.device("meta"):  # where networks have shapes and no memory
        shapes = {name: value.shape for name, value in RRDBNet(*size).state_dict().items()}
    for name, shape in shapes.items():
        if name not in weights:
            raise WeightsError(f"there is no {name}")
        if weights[name].shape != shape:
            raise WeightsError(f"{name} is {tuple(weights[name].shape)} instead of {tuple(shape)}")
    unknown = sorted(weights.keys() - shapes.keys())
    if unknown:
        raise WeightsError(f"{unknown[0]!r} does not belong to it")
    generator = RRDBNet(*size)
    generator.load_state_dict(weights)
    return generator


def load_weights(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Load a file's weights by our names.

    Raises:
        WeightsError: The file cannot be read, or has no named tensors.
    """
    try:
        data = read_tensors(path)
        for name in _HOLDERS:
            if isinstance(data, Mapping) and isinstance(data.get(name), Mapping):
                data = data[name]
        tensors = plain_tensors(data if isinstance(data, Mapping) else {})
        # A copy, as a mapped file could not be replaced on Windows.
        weights = {_renamed(name): value.detach().to(torch.float32, copy=True) for name, value in tensors.items()}
    except Exception as error:  # of disks, zips and pickles
        raise WeightsError(f"weights: cannot be read (got {os.fspath(path)!r}: {first_line(error)})") from None
    if not weights:
        raise WeightsError(f"weights: must be a file of named tensors (got {os.fspath(path)!r})")
    return weights


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


def _renamed(name: str) -> str:
    name = name.removeprefix("module.")  # of a network that was saved inside DistributedDataParallel
    for pattern, ours in _FIRST_RELEASE:
        if re.match(pattern, name):
            return re.sub("^" + pattern, ours, name)
    return name
