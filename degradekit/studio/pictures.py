"""Pictures of the studio's pages: kept in memory, encoded when the browser asks for them, and gone with the process."""

import hashlib
from collections import OrderedDict
from threading import Lock

import numpy as np

from degradekit.dataset.pictures import encode
from degradekit.types import Pixels

_MAX_BYTES = 2**28
"""Memory of the pictures that are kept, 256 MiB: about 300 of 512 x 512, and those of one draw are about 15."""


class PictureStore:
    """The pictures that pages show; those that were shown least recently go first.

    A picture's name follows from its pixels, so that the browser does not load it again while it stays the same, as
    the HR does, and the steps before the one that is edited.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._pictures: OrderedDict[str, Pixels] = OrderedDict()
        self._lock = Lock()

    def put(self, pixels: Pixels) -> str:
        """Keep a picture, (H, W, 3) uint8, and return the path of its address."""
        digest = hashlib.sha256(repr(pixels.shape).encode())
        digest.update(np.ascontiguousarray(pixels).data)
        name = f"{digest.hexdigest()[:32]}.png"
        with self._lock:
            if name not in self._pictures:
                self._pictures[name] = pixels
                self._bytes += pixels.nbytes
            self._pictures.move_to_end(name)
            while self._bytes > self._max_bytes and len(self._pictures) > 1:
                self._bytes -= self._pictures.popitem(last=False)[1].nbytes
        return f"/pictures/{name}"

    def png(self, name: str) -> bytes | None:
        """Return a picture as a PNG file, not compressed, as it stays on this machine; None if it is gone."""
        with self._lock:
            pixels = self._pictures.get(name)
        return None if pixels is None else encode(pixels, "uncompressed png")
