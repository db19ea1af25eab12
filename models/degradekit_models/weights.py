"""Generators from files and into files: ours, BasicSR's, Real-ESRGAN's and the first ESRGAN's."""

import io
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from degradekit.errors import DegradekitError
from degradekit_models.files import first_line, write_whole
from degradekit_models.generator import RRDBNet

State = dict[str, Tensor]


class WeightsError(DegradekitError):
    """A file that holds no generator's weights, or others than are needed."""


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
"""Names of ESRGAN's first two releases, and ours for them."""
_SCALES = {3: 4, 12: 2, 48: 1}
"""By the channels that the first convolution takes."""


def load_generator(path: str | os.PathLike[str]) -> RRDBNet:
    """The generator of a file, whose size and scale its weights tell.

    Args:
        path: `.safetensors`, or a `.pth` with the weights under `params_ema`, `params` or alone; names as published by
            Real-ESRGAN and BasicSR, or by either of ESRGAN's first releases. Of a run's checkpoint its average.

    Raises:
        WeightsError: It cannot be read, or holds another network.
    """
    state = load_state(path)
    try:
        return make_generator(state)
    except WeightsError as error:
        raise WeightsError(f"weights: must be an RRDBNet's (got {os.fspath(path)!r}: {error})") from None


def make_generator(state: State) -> RRDBNet:
    """The generator that weights belong to, with them.

    Raises:
        WeightsError: They are no RRDBNet's; why not.
    """
    first, blocks = state.get("conv_first.weight"), {name.split(".")[1] for name in state if name.startswith("body.")}
    if first is None or first.ndim != 4 or not blocks:
        raise WeightsError("there is no conv_first, or no body")
    features, inputs = first.shape[:2]
    if inputs not in _SCALES:
        raise WeightsError(f"conv_first takes {inputs} channels instead of {', '.join(map(str, _SCALES))}")
    generator = RRDBNet(_SCALES[inputs], features, len(blocks))
    for name, expected in generator.state_dict().items():
        if name not in state:
            raise WeightsError(f"there is no {name}")
        if state[name].shape != expected.shape:
            raise WeightsError(f"{name} is {tuple(state[name].shape)} instead of {tuple(expected.shape)}")
    unknown = sorted(state.keys() - generator.state_dict().keys())
    if unknown:
        raise WeightsError(f"there is {unknown[0]} besides")
    generator.load_state_dict(state)
    return generator


def load_state(path: str | os.PathLike[str]) -> State:
    """A file's weights by our names; raises as `load_generator`."""
    try:
        if Path(path).suffix == ".safetensors":
            from safetensors.torch import load_file

            data: Any = load_file(path)
        else:
            data = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # of disks, zips and pickles
        raise WeightsError(f"weights: cannot be read (got {os.fspath(path)!r}: {first_line(error)})") from None
    for name in ("params_ema", "params", "state_dict", "ema"):
        if isinstance(data, Mapping) and isinstance(data.get(name), Mapping):
            data = data[name]
            break
    named = data.items() if isinstance(data, Mapping) else ()
    found = {_renamed(str(name)): value.float() for name, value in named if isinstance(value, Tensor)}
    if not found:
        raise WeightsError(f"weights: must be a file of named tensors (got {os.fspath(path)!r})")
    return found


def save_generator(generator: RRDBNet, path: Path) -> None:
    """Write the weights whole: `.safetensors`, or BasicSR's `.pth` with them under `params_ema`.

    Raises:
        FileError: They cannot be written.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    if path.suffix == ".safetensors":
        from safetensors.torch import save

        data = save(state, {"format": "pt", "architecture": "RRDBNet", "scale": str(generator.scale)})
    else:
        buffer = io.BytesIO()
        torch.save({"params_ema": state}, buffer)
        data = buffer.getvalue()
    write_whole(path, data)


def _renamed(name: str) -> str:
    name = name.removeprefix("module.")  # of a network that was saved as DistributedDataParallel holds it
    for pattern, ours in _FIRST_RELEASE:
        if re.match(pattern, name):
            return re.sub("^" + pattern, ours, name)
    return name
