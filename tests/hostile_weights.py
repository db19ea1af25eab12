"""Files of weights as an attacker may make them."""

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch


class _Storage:
    def __init__(self, key: str, count: int) -> None:
        self.key, self.count = key, count


class Call:
    """What a pickle calls when it is read."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.function, self.arguments


class _Pickler(pickle._Pickler):
    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, _Storage):
            return "storage", torch.FloatStorage, value.key, "cpu", value.count
        return None


def claimed(shape: tuple[int, ...], stride: tuple[int, ...], *, count: int = 1, function: Any = None) -> Call:
    """Return a tensor of a shape and strides over a storage that is said to hold `count` numbers."""
    rebuild = function or torch._utils._rebuild_tensor_v2
    return Call(rebuild, _Storage("0", count), 0, shape, stride, False, OrderedDict())


def write_pth(path: Path, content: Any, *, numbers: bytes = b"\0\0\0\0", compression: int = zipfile.ZIP_STORED) -> None:
    """Write what `torch.save` would, whatever the content claims."""
    buffer = io.BytesIO()
    _Pickler(buffer, 2).dump(content)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in (("data.pkl", buffer.getvalue()), ("byteorder", b"little"), ("version", b"3\n")):
            archive.writestr(f"archive/{name}", data)
        archive.writestr("archive/data/0", numbers)


def edited(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path, Mapping[str, Any]], None]:
    """Return a function that writes weights with `torch.save` after a change."""

    def write(path: Path, weights: Mapping[str, Any]) -> None:
        data = dict(weights)
        change(data)
        torch.save(data, path)

    return write
