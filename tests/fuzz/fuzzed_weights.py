"""Weights and checkpoints: files of tensors, damaged, and with odd tensors under odd names."""

import io
import json
import random
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from checkpoints import ignore_line
from damage import damaged
from degradekit_models.checkpoint import NAME
from degradekit_models.config import NET, Config
from degradekit_models.generator import RRDBNet
from degradekit_models.train import fit
from degradekit_models.weights import load_generator, save_generator
from fuzzed import Kind, Uses, small_dataset
from odd_data import changed, to_json
from torch import Tensor

_MOST_PARAMETERS = 10**6


class Weights(Kind):
    """Loaded as a generator, and as what a run goes on from."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        torch.manual_seed(0)
        network = RRDBNet(4, features=4, blocks=1)
        shards = (str(small_dataset(folder.parent)),)
        self._config = replace(
            NET, shards=shards, features=4, blocks=1, patch=16, batch=2, iterations=1, workers=0, device="cpu",
            precision="fp32", save_every=1, val_images=0,
        )  # fmt: skip
        fit(self._config, folder / "run", ignore_line)
        self._checkpoint = folder / "run" / NAME
        files = {extension: folder / f"g{extension}" for extension in (".pth", ".safetensors")}
        for path in files.values():
            save_generator(network, path)
        self._files = {extension: path.read_bytes() for extension, path in files.items()}
        self._state = network.state_dict()

    def make(self, draw: random.Random, folder: Path) -> Path:
        """Return a damaged file."""
        kind = draw.randrange(6)
        if kind == 0:
            out = folder / "run"
            shutil.copytree(self.folder / "run", out)
            state = torch.load(out / NAME, weights_only=True)
            (out / NAME).write_bytes(_saved(_odd_tensors(state, draw)))
            return out / NAME
        if kind == 1:
            data, path = self._checkpoint.read_bytes(), folder / "run" / NAME
            path.parent.mkdir()
            path.write_bytes(damaged(data, [data], draw))
            return path
        if kind == 2:
            holder = draw.choice((None, "params", "params_ema", "state_dict", "run"))
            state = _odd_tensors(dict(self._state), draw)
            path = folder / "g.pth"
            path.write_bytes(_saved({holder: state} if holder else state))
            return path
        extension = ".safetensors" if kind > 3 else ".pth"
        data, path = self._files[extension], folder / f"g{extension}"
        path.write_bytes(_odd_header(data, draw) if kind == 5 else damaged(data, [*self._files.values()], draw))
        return path

    def uses(self, made: Path) -> Uses:
        """Load the file as a generator; and where it is a checkpoint, go on from it."""
        yield "load_generator", lambda: _check(load_generator(made))
        if made.name == NAME:
            yield "fit", lambda: _go_on(self._config, made.parent)


def _check(generator: RRDBNet) -> None:
    if sum(parameter.numel() for parameter in generator.parameters()) < _MOST_PARAMETERS:
        with torch.no_grad():
            assert generator(torch.zeros(1, 3, 4, 4)).shape == (1, 3, 4 * generator.scale, 4 * generator.scale)


def _go_on(config: Config, out: Path) -> None:
    fit(replace(config, iterations=2), out, ignore_line)
    assert load_generator(out / "generator.pth").scale == 4


def _odd_tensors(state: Any, draw: random.Random) -> Any:
    """Return a state with a tensor that is odd, or with other data in its structure."""
    if draw.random() < 0.3:
        return changed(state, draw)
    holders = [holder for holder in _mappings(state) if any(isinstance(value, Tensor) for value in holder.values())]
    holder = draw.choice(holders)
    name = draw.choice([name for name, value in holder.items() if isinstance(value, Tensor)])
    holder[draw.choice((name, name, name, "extra", "../x", "body.999999999.rdb1.conv1.weight"))] = _odd(
        holder[name], draw
    )
    return state


def _mappings(data: Any) -> list[dict[Any, Any]]:
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    own = [data] if isinstance(data, dict) else []
    return own + [mapping for value in inner for mapping in _mappings(value)]


def _odd(tensor: Tensor, draw: random.Random) -> Tensor:
    one = torch.zeros(1)
    choices = (
        lambda: torch.full_like(tensor, float("nan")) if tensor.is_floating_point() else tensor,
        lambda: tensor.to(draw.choice((torch.float64, torch.float16, torch.int64, torch.uint8, torch.bool))),
        lambda: tensor.to(torch.complex64),
        lambda: tensor[None],
        lambda: tensor.flatten(),
        lambda: tensor.to_sparse(),
        lambda: torch.zeros(0),
        lambda: torch.tensor(1.0),
        lambda: one.expand(draw.choice((2**20, 2**34, 2**40))),
        lambda: one.expand(draw.choice((2**16, 64, 3)), draw.choice((3, 64, 2**16)), 3, 3),
        lambda: torch.empty(tensor.shape, device="meta"),
        lambda: torch.nn.Parameter(tensor.float()),
    )
    return draw.choice(choices)()


def _saved(data: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(data, buffer)
    return buffer.getvalue()


def _odd_header(data: bytes, draw: random.Random) -> bytes:
    """Return a file of safetensors with another header, whose length fits."""
    (length,) = struct.unpack("<Q", data[:8])
    header = to_json(changed(json.loads(data[8 : 8 + length]), draw), draw).encode("utf-8", "replace")
    return struct.pack("<Q", len(header)) + header + data[8 + length :]
