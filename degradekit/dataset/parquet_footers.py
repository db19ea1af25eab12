"""Footers of Parquet files, of which the part about one row group is read at a time.

Arrow reads a footer as a whole: of 450 row groups, that takes 3 ms and 6 MB. Who reads pairs in random order from more
shards than can stay open would read a footer for each pair. Here a footer is walked through once, and of each row group
8 bytes are kept: where its part begins. The only values that are looked at are the codecs of the columns, as pyarrow
ends the process when it is asked for one that Arrow does not know.
"""

import struct
from array import array
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

from degradekit.dataset.thrift import LIST, Bytes, after, after_struct, list_start

MAGIC = b"PAR1"
"""The beginning of a Parquet file, and its end."""
_TAIL_BYTES = 8
_ROW_GROUPS = 4
"""The field of a footer with the list of the row groups."""
_CODEC = (1, 3, 4)
"""The fields that lead from a row group to the codecs: columns, metadata, codec."""
_CODECS = range(8)
"""Those of Parquet."""
_ONE_STRUCT = b"\x1c"
"""The beginning of a list of one struct."""


def footer_range(file_bytes: int, part: Callable[[int, int], Bytes]) -> tuple[int, int]:
    """Return where the footer of a file is: its start and size.

    Args:
        file_bytes: The size of the file.
        part: Returns bytes of the file, by their start and how many they are.
    """
    end = max(0, file_bytes - _TAIL_BYTES)
    size = min(end, int.from_bytes(part(end, _TAIL_BYTES)[:4], "little"))
    return end - size, size


class Footer:
    """A footer that Arrow has read.

    Args:
        data: The footer, without the eight bytes behind it.

    Raises:
        IndexError, ValueError: It cannot be walked through, or states a codec that Arrow does not know.
    """

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._list, self._starts = _row_groups(data)

    def metadata(self, group: int) -> pq.FileMetaData:
        """Return the metadata of the file as if it had only one of its row groups."""
        first, last = self._starts[group], self._starts[group + 1]
        data = b"".join((self._data[: self._list], _ONE_STRUCT, self._data[first:last], self._data[self._starts[-1] :]))
        return pq.read_metadata(pa.BufferReader(b"".join((MAGIC, data, struct.pack("<I", len(data)), MAGIC))))


def _row_groups(data: Bytes) -> tuple[int, "array[int]"]:
    """Return where the list of row groups begins, and where each of them, with the end of the last one."""
    at = field_id = 0
    while head := data[at]:
        field_id, at = field_id + (head >> 4), at + 1
        if not head >> 4:
            raise ValueError("the fields of a footer are in order")
        if field_id == _ROW_GROUPS and head & 15 == LIST:
            count, _, first = list_start(data, at)
            starts, codecs = array("Q", [first]), list[int]()
            for _ in range(count):
                starts.append(after_struct(data, starts[-1], path=_CODEC, values=codecs))
            if not set(codecs) <= set(_CODECS):
                raise ValueError("a codec that is none of Parquet's")
            return at, starts
        at = after(data, at, head & 15)
    raise ValueError("a footer has row groups")
