"""The largest sides that formats and their libraries take."""

from degradekit.errors import ImageError
from degradekit.types import Image


def require_sides(image: Image, most: int, codec: str) -> None:
    """Refuse an image with a side that is too long for a codec.

    Raises:
        ImageError: A side has more than `most` pixels.
    """
    if max(image.shape[:2]) > most:
        raise ImageError(
            f"image: must have at most {most} pixels a side for {codec} (got {image.shape[0]} x {image.shape[1]})"
        )
