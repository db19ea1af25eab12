"""Reads files of tensors, which anybody may have made: no code, no compression, no tensor larger than its file."""

import os
import pickletools
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from degradekit.limits import MAX_PARAMETERS, MAX_TENSORS, MAX_WEIGHTS_BYTES
from degradekit.regular_files import open_regular
from degradekit_models.file_signatures import HEAD_BYTES, describe_file

_PRECISIONS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
_CALLED = {
    *("collections OrderedDict", "collections Counter", "builtins set", "__builtin__ set", "_codecs encode"),
    *("torch._utils _rebuild_tensor", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"),
    *("torch Size", "torch device"),
}
"""What a pickled state dict calls. torch allows more, some of which makes tensors that are larger than the file."""
_PICKLES_OF_OLD_FILES = 5
"""torch before 1.6 wrote so many pickles one after another, and then the numbers."""


class TensorFileError(ValueError):
    """A file of tensors is refused; the text has the reason."""


def read_tensors(path: str | os.PathLike[str]) -> Any:
    """Return what a file of safetensors, or one that `torch.save` has written, holds: tensors and plain data.

    Its content decides which it is, as people rename files.

    Raises:
        OSError: It cannot be opened, is not a regular file, or is too large.
        TensorFileError: It is compressed, or asks for more than plain tensors.
        Exception: It is damaged, in the words of torch or safetensors.
    """
    name = os.fspath(path)
    with open_regular(name, MAX_WEIGHTS_BYTES) as file:
        head = file.read(HEAD_BYTES)
        if head[8:9] == b"{":  # the length of the header, and the header
            return _read_safetensors(name)
        is_zip = zipfile.is_zipfile(file)
        if not is_zip and (description := describe_file(head)):
            raise TensorFileError(description)
        for pickled in _pickles(file, is_zip):
            _refuse_odd_calls(pickled)
    # Mapped, so that a tensor lies inside of the file, whatever its size is said to be.
    return torch.load(name, map_location="cpu", weights_only=True, mmap=is_zip)


def plain_tensors(data: Any) -> dict[str, Tensor]:
    """Return the tensors of a mapping by their names, checked by `fault_of` and with at most `MAX_PARAMETERS` numbers.

    Raises:
        TensorFileError: It is not a mapping, one is not a plain tensor, or they are too many.
    """
    if not isinstance(data, Mapping):
        raise TensorFileError("must be named tensors")
    named = {name: value for name, value in data.items() if isinstance(value, Tensor)}
    if len(named) > MAX_TENSORS:
        raise TensorFileError(f"must have at most {MAX_TENSORS:,} tensors, and has {len(named):,}")
    if any(not isinstance(name, str) for name in named):
        raise TensorFileError("the names of tensors must be text")
    count = 0
    for name, value in named.items():
        if fault := fault_of(value):
            raise TensorFileError(f"{name[:100]} {fault}")
        count += value.numel()
        if count > MAX_PARAMETERS:
            raise TensorFileError(f"must have at most {MAX_PARAMETERS:,} numbers")
    return named


def fault_of(tensor: Tensor) -> str:
    """Return why a tensor is not one of finite numbers that lie in its file, or an empty text."""
    plain = type(tensor) in (Tensor, torch.nn.Parameter) and tensor.layout == torch.strided and not tensor.is_nested
    if not plain or tensor.is_quantized or tensor.device.type != "cpu":
        return "must be a plain tensor: dense, not quantized, and with its numbers in the file"
    if tensor.dtype not in _PRECISIONS:
        return f"must hold numbers in float32, float16, bfloat16 or float64, and holds {str(tensor.dtype)[6:]}"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        return f"must have its numbers in the file, and has the shape {_shape(tensor)} without them"
    if not bool(tensor.to(torch.float32).isfinite().all()):
        return "must be finite in float32"
    return ""


def tensors_like(saved: Any, own: Mapping[str, Tensor], what: str) -> dict[str, Tensor]:
    """Return saved tensors that have the names, shapes and types of others.

    Args:
        saved: What a file holds.
        own: What it must be like.
        what: What the tensors are, for the message.

    Raises:
        TensorFileError: They are not.
    """
    tensors = plain_tensors(saved)
    if tensors.keys() != own.keys():
        raise TensorFileError(f"{what}: must have the tensors of this run's network")
    for name, expected in own.items():
        if (tensors[name].shape, tensors[name].dtype) != (expected.shape, expected.dtype):
            raise TensorFileError(f"{what}: {name} must be {expected.dtype} of shape {_shape(expected)}")
    return tensors


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "()"


def _read_safetensors(name: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(name)
    except SafetensorError as error:
        raise TensorFileError(f"it is a safetensors file that is cut off or damaged ({error})") from None


def _pickles(file: BinaryIO, is_zip: bool) -> Iterator[BinaryIO]:
    """Yield the pickles of a file that `torch.save` has written, each at its beginning."""
    file.seek(0)
    if not is_zip:
        yield from [file] * _PICKLES_OF_OLD_FILES
        return
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if not any(Path(member.filename).name == "data.pkl" for member in members):
            raise TensorFileError("it is a zip archive of other files; unpack it, and give the weights in it")
        if any(Path(member.filename).name == "constants.pkl" for member in members):
            raise TensorFileError("it is a TorchScript archive, which is a program; save the network's state_dict()")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise TensorFileError("must not be compressed; torch.save writes such files")
        if len({member.filename for member in members}) < len(members):
            raise TensorFileError("must not have two members of one name")
        for member in members:
            if member.filename.endswith(".pkl"):
                with archive.open(member) as pickled:
                    yield pickled  # type: ignore[misc] # zipfile's files have no common type with others


def _refuse_odd_calls(pickled: BinaryIO) -> None:
    try:
        for opcode, argument, _ in pickletools.genops(pickled):
            if "GLOBAL" in opcode.name and not (argument in _CALLED or _is_storage(argument)):
                needed = f" (it needs {str(argument)[:100].replace(' ', '.')})" if argument else ""
                raise TensorFileError(
                    f"must hold named tensors and plain data only; save the state_dict() of a network{needed}"
                )
    except TensorFileError:
        raise
    except ValueError:
        raise TensorFileError("not a file of named tensors, or one that is cut off") from None


def _is_storage(called: Any) -> bool:
    module, _, name = str(called).partition(" ")
    return module == "torch" and name.isalnum() and (name.endswith("Storage") or name[:1].islower())
