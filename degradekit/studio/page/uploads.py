"""Files that the browser sends, in memory until the page takes them."""

from collections import OrderedDict
from secrets import token_hex

_KEPT = 32
"""Files that wait at most: the real photos that a person chooses at once, and some more."""


class Uploads:
    """Files that pages have sent and not yet asked for; the oldest ones go first."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def put(self, name: str, data: bytes) -> str:
        """Keep a file, and return the key under which it is taken."""
        key = token_hex(8)
        self._files[key] = name, data
        while len(self._files) > _KEPT:
            self._files.popitem(last=False)
        return key

    def take(self, key: str) -> tuple[str, bytes]:
        """Return name and content of a file, and forget it; both are empty where it is gone."""
        return self._files.pop(key, ("", b""))
