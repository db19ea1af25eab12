"""The pages of a Parquet file, by their headers: how many bytes they expand to, known before one is decompressed.

Zstandard can make gigabytes of a kilobyte. Arrow sets aside what the header of a page claims, up to 2 GiB, and fills no
more than that; it does not compare this with the sizes in the file's footer. And what a page expands to may stand for
much more: the encoding DELTA_BYTE_ARRAY stores of each text only what differs from the one before.
"""

from collections.abc import Container
from typing import Any

from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES, MAX_GROUP_ROWS

_STOP, _TRUE, _FALSE, _BYTE, _I32, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 3, 5, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
_DATA_PAGE, _DATA_PAGE_2 = 5, 8
"""Fields of a page's header: structs, of which at most one is there."""
PLAIN = (0,)
PLAIN_OR_DICTIONARY = (0, 2, 8)
"""Encodings of Parquet."""
_MAX_DEPTH = 8
_MAX_HEADER_BYTES = 2**15
"""The headers of pages have some thirty, and up to four values of 4 KiB where statistics are written."""


def chunk_range(column: Any) -> tuple[int, int]:
    """Return where the pages of a column of a row group are in the file, as Arrow takes it: their start and size.

    Args:
        column: The metadata of the column, as pyarrow has it.
    """
    start, dictionary = column.data_page_offset, column.dictionary_page_offset
    if column.has_dictionary_page and dictionary is not None and 0 < dictionary < start:
        start = dictionary
    return start, column.total_compressed_size


def require_bounded(pages: bytes | memoryview, where: str, encodings: Container[int] = PLAIN_OR_DICTIONARY) -> None:
    """Refuse pages that expand to more than a file may have, or whose headers cannot be read.

    Args:
        pages: All pages of a column of a row group.
        where: What an error names: the file, the row group and the column.
        encodings: Those that its pages may have.

    Raises:
        DatasetError: They do.
    """
    at = total = count = 0
    while at < len(pages):
        header, count = _Header(pages[at : at + _MAX_HEADER_BYTES]), count + 1
        try:
            expanded, stored, encoding = header.read()
        except (IndexError, ValueError):
            raise DatasetError(f"{where}: the header of a page is damaged") from None
        total += expanded
        at += header.at + stored
        if min(expanded, stored) < 0 or at > len(pages) or count > MAX_GROUP_ROWS + 1:  # each but a dictionary has rows
            raise DatasetError(f"{where}: the header of a page is damaged")
        if encoding not in encodings:
            allowed = "plain or as a dictionary" if 8 in encodings else "plain"
            raise DatasetError(f"{where}: must be stored {allowed} (got encoding {encoding} of Parquet)")
        if total > MAX_FILE_BYTES:
            raise DatasetError(f"{where}: its pages must expand to at most {MAX_FILE_BYTES:,} bytes (got {total:,})")


class _Header:
    """The header of a page, in Thrift's compact protocol.

    Attributes:
        at: The end of what has been read.
    """

    def __init__(self, data: bytes | memoryview) -> None:
        self._data, self.at = data, 0

    def read(self) -> tuple[int, int, int]:
        """Return the size of the page when it is expanded, and as it is, and the encoding of its values.

        Raises:
            IndexError: The header is cut off.
            ValueError: It is not one, or has a field twice, of which readers might take either.
        """
        fields, structs = self._struct(0)
        if not {2, 3} <= fields.keys() or len(structs.keys() & {_DATA_PAGE, _DATA_PAGE_2}) == 2:
            raise ValueError("a size is missing")
        encoding = structs.get(_DATA_PAGE, {}).get(2, 0) or structs.get(_DATA_PAGE_2, {}).get(4, 0)
        return fields[2], fields[3], encoding

    def _struct(self, depth: int) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
        """Read a struct, and return its integers of 32 bits by the number of their field, and those of its structs."""
        integers: dict[int, int] = {}
        structs: dict[int, dict[int, int]] = {}
        seen: set[int] = set()
        number = 0
        while (head := self._byte()) & 15 != _STOP:
            kind = head & 15
            number = number + (head >> 4) if head >> 4 else _signed(self._varint())
            if number in seen or not 0 < number < 2**15:  # beyond, readers take it for another
                raise ValueError("a field twice")
            seen.add(number)
            if kind == _I32:
                integers[number] = _signed(self._varint())
            elif kind == _STRUCT and depth < _MAX_DEPTH:
                structs[number], _ = self._struct(depth + 1)
            elif kind not in (_TRUE, _FALSE):  # which are their own value
                self._skip(kind, depth + 1)
        return integers, structs

    def _skip(self, kind: int, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        if kind in _INTEGERS:
            self._varint()
        elif kind in (_TRUE, _FALSE, _BYTE):
            self.at += 1
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == _BINARY:
            length = self._varint()
            self.at += length
        elif kind in (_LIST, _SET):
            head = self._byte()
            for _ in range(head >> 4 if head >> 4 != 15 else self._varint()):
                self._skip(head & 15, depth + 1)
        elif kind == _STRUCT:
            self._struct(depth)
        else:
            raise ValueError("no such type")

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("too long")


def _signed(value: int) -> int:
    return value >> 1 ^ -(value & 1)
