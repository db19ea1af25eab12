"""Footers of Parquet files, of which the part about one row group is read at a time.

Arrow reads a footer as a whole: of 450 row groups, that takes 3 ms and 6 MB. Who reads pairs in random order from more
shards than can stay open would read a footer for each pair. Here a footer is walked through once, without looking at
its values, and of each row group 8 bytes are kept: where its part begins.
"""

import struct
from array import array

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.formats.parquet.thrift import LIST, Bytes, after, after_struct, list_start

_MAGIC = b"PAR1"
_ROW_GROUPS = 4
"""The field of a footer with the list of the row groups."""
_ONE_STRUCT = b"\x1c"
"""The beginning of a list of one struct."""


def footer_bytes(tail: Bytes) -> int:
    """Return the size of the footer before the last eight bytes of a file."""
    return int.from_bytes(tail[:4], "little")


class Footer:
    """A footer that Arrow has read.

    Args:
        data: The footer, without the eight bytes behind it.

    Raises:
        IndexError, ValueError: It cannot be walked through.
    """

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._list, self._starts = _row_groups(data)

    def metadata(self, group: int) -> pq.FileMetaData:
        """Return the metadata of the file as if it had only one of its row groups."""
        first, last = self._starts[group], self._starts[group + 1]
        data = b"".join((self._data[: self._list], _ONE_STRUCT, self._data[first:last], self._data[self._starts[-1] :]))
        return pq.read_metadata(pa.BufferReader(b"".join((_MAGIC, data, struct.pack("<I", len(data)), _MAGIC))))


def _row_groups(data: Bytes) -> tuple[int, "array[int]"]:
    """Return where the list of row groups begins, and where each of them, with the end of the last one."""
    at = number = 0
    while head := data[at]:
        number, at = number + (head >> 4), at + 1
        if not head >> 4:
            raise ValueError("the fields of a footer are in order")
        if number == _ROW_GROUPS and head & 15 == LIST:
            count, _, first = list_start(data, at)
            starts = array("Q", [first])
            for _ in range(count):
                starts.append(after_struct(data, starts[-1]))
            return at, starts
        at = after(data, at, head & 15)
    raise ValueError("a footer has row groups")
