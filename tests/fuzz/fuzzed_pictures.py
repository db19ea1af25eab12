"""Pictures: files of every format and mode, damaged."""

import random
from pathlib import Path

import numpy as np
from damage import damaged
from fuzzed import Kind, Uses
from pictures import edges_ramps_and_texture, whole_pictures

from degradekit import ImageError
from degradekit.picture_files import WRITABLE, Picture, decode, decode_whole, write_picture

_MOST_PIXELS = 2**22


class Pictures(Kind):
    """Decoded in both ways, and written again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._whole = whole_pictures(edges_ramps_and_texture())

    def make(self, draw: random.Random, folder: Path) -> tuple[Path, bytes]:
        """Return a damaged file, and the name under which it may be written again."""
        data = damaged(draw.choice(self._whole), self._whole, draw)
        return folder / f"picture{draw.choice(WRITABLE)}", data

    def uses(self, made: tuple[Path, bytes]) -> Uses:
        """Decode the file."""
        path, data = made
        yield "decode", lambda: _check_pixels(data)
        yield "decode_whole", lambda: _check_picture(decode_whole(data, _MOST_PIXELS))
        yield "write_picture", lambda: write_picture(path, decode_whole(data, _MOST_PIXELS))
        yield "both ways", lambda: _check_both(data)


def _check_pixels(data: bytes) -> None:
    pixels = decode(data, _MOST_PIXELS)
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 0 < pixels.shape[0] * pixels.shape[1] <= _MOST_PIXELS
    assert decode(data, _MOST_PIXELS).tobytes() == pixels.tobytes()


def _check_picture(picture: Picture) -> None:
    assert picture.levels.dtype in (np.uint8, np.uint16)
    assert picture.levels.ndim == 3
    assert picture.levels.shape[2] in (1, 2, 3, 4)
    assert 0 < picture.levels.shape[0] * picture.levels.shape[1] <= _MOST_PIXELS


def _check_both(data: bytes) -> None:
    """Refuse in both ways, or in none."""
    refusals = []
    for way in (decode, decode_whole):
        try:
            way(data, _MOST_PIXELS)
        except ImageError as error:
            refusals.append((way.__name__, error))
    assert len(refusals) != 1, refusals
    if refusals:
        raise refusals[0][1]
