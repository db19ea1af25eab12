"""Footers of Parquet files, of which the part about one row group is read at a time.

Arrow reads a footer as a whole: of 450 row groups, that takes 3 ms and 6 MB. Who reads pairs in random order from more
shards than can stay open would read a footer for each pair. Here a footer is walked through once, in Thrift's compact
protocol, and of each row group 8 bytes are kept: where its part begins. The only values that are looked at are the
codecs of the columns, as pyarrow ends the process when it is asked for one that Arrow does not know.
"""

import struct
from array import array
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

_MAGIC = b"PAR1"
_TAIL_BYTES = 8
_ROW_GROUPS = 4
_CODEC = (1, 3, 4)
"""The fields that lead from a row group to the codec of a column: columns, metadata, codec."""
_KNOWN_CODECS = range(0, 16, 2)
"""As they are written: twice their value."""
_ONE_STRUCT = b"\x1c"
"""The beginning of a list of one struct."""
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
Bytes = bytes | memoryview
Path = tuple[int, ...]


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
        return pq.read_metadata(pa.BufferReader(b"".join((_MAGIC, data, struct.pack("<I", len(data)), _MAGIC))))


def _row_groups(data: Bytes) -> tuple[int, "array[int]"]:
    """Return where the list of row groups begins, and where each of them, with the end of the last one."""
    at = number = 0
    while head := data[at]:
        number, at = number + (head >> 4), at + 1
        if not head >> 4:
            raise ValueError("the fields of a footer are in order")
        if number == _ROW_GROUPS and head & 15 == _LIST:
            count, _, first = _list_start(data, at)
            starts = array("Q", [first])
            for _ in range(count):
                starts.append(_after_struct(data, starts[-1], _CODEC))
            return at, starts
        at = _after(data, at, head & 15)
    raise ValueError("a footer has row groups")


def _after_struct(data: Bytes, at: int, path: Path = ()) -> int:
    """Return where a struct ends that begins at `at`; on the path of fields to a codec, the codec is checked."""
    number = 0
    while head := data[at]:
        at, kind = at + 1, head & 15
        if head > 15:
            number += head >> 4
        else:
            number, at = _varint(data, at)
            number = number >> 1 ^ -(number & 1)
        if path and number & 0xFFFF == path[0]:
            at = _after(data, at, kind, path[1:])
        elif kind in _INTEGERS:  # most are, so they are not worth a call
            while data[at] > 127:
                at += 1
            at += 1
        elif kind not in (_TRUE, _FALSE):  # which are their own value
            at = _after(data, at, kind)
    return at + 1


def _after(data: Bytes, at: int, kind: int, path: Path | None = None) -> int:
    """Return where a value ends that begins at `at`; where a path ends, it is a codec."""
    if path == () and _varint(data, at)[0] not in _KNOWN_CODECS:
        raise ValueError("a codec that is none of Parquet's")
    if kind in _INTEGERS:
        while data[at] > 127:
            at += 1
        return at + 1
    if kind == _BINARY:
        size, at = _varint(data, at)
        return at + size
    if kind == _STRUCT:
        return _after_struct(data, at, path or ())
    if kind in (_LIST, _SET):
        count, kind, at = _list_start(data, at)
        for _ in range(count):
            at = _after(data, at, kind, path)
        return at
    if kind in (_TRUE, _FALSE, _BYTE):
        return at + 1
    if kind == _DOUBLE:
        return at + 8
    raise ValueError("no such type")


def _list_start(data: Bytes, at: int) -> tuple[int, int, int]:
    """Return the length and the type of a list, and where its first item begins."""
    count, kind = data[at] >> 4, data[at] & 15
    if count < 15:
        return count, kind, at + 1
    count, at = _varint(data, at + 1)
    if count > len(data):
        raise ValueError("a list longer than its footer")
    return count, kind, at


def _varint(data: Bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] > 127:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
    return value | data[at] << shift, at + 1
