"""Bounds of the pages of a Parquet file: how many bytes they expand to, known before one is decompressed.

Zstandard can make gigabytes of a kilobyte. Arrow sets aside what the header of a page claims, up to 2 GiB, and fills no
more than that; it does not compare this with the sizes in the file's footer.
"""

from typing import Any

from degradekit.dataset.formats.parquet.thrift import Bytes, integers
from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES, MAX_GROUP_ROWS

_EXPANDED, _STORED = 2, 3
"""The fields of a header with the sizes of its page."""
_MAX_HEADER_BYTES = 4096
"""The headers of pages that are written have some thirty."""


def chunk_range(column: Any) -> tuple[int, int]:
    """Return where the pages of a column of a row group are in the file, as Arrow takes it: their start and size.

    Args:
        column: The metadata of the column, as pyarrow has it.
    """
    start, dictionary = column.data_page_offset, column.dictionary_page_offset
    if column.has_dictionary_page and dictionary is not None and 0 < dictionary < start:
        start = dictionary
    return start, column.total_compressed_size


def require_bounded(pages: Bytes, where: str) -> None:
    """Refuse pages that expand to more than a file may have, or whose headers cannot be read.

    Args:
        pages: All pages of a column of a row group.
        where: What an error names: the file, the row group and the column.

    Raises:
        DatasetError: They do.
    """
    at = total = count = 0
    while at < len(pages):
        try:
            header, size = integers(pages[at : at + _MAX_HEADER_BYTES], 0)
            expanded, stored = header[_EXPANDED], header[_STORED]
        except (LookupError, ValueError):
            raise DatasetError(f"{where}: the header of a page is damaged") from None
        total, at, count = total + expanded, at + size + stored, count + 1
        if min(expanded, stored) < 0 or at > len(pages) or count > MAX_GROUP_ROWS + 1:  # each but a dictionary has rows
            raise DatasetError(f"{where}: the header of a page is damaged")
        if total > MAX_FILE_BYTES:
            raise DatasetError(f"{where}: its pages must expand to at most {MAX_FILE_BYTES:,} bytes (got {total:,})")
