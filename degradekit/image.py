"""What people hold, as the library's image and back: arrays of 8 and 16 bits, gray without a channel axis, PIL images.

Inside the library an image is float32, (H, W, C) with C = 1 or 3, RGB, nominal range [0, 1]. Files are read and written
by `degradekit.picture_files`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from degradekit.containers import ORIENTATION
from degradekit.decoders import damage
from degradekit.errors import ImageError
from degradekit.modes import flatten, to_pil, upright, whole
from degradekit.types import Image

if TYPE_CHECKING:
    from PIL import Image as PILImage

_CURES = {
    "f": ".astype('float32')",
    "b": ".astype('uint8') * 255",
    "i": ".astype('uint8'), if it holds levels 0..255",
    "u": ".astype('uint8'), if it holds levels 0..255",
}
"""How an array of another type is converted, by NumPy's letter for its kind."""

_OTHER_FLOATS = ("torch.float64", "torch.float16", "torch.bfloat16")
"""Types of tensors that are converted before they become arrays; NumPy has none of the last."""


def to_image(picture: Any) -> tuple[Image, Callable[[Image], Any]]:
    """Turn a person's picture into the library's image.

    Args:
        picture: uint8 or uint16 array, float32 array in [0, 1], or a PIL image; gray (H, W) or (H, W, 1), or RGB
            (H, W, 3). PIL images of other modes are brought to RGB or L by the rules of `picture_files.decode`, but
            those with 16 bits keep them.

    Returns:
        The image, and the function `restore` that clips an image to [0, 1] and turns it into a new picture of the kind
        of `picture`: float32 values stay what they are, levels are rounded half to even, to 16 bits in uint16 arrays
        and PIL images that had 16, and to 8 in uint8 arrays and other PIL images, which become L or RGB.

    Raises:
        ImageError: The type, dtype, shape or range is another one.
    """
    from degradekit.functional.levels import to_float, to_pixels

    if is_pil(picture):
        return _from_pil(picture)
    array = _checked_array(picture)
    flat = array.ndim == 2
    shaped = array[:, :, None] if flat else array

    def restore(convert: Callable[[Image], NDArray[Any]]) -> Callable[[Image], NDArray[Any]]:
        return lambda image: convert(image[:, :, 0] if flat else image)

    if array.dtype == np.uint8:
        return to_float(shaped), restore(to_pixels)
    if array.dtype.kind == "u":
        return _from_16_bits(shaped), restore(lambda image: _to_16_bits(image).astype(array.dtype))
    _require_unit_range(shaped)
    return np.ascontiguousarray(shaped, np.float32), restore(lambda image: np.clip(image, 0, 1).astype(array.dtype))


def checked_image(image: Any) -> Image:
    """Return what is an image of the library already: float32, (H, W, C), in [0, 1].

    Raises:
        ImageError: It is something else.
    """
    is_other_array = isinstance(image, np.ndarray) and (image.dtype != np.float32 or image.ndim == 2)
    if is_pil(image) or is_other_array:
        cure = "; convert it with .astype('float32')" if getattr(image, "dtype", np.dtype("u1")).kind == "f" else ""
        got = f"{image.dtype}, shape {image.shape}" if is_other_array else "a PIL image"
        raise ImageError(
            f"image: must be a float32 array (H, W, C) in [0, 1]{cure}; call the degradation on other kinds (got {got})"
        )
    array: Image = _checked_array(image)
    _require_unit_range(array)
    return array


def _checked_array(picture: Any) -> NDArray[Any]:
    """Return an array that is an image by type and shape: uint8, uint16 or float32; see `to_image`.

    Raises:
        ImageError: It is another one; the message has the conversion that helps.
    """
    if not isinstance(picture, np.ndarray):
        raise ImageError(f"image: must be a NumPy array or a PIL image{_cure_of(picture)} (got {_kind_of(picture)})")
    if isinstance(picture, np.ma.MaskedArray):
        raise ImageError("image: must not be a masked array; fill what is masked with .filled(value)")
    array = np.asarray(picture)  # a np.matrix has no third axis
    mistakes = []
    if array.dtype.newbyteorder("=") not in (np.uint8, np.uint16, np.float32):
        cure = _CURES.get(array.dtype.kind)
        mistakes.append("must be uint8, uint16 or float32" + (f"; convert it with {cure}" if cure else ""))
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3)) or array.size == 0:
        mistakes.append(f"must be (H, W), (H, W, 1) or (H, W, 3) with H, W >= 1{_shape_cure(array.shape)}")
    if mistakes:
        got = f"{array.dtype}, shape {array.shape}" if len(mistakes) > 1 else array.dtype
        got = got if "uint8" in mistakes[0] else f"shape {array.shape}"
        raise ImageError(f"image: {', and '.join(mistakes)} (got {got})")
    return array


def _require_unit_range(image: NDArray[Any]) -> None:
    """Refuse float values outside of [0, 1].

    Raises:
        ImageError: There are some, or some that are not finite.
    """
    low, high = float(image.min()), float(image.max())
    if not (low >= 0 and high <= 1):
        cure = "; divide 8-bit levels by 255" if high > 1 else ""
        raise ImageError(f"image: float32 values must lie in [0, 1]{cure} (got [{low:g}, {high:g}])")


def is_pil(picture: object) -> bool:
    """Return whether something is a PIL image, without importing PIL."""
    return any(base.__module__ == "PIL.Image" for base in type(picture).__mro__)


def _shape_cure(shape: tuple[int, ...]) -> str:
    if 0 in shape:
        return ""
    if len(shape) == 4:
        return "; pass the images of a batch one at a time"
    if len(shape) == 3 and shape[2] in (2, 4):
        return f"; leave the alpha channel out with [:, :, :{shape[2] - 1}]"
    if len(shape) == 3 and shape[0] in (1, 3):
        return "; move the channels with .transpose(1, 2, 0)"
    return ""


def _kind_of(picture: object) -> str:
    kind = type(picture)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _cure_of(picture: Any) -> str:
    """Return how something else becomes an array, for what people try; a tensor is known by its methods."""
    if isinstance(picture, str | bytes | bytearray) or hasattr(picture, "__fspath__"):
        return "; open a file with PIL.Image.open(path)"
    if isinstance(picture, list | tuple):
        return "; convert it with np.array(levels, 'uint8')"
    if not (hasattr(picture, "detach") and hasattr(picture, "cpu") and hasattr(picture, "numpy")):
        return "; convert it with np.asarray(...)" if hasattr(picture, "__array__") else ""
    shape = tuple(picture.shape)
    steps = [
        "[0]" * (len(shape) == 4),
        ".detach()" * bool(getattr(picture, "requires_grad", False)),
        ".cpu()" * (getattr(getattr(picture, "device", None), "type", "cpu") != "cpu"),
        ".permute(1, 2, 0)" * (shape[-3:-2] in ((1,), (3,))),
        ".float()" * (str(getattr(picture, "dtype", "")) in _OTHER_FLOATS),
        ".numpy()",
    ]
    return f"; convert it with {''.join(steps)}"


def _from_pil(picture: "PILImage.Image") -> tuple[Image, Callable[[Image], Any]]:
    from degradekit.functional.levels import to_float, to_pixels

    try:
        picture.load()
        stored = upright(whole(picture, picture.info.get("icc_profile")), _orientation(picture))
    except ImageError as error:
        raise error.inside("image") from None
    except Exception as error:  # Pillow raises nearly anything on damaged files, and on an odd `info`.
        raise ImageError(f"image: cannot be loaded: {damage(error)}") from None
    is_deep = stored.levels.dtype == np.uint16
    if is_deep and stored.levels.shape[2] == 1 and stored.profile is None:
        return _from_16_bits(stored.levels), _to_16_bit_pil
    return to_float(flatten(stored)), _to_16_bit_pil if is_deep else lambda image: to_pil(to_pixels(image))


def _orientation(picture: "PILImage.Image") -> int:
    try:
        orientation = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # Pillow raises nearly anything on damaged EXIF data, and warnings may be errors.
        return 1
    return orientation if isinstance(orientation, int) else 1


def _from_16_bits(levels: NDArray[Any]) -> Image:
    return levels.astype(np.float32) / np.float32(65535)


def _to_16_bits(image: Image) -> NDArray[np.uint16]:
    levels: NDArray[np.uint16] = np.rint(np.clip(image, 0, 1) * np.float32(65535)).astype(np.uint16)
    return levels


def _to_16_bit_pil(image: Image) -> "PILImage.Image":
    from PIL import Image as PILImage

    levels = _to_16_bits(image)[:, :, 0].astype("<u2")
    return PILImage.frombytes("I;16", (levels.shape[1], levels.shape[0]), levels.tobytes())
