"""Measured kernels: the arrays and pictures of a folder."""

import io
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError, RecipeError
from degradekit.limits import MAX_KERNEL_BYTES, MAX_KERNEL_SIZE
from degradekit.operators.pinned_folder import FolderKind

KERNELS = FolderKind("kernel_folder", "kernels (.npy arrays or pictures)", MAX_KERNEL_BYTES, ".npy")


class KernelFile(NamedTuple):
    """A measured kernel.

    Attributes:
        name: The file's name.
        values: (h, w) float64, >= 0 and not all 0, of any sum.
    """

    name: str
    values: NDArray[np.float64]


@lru_cache(maxsize=8)
def kernels_of(folder: str, digest: str) -> tuple[KernelFile, ...]:
    """Return the kernels of a folder, in the order of the digests of their files.

    Raises:
        RecipeError: The folder has not got the files of the digest, or one is not a kernel.
    """
    contents = KERNELS.contents(folder, digest, RecipeError)
    return tuple(KernelFile(path.name, _values(str(path), data)) for path, data in contents)


def _values(path: str, data: bytes) -> NDArray[np.float64]:
    values = _array(path, data) if path.lower().endswith(".npy") else _levels(path, data)
    if not np.isfinite(values).all() or values.min() < 0:
        raise RecipeError(f"folder: kernels must have finite values >= 0; set the others to 0 (got {path})")
    if not values.any():
        raise RecipeError(f"folder: kernels must have a value above 0 (got {path})")
    scaled: NDArray[np.float64] = values / values.max()
    return scaled


def _array(path: str, data: bytes) -> NDArray[np.float64]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        declared, is_transposed, dtype = read_header(stream)
        shape = tuple(map(int, declared))
    except Exception as error:  # NumPy's parser lets nearly anything of Python's through on damaged files
        reason = str(error).partition("\n")[0]
        raise RecipeError(f"folder: {path} must be an array that numpy.save has written ({reason})") from None
    if dtype.kind not in "fiu":
        raise RecipeError(f"folder: kernels must be arrays of real numbers (got {path}, {dtype})")
    _check_shape(path, shape)
    count = shape[0] * shape[1]
    if len(data) - stream.tell() < count * dtype.itemsize:
        raise RecipeError(f"folder: {path} must be a whole array, and is cut off")
    values = np.frombuffer(data, dtype, count, stream.tell()).reshape(shape, order="F" if is_transposed else "C")
    return np.ascontiguousarray(values, np.float64)


def _levels(path: str, data: bytes) -> NDArray[np.float64]:
    from degradekit.picture_files import decode_whole

    try:
        levels = decode_whole(data, MAX_KERNEL_BYTES).levels
    except ImageError as error:
        raise RecipeError(f"folder: kernels must be pictures or arrays; {path} cannot be read ({error})") from None
    _check_shape(path, levels.shape[:2])
    colors = levels[..., : 1 if levels.shape[2] < 3 else 3]
    sums: NDArray[np.float64] = colors.astype(np.float64).sum(axis=2)
    return sums


def _check_shape(path: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or not 1 <= min(shape) <= max(shape) <= MAX_KERNEL_SIZE:
        rule = f"kernels must have two axes of 1 to {MAX_KERNEL_SIZE} pixels"
        raise RecipeError(f"folder: {rule} (got {path}, shape {shape})")
