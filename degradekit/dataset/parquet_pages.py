"""Bounds of the pages of a Parquet file: how many bytes they expand to, known before one is decompressed.

Zstandard can make gigabytes of a kilobyte. Arrow sets aside what the header of a page claims, up to 2 GiB, and fills no
more than that; it does not compare this with the sizes in the file's footer. And what a page expands to may stand for
much more: the encoding DELTA_BYTE_ARRAY stores of each text only what differs from the one before.
"""

from collections.abc import Container
from typing import Any

from degradekit.dataset.thrift import Bytes, read_struct
from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES, MAX_GROUP_ROWS

_EXPANDED, _STORED = 2, 3
"""The fields of a header with the sizes of its page."""
_DATA_PAGE, _DATA_PAGE_2 = 5, 8
"""Fields of a header: structs about the values of a page, of which at most one is there."""
_ENCODING, _ENCODING_2 = 2, 4
"""The fields of these structs with the encoding of the values."""
PLAIN = (0,)
PLAIN_OR_DICTIONARY = (0, 2, 8)
"""Encodings of Parquet."""
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


def require_bounded(pages: Bytes, where: str, encodings: Container[int] = PLAIN_OR_DICTIONARY) -> None:
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
        try:
            expanded, stored, encoding, size = _header(pages[at : at + _MAX_HEADER_BYTES])
        except (LookupError, ValueError):
            raise DatasetError(f"{where}: the header of a page is damaged") from None
        total, at, count = total + expanded, at + size + stored, count + 1
        if min(expanded, stored) < 0 or at > len(pages) or count > MAX_GROUP_ROWS + 1:  # each but a dictionary has rows
            raise DatasetError(f"{where}: the header of a page is damaged")
        if encoding not in encodings:
            allowed = "plain or as a dictionary" if 8 in encodings else "plain"
            raise DatasetError(f"{where}: must be stored {allowed} (got encoding {encoding} of Parquet)")
        if total > MAX_FILE_BYTES:
            raise DatasetError(f"{where}: its pages must expand to at most {MAX_FILE_BYTES:,} bytes (got {total:,})")


def _header(data: Bytes) -> tuple[int, int, int, int]:
    """Return the size of a page when it is expanded, and as it is, the encoding of its values, and the header's size.

    Raises:
        LookupError: The header is cut off, or a size is missing.
        ValueError: It is not one.
    """
    header = read_struct(data, 0)
    kinds = header.structs.keys() & {_DATA_PAGE, _DATA_PAGE_2}
    if len(kinds) == 2:
        raise ValueError("a page of two versions")
    encoding = 0
    for kind in kinds:
        values = read_struct(data, header.structs[kind]).integers
        encoding = values.get(_ENCODING if kind == _DATA_PAGE else _ENCODING_2, 0)
    return header.integers[_EXPANDED], header.integers[_STORED], encoding, header.end
