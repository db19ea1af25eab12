"""Generators from files and into files: ours, BasicSR's, Real-ESRGAN's and the first ESRGAN's."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from degradekit.errors import DegradekitError
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


def load_generator(path: str | os.PathLike[str]) -> RRDBNet:
    """The generator of a file, whose size and scale its weights tell.

    Args:
        path: `.safetensors`, or a `.pth` with the weights under `params_ema`, `params` or alone; names as published by
            Real-ESRGAN and BasicSR, or by either of ESRGAN's first releases.

    Raises:
        WeightsError: It cannot be read, or holds another network.
    """
    state = load_state(path)
    try:
        features, inputs = state["conv_first.weight"].shape[:2]
        scale = {3: 4, 12: 2, 48: 1}[inputs]
        blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("body."))
        generator = RRDBNet(scale, features, blocks)
        generator.load_state_dict(state)
    except (KeyError, ValueError, RuntimeError) as error:
        raise WeightsError(f"weights: must be an RRDBNet's (got {os.fspath(path)!r}: {_short(error)})") from None
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
        raise WeightsError(f"weights: cannot be read (got {os.fspath(path)!r}: {_short(error)})") from None
    for name in ("params_ema", "params", "state_dict"):
        if isinstance(data, Mapping) and isinstance(data.get(name), Mapping):
            data = data[name]
            break
    if not isinstance(data, Mapping) or not data or not all(isinstance(value, Tensor) for value in data.values()):
        raise WeightsError(f"weights: must be a file of named tensors (got {os.fspath(path)!r})")
    return {_renamed(str(name)): value.float() for name, value in data.items()}


def save_generator(generator: RRDBNet, path: str | os.PathLike[str]) -> None:
    """Write the weights whole: `.safetensors`, or BasicSR's `.pth` with them under `params_ema`."""
    state = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    temporary = Path(f"{os.fspath(path)}.tmp")
    if Path(path).suffix == ".safetensors":
        from safetensors.torch import save_file

        save_file(state, temporary, {"format": "pt", "architecture": "RRDBNet", "scale": str(generator.scale)})
    else:
        torch.save({"params_ema": state}, temporary)
    temporary.replace(path)


def _renamed(name: str) -> str:
    for pattern, ours in _FIRST_RELEASE:
        if re.match(pattern, name):
            return re.sub("^" + pattern, ours, name)
    return name


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
