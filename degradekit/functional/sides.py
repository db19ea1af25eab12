"""The largest sides that formats and their libraries take."""

from degradekit.errors import ImageError
from degradekit.types import Size


def require_sides(size: Size, max_side: int, codec: str) -> None:
    """Refuse a (height, width) of which a side is too long for a codec.

    Raises:
        ImageError: A side has more than `max_side` pixels.
    """
    if max(size) > max_side:
        raise ImageError(f"image: must have at most {max_side} pixels a side for {codec} (got {size[0]} x {size[1]})")
