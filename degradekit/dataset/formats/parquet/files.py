"""Gives Arrow a shard to read: a file mapped into memory, or one behind a URL in few requests."""

import io
import os
from typing import Any

import pyarrow as pa

from degradekit.limits import MAX_FILE_BYTES
from degradekit.storage import Folder

_END_BYTES = 2**16


class StoredFile(io.RawIOBase):
    """A file of which a part is in memory: all of it on a disk, where it is mapped; other parts are requests.

    Attributes:
        size: Bytes of the whole file.
        is_whole: Whether all of it is in memory.
    """

    def __init__(self, folder: Folder, name: str, size: int, start: int, data: Any) -> None:
        self._folder, self._name, self.size = folder, name, size
        self._start, self._data, self._position = start, memoryview(data).cast("B"), 0
        self.is_whole = len(self._data) == size

    @classmethod
    def open(cls, folder: Folder, name: str) -> "StoredFile":
        """Open a file; behind a URL, its end is read.

        Raises:
            FileNotFoundError, OSError, DatasetError: As `Folder.open`.
        """
        path = folder.readable_path(name)
        if path is not None:
            with pa.memory_map(os.fsencode(path)) as mapped:  # what is mapped outlives the open file
                return cls(folder, name, mapped.size(), 0, mapped.read_buffer())
        size = folder.size(name)
        if size is None:
            raise FileNotFoundError(f"{folder}/{name}")
        return cls(folder, name, size, size, b"").holding(max(0, size - _END_BYTES), size)

    def holding(self, start: int, stop: int) -> "StoredFile":
        """Return the file with the bytes from `start` to `stop` in memory, unless these are not within it."""
        if self._start <= start and stop <= self._start + len(self._data):
            return self
        is_part = 0 <= start < stop <= min(self.size, start + MAX_FILE_BYTES)
        if not is_part:
            return self
        return StoredFile(self._folder, self._name, self.size, start, bytes(self.part(start, stop - start)))

    @property
    def held_bytes(self) -> int:
        """Bytes of memory that are taken; what is mapped takes none of its own."""
        return 0 if self.is_whole else len(self._data)

    def for_arrow(self) -> Any:
        """Return what pyarrow reads the file from; each thread needs one of its own."""
        return pa.BufferReader(self._data) if self.is_whole else pa.PythonFile(self, "r")

    def part(self, start: int, size: int) -> bytes | memoryview:
        """Return some bytes, less where the file ends earlier."""
        stop = min(self.size, start + size)
        if self._start <= start and stop <= self._start + len(self._data):
            return self._data[start - self._start : max(start, stop) - self._start]
        return self._folder.read_range(self._name, start, stop)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Set the position, and return it."""
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1) -> Any:
        """Return the bytes from the position on, and move it behind them."""
        data = self.part(self._position, self.size if size < 0 else size)
        self._position += len(data)
        return data
