"""PNGs that are not compressed, because the page of the Parquet file that holds them is.

Any program opens them: they hold the differences to the row above, PNG's filter Up, in deflate's blocks of bytes that
are stored as they are. Zstandard makes such pages smaller than OpenCV makes the pictures by default, and decodes them
four times as fast. The filter Average makes them 4 % smaller, but each of its pixels waits for the one to its left.
"""

import struct
import zlib
from math import isqrt

import numpy as np

from degradekit.containers.png import START, chunk
from degradekit.types import Pixels

RGB = b"\x08\x02\0\0\0"
"""What follows width and height in the header: 8 bits, RGB, the only compression and filter method, not interlaced."""
_UP = 2
_DEFLATE = b"\x78\x01"
_BLOCK_BYTES = 65_535
"""The most that a stored block holds."""
_END = chunk(b"IEND", b"")
_START_BYTES = 43
"""Bytes of the signature, IHDR, and the beginning of IDAT."""


def begins(data: memoryview, height: int, width: int) -> bool:
    """Return whether a PNG looks like one that `encode` has made, by its size and its first bytes.

    Args:
        data: The file.
        height: The height in its header.
        width: The width in its header.
    """
    stream = height * (1 + 3 * width)
    start = _start(height, width) + _block_start(0, stream) + bytes([_UP])
    return len(data) == _file_bytes(stream) and data[: len(start)] == start


def encode(pixels: Pixels) -> bytes:
    """Encode 8-bit RGB pixels, (H, W, 3), without compression."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1)
    differences = np.empty((height, 1 + rows.shape[1]), np.uint8)
    differences[:, 0] = _UP
    differences[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=differences[1:, 1:])  # integers that wrap around
    stream = differences.reshape(-1).data
    parts: list[bytes | memoryview] = [_start(height, width)]
    for at in range(0, len(stream), _BLOCK_BYTES):
        parts += [_block_start(at, len(stream)), stream[at : at + _BLOCK_BYTES]]
    parts.append(struct.pack(">I", zlib.adler32(stream)))
    checksum = zlib.crc32(b"IDAT" + _DEFLATE)
    for part in parts[1:]:
        checksum = zlib.crc32(part, checksum)
    return b"".join([*parts, struct.pack(">I", checksum), _END])


def decode(data: memoryview, height: int, width: int) -> Pixels | None:
    """Decode a file that `encode` has made, and return None for any other.

    The checksum is compared, so a damaged file counts as another.

    Args:
        data: The file.
        height: The height in its header.
        width: The width in its header.
    """
    if not begins(data, height, width) or data[-len(_END) :] != _END:
        return None
    at, end = _START_BYTES, len(data) - len(_END) - 4
    if zlib.crc32(data[at - len(_DEFLATE) - 4 : end]) != int.from_bytes(data[end : end + 4]):
        return None
    differences = np.empty((height, 1 + 3 * width), np.uint8)
    stream = differences.reshape(-1).data
    for to in range(0, len(stream), _BLOCK_BYTES):
        block = stream[to : to + _BLOCK_BYTES]
        if data[at : at + 5] != _block_start(to, len(stream)):
            return None
        block[:] = data[at + 5 : at + 5 + len(block)]
        at += 5 + len(block)
    if not (differences[:, 0] == _UP).all():
        return None
    return _sums(differences[:, 1:]).reshape(height, width, 3)


def _sums(differences: Pixels) -> Pixels:
    """Return the cumulative sums of the rows, modulo 256.

    They are computed within bands of rows first, in all bands at once, and then from band to band, so NumPy is called
    40 times for 400 rows. `np.cumsum` takes three times as long.
    """
    height, width = differences.shape
    sums = np.array(differences, order="C")
    band = isqrt(height)
    whole = height - height % band
    bands = sums[:whole].reshape(-1, band, width)
    for row in range(1, band):
        bands[:, row] += bands[:, row - 1]
    for index in range(1, len(bands)):
        bands[index] += bands[index - 1, -1]
    for row in range(whole, height):
        sums[row] += sums[row - 1]
    return sums


def _file_bytes(stream: int) -> int:
    return _START_BYTES + 5 * -(-stream // _BLOCK_BYTES) + stream + 8 + len(_END)


def _start(height: int, width: int) -> bytes:
    """Return the file up to its first block."""
    stream = height * (1 + 3 * width)
    length = len(_DEFLATE) + 5 * -(-stream // _BLOCK_BYTES) + stream + 4
    header = chunk(b"IHDR", struct.pack(">II", width, height) + RGB)
    return START + header + struct.pack(">I", length) + b"IDAT" + _DEFLATE


def _block_start(at: int, total: int) -> bytes:
    """Return what precedes the block of a stream of `total` bytes that begins at `at`."""
    length = min(_BLOCK_BYTES, total - at)
    return struct.pack("<BHH", at + length == total, length, 65_535 - length)
