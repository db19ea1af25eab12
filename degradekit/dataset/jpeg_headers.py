"""What the header of a JPEG file shows of its compression."""

import io

from degradekit.containers import strip_metadata
from degradekit.decoders import open_header
from degradekit.statistics import jpeg_quality_of_tables

Tables = tuple[tuple[int, ...], tuple[int, ...] | None]
"""The quantization tables of luma and chroma, 64 divisors each, row by row; no second one if channels share it."""


def header_tables(data: bytes) -> Tables | None:
    """Return the quantization tables in the header of a JPEG file, or None for a file of another format.

    Args:
        data: The file's bytes; no pixel is decoded.
    """
    parts = strip_metadata(data)
    if parts.format != "JPEG":
        return None
    try:
        with open_header(io.BytesIO(parts.pixels), "JPEG") as picture:
            tables = picture.quantization  # type: ignore[attr-defined]
            luma, *others = (tuple(tables[component[3]]) for component in picture.layer)  # type: ignore[attr-defined]
    except Exception:  # Pillow raises nearly anything on damaged files
        return None
    return luma, others[0] if others and others[0] != luma else None  # CMYK, and some encoders, have one for all


def header_quality(data: bytes) -> float | None:
    """Return the quality, 1 to 100, that the header of a JPEG file shows.

    Args:
        data: The file's bytes; no pixel is decoded.

    Returns:
        None for files of other formats, and where the tables are not the standard's, scaled by a quality.
    """
    tables = header_tables(data)
    if tables is None:
        return None
    nearest = jpeg_quality_of_tables(*tables)
    return float(nearest.quality) if nearest.is_standard else None
