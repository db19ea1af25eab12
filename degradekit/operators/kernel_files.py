"""Measured kernels: the arrays and pictures of a folder, and the digest that pins them."""

import io
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import ImageError, Mistake, RecipeError
from degradekit.folder_walks import list_folder
from degradekit.limits import MAX_KERNEL_BYTES, MAX_KERNEL_FILES, MAX_KERNEL_SIZE
from degradekit.picture_folders import why_not_a_picture
from degradekit.regular_files import read_regular


class KernelFile(NamedTuple):
    """A measured kernel.

    Attributes:
        name: The file's name.
        values: (h, w) float64, >= 0 and not all 0, of any sum.
    """

    name: str
    values: NDArray[np.float64]


def digest_of_folder(folder: str) -> str:
    """Return the SHA-256 over the names and the content of a folder's kernels.

    Raises:
        RecipeError: As `kernels_of`.
    """
    return _digest(_contents(folder))


@lru_cache(maxsize=8)
def kernels_of(folder: str, digest: str) -> tuple[KernelFile, ...]:
    """Return the kernels of a folder, sorted by name.

    Raises:
        RecipeError: The folder cannot be read, has no kernels, or others than when the digest was made; or a file is
            not a kernel.
    """
    contents = _contents(folder)
    if (current := _digest(contents)) != digest:
        rule = (
            f"must be that of the kernels in {folder}; use the folder as it was, or leave the digest out for this one"
        )
        raise RecipeError(Mistake("digest", f"{rule}, {current}", digest))
    return tuple(KernelFile(name, _values(f"{folder}/{name}", data)) for name, data in contents)


def _digest(contents: list[tuple[str, bytes]]) -> str:
    digest = sha256()
    for name, data in contents:
        digest.update(sha256(name.encode("utf-8", "surrogatepass")).digest() + sha256(data).digest())
    return digest.hexdigest()


def _contents(folder: str) -> list[tuple[str, bytes]]:
    rule = "must be a folder with measured kernels, .npy arrays or pictures"
    try:
        names = sorted(name for name in list_folder(folder)[1] if _is_kernel(name))
        contents = [(name, read_regular(Path(folder, name), MAX_KERNEL_BYTES)) for name in names[:MAX_KERNEL_FILES]]
    except OSError as error:
        raise RecipeError(f"folder: {rule}; {error.filename or folder} cannot be read ({error.strerror})") from None
    except ValueError as error:  # of a path with a null character
        raise RecipeError(Mistake("folder", f"{rule} ({error})", folder)) from None
    if len(names) > MAX_KERNEL_FILES:
        raise RecipeError(Mistake("folder", f"must have at most {MAX_KERNEL_FILES:,} kernels", len(names)))
    if not contents:
        raise RecipeError(Mistake("folder", f"{rule}, and has none", folder))
    return contents


def _is_kernel(name: str) -> bool:
    return not name.startswith(".") and (name.lower().endswith(".npy") or why_not_a_picture(name) is None)


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
        shape, is_transposed, dtype = read_header(stream)
    except ValueError as error:
        raise RecipeError(f"folder: {path} must be an array that numpy.save has written ({error})") from None
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
