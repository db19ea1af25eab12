"""Pages of Parquet files that expand to more than they may are refused before one is decompressed."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_datasets import forge
from hostile_parts import forged, in_file, parquet_again
from hostile_uses import ROWS, refuse

from degradekit import DatasetError
from degradekit.dataset.layout import PHOTOS
from degradekit.dataset.parquet_pages import chunk_range, require_bounded
from degradekit.limits import MAX_FILE_BYTES

ZSTD: dict[str, Any] = {
    "compression": dict.fromkeys(("hr.bytes", "lr.bytes"), "zstd"),
    "write_statistics": False,
}


def varint(value: int) -> bytes:
    """An integer in Thrift's compact protocol."""
    value = value << 1 ^ value >> 63
    groups = []
    while value > 127:
        groups.append(value & 127 | 128)
        value >>= 7
    return bytes([*groups, value])


def header(expanded: int, stored: int, more: bytes = b"") -> bytes:
    """The header of a page: fields 1 to 3 are integers of 32 bits, and a zero ends it."""
    return b"\x15" + varint(0) + b"\x15" + varint(expanded) + b"\x15" + varint(stored) + more + b"\0"


def chunks(data: bytes):
    """The columns of a file: metadata and pages."""
    metadata = pq.read_metadata(io.BytesIO(data))
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            start, size = chunk_range(column)
            yield column, data[start : start + size]


@pytest.mark.parametrize("options", [{}, {"data_page_version": "2.0"}, {"use_dictionary": False}])
@pytest.mark.parametrize("codec", ["zstd", "none"])
def test_the_pages_that_arrow_writes_are_within_bounds(codec, options):
    buffer = io.BytesIO()
    table = pa.table({"text": ["a" * 4096, "b", None] * 900, "number": range(2700)})
    pq.write_table(table, buffer, compression=codec, data_page_size=1000, write_page_checksum=True, **options)
    for column, pages in chunks(buffer.getvalue()):
        require_bounded(pages, "here")
        with pytest.raises(DatasetError, match="the header of a page is damaged"):
            require_bounded(pages[:-1], column.path_in_schema)


HALF = MAX_FILE_BYTES // 2


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        (header(MAX_FILE_BYTES + 1, 0), r"^x: its pages must expand to at most 536,870,912 bytes \(got 536,870,913\)$"),
        (header(2**31 - 1, 1) + b"x", "must expand to at most"),
        ((header(HALF, 3) + b"abc") * 2 + header(1, 0), "must expand to at most"),
        (header(HALF, 0, b"\x12") * 3, "must expand to at most"),
        (header(-1, 0), "damaged"),
        (header(1, -1), "damaged"),
        (header(1, 5) + b"abcd", "damaged"),
        (header(2**32 + 2, 0), "must expand to at most"),  # Thrift takes it for 2
        (header(1, 0, b"\x05" + varint(2) + varint(2**30)), "damaged"),  # a field twice
        (header(1, 0, b"\x05" + varint(2**16 + 2) + varint(2**30)), "damaged"),  # which Thrift takes for field 2
        (b"\x15\0\0", "damaged"),  # without sizes
        (header(1, 0, b"\x1c" * 100), "damaged"),  # structs in structs
        (header(1, 0, b"\x19" + b"\x19" * 5000), "damaged"),  # lists in lists
        (header(1, 0, b"\x18" + varint(10**6) + b"a" * 10**6), "damaged"),
        (header(1, 0, b"\x1b\x11\1\1"), "damaged"),  # a map
        (b"\xff" * 30, "damaged"),
        (header(0, 0) * 2000, "damaged"),
        (
            header(1, 0, b"\x2c\x15\2\x15\x0e\0"),
            r"^x: must be stored plain or as a dictionary \(got encoding 7 of Parquet\)$",
        ),
        (header(1, 0, b"\x5c\x45\x0e\0"), "got encoding 7 of Parquet"),  # a page of version 2
        (header(1, 0, b"\x2c\x25" + varint(2**32 + 7) + b"\0"), "got encoding 4294967303"),  # Thrift takes it for 7
        (header(1, 0, b"\x2c\x25\0\0\x3c\x45\x0e\0"), "damaged"),  # a page of both versions
    ],
)
def test_hostile_headers_are_refused(pages, message):
    with pytest.raises(DatasetError, match=message):
        require_bounded(pages, "x")


def test_every_reader_of_pictures_looks_at_the_headers_first(small_pairs, tmp_path, monkeypatch):
    read = pq.ParquetFile.read_row_group

    def read_row_group(self, index: int, columns: list[str], use_threads: bool) -> pa.Table:
        assert not set(columns) & {"hr.bytes", "lr.bytes"}, "it is read"
        return read(self, index, columns=columns, use_threads=use_threads)

    def make(base, target):
        forge(base, target, shard=parquet_again(**ZSTD))
        monkeypatch.setattr("degradekit.dataset.parquet_pages.MAX_FILE_BYTES", 2000)
        monkeypatch.setattr(pq.ParquetFile, "read_row_group", read_row_group)

    rule = r"row group 0, hr.bytes: its pages must expand to at most 2,000 bytes"
    refuse(make, small_pairs, tmp_path, ROWS, rule)


def claiming(size: int):
    """Return an edit that lets the first page of the LRs claim another size when it is expanded."""

    def edit(data: bytes) -> bytes:
        data = parquet_again(**ZSTD, use_dictionary=False)(data)
        column = next(column for column, _ in chunks(data) if column.path_in_schema == "lr.bytes")
        start, _ = chunk_range(column)
        old = data[start + 3 :][: next(i + 1 for i in range(10) if data[start + 3 + i] < 128)]
        new = varint(size)
        assert len(new) == len(old)
        return data[: start + 3] + new + data[start + 3 + len(old) :]

    return edit


@pytest.mark.parametrize("size", [100, 2**13 - 1])
def test_arrow_refuses_a_page_that_expands_to_another_size_than_it_claims(size, small_pairs, tmp_path):
    refuse(forged(shard=claiming(size)), small_pairs, tmp_path, ROWS, "cannot be read")


@pytest.mark.parametrize("column", ["lr.bytes", "degradation", "key"])
def test_texts_stored_as_differences_are_refused(column, small_pairs, tmp_path):
    """A page of a megabyte may hold a thousand texts of a megabyte."""
    edit = parquet_again(use_dictionary=False, column_encoding={column: "DELTA_BYTE_ARRAY"})
    rule = rf"row group 0, {column}: must be stored plain or as a dictionary \(got encoding 7 of Parquet\)"
    refuse(forged(shard=edit), small_pairs, tmp_path, ROWS, rule)


@pytest.mark.parametrize("options", [{}, {"use_dictionary": False, "column_encoding": {"key": "DELTA_BYTE_ARRAY"}}])
def test_photos_whose_keys_stand_for_many_are_refused(options, small_pairs, tmp_path):
    make = in_file(PHOTOS, parquet_again(**options))
    refuse(make, small_pairs, tmp_path, ("verify", "export"), r"^meta/photos.parquet: key: must be stored plain \(got ")
