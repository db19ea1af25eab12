"""Footers of which the part about one row group is read."""

import pickle
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_parts import forged, in_file
from hostile_uses import ROWS, refuse
from small_datasets import IN_PROCESS, RECIPE

from degradekit import DatasetError
from degradekit.dataset import Options, Pairs, synthesize
from degradekit.dataset.layout import PHOTOS
from degradekit.dataset.parquet_footers import Footer, footer_range


def footer_of(file) -> bytes:
    data = file.read_bytes()
    start, size = footer_range(len(data), lambda start, size: data[start : start + size])
    return data[start : start + size]


def table(rows: int) -> pa.Table:
    return pa.table(
        {
            "text": [f"row {row}" * 50 for row in range(rows)],
            "tile": [{"y": row, "flags": [True, None, False]} for row in range(rows)],
            "part": [row / 3 for row in range(rows)],
        }
    )


@pytest.mark.parametrize("groups", [1, 14, 15, 300])
def test_the_metadata_of_one_group_are_those_that_arrow_reads(groups, tmp_path):
    """Lists of 15 and more items have their length written in another way."""
    file = tmp_path / "a.parquet"
    pq.write_table(table(2 * groups), file, row_group_size=2, compression="zstd", write_page_index=True)
    whole, footer = pq.ParquetFile(file), Footer(footer_of(file))
    for index in {0, groups // 2, groups - 1}:
        alone = footer.metadata(index)
        assert alone.num_row_groups == 1
        assert alone.schema.equals(whole.metadata.schema)
        assert alone.row_group(0).equals(whole.metadata.row_group(index))
        assert pq.ParquetFile(file, metadata=alone).read_row_group(0).equals(whole.read_row_group(index))


def test_damaged_footers_raise_and_do_not_hang(tmp_path):
    file = tmp_path / "a.parquet"
    pq.write_table(table(40), file, row_group_size=2)
    whole, draws = footer_of(file), random.Random(0)
    for _ in range(300):
        damaged = bytearray(whole[: draws.randrange(1, len(whole) + 1)])
        for _ in range(draws.randrange(4)):
            damaged[draws.randrange(len(damaged))] = draws.randrange(256)
        try:
            Footer(bytes(damaged)).metadata(0)
        except (IndexError, ValueError, RecursionError, OSError, pa.ArrowException):
            continue


def test_a_footer_that_cannot_be_cut_is_named(shards, monkeypatch):
    monkeypatch.setattr("degradekit.dataset.parquet_footers._ROW_GROUPS", 7)
    with pytest.raises(DatasetError, match=r"shards: cannot be read: .*; verify the dataset, which shows how"):
        Pairs(shards)[0]


def test_a_shard_that_is_open_takes_little_memory_and_no_file(photos, tmp_path):
    """A plain list of open files would soon reach the limit of a process, and Arrow's footers fill the memory."""
    synthesize(photos, tmp_path / "shards", RECIPE, Options(tile=32, shard_size=1), engine=IN_PROCESS)
    descriptors = tmp_path.joinpath("/proc/self/fd")
    pairs = Pairs(tmp_path / "shards")
    pairs[0], pairs[-1]
    if descriptors.is_dir():
        before = len(list(descriptors.iterdir()))
        keys = {pairs[index].key for index in range(0, len(pairs), 5)}
        list(pairs.stream(0))
        iterator = pairs.stream(1)
        next(iterator)
        del iterator
        assert len(keys) > 1
        assert len(list(descriptors.iterdir())) <= before  # those that other tests have left may be closed meanwhile
    readers = pairs._random()._readers.values()
    assert len(readers) > 1
    assert all(len(pickle.dumps(list(reader.starts))) + reader.kept_bytes < 20_000 for reader in readers)


def with_unknown_codec(data: bytes) -> bytes:
    """Set the codec of the column of keys, in every row group, to -1."""
    changed = re.sub(rb"\x18\x03key\x15.", b"\x18\x03key\x15\x01", data, flags=re.DOTALL)
    assert changed != data
    return changed


def test_a_codec_that_arrow_does_not_know_is_refused(small_pairs, tmp_path):
    """A process that asks pyarrow for it is ended by the system, without words."""
    refuse(forged(shard=with_unknown_codec), small_pairs, tmp_path, ROWS, "cannot be read: .*a codec that is none of")


def test_so_is_that_of_a_table_of_photos(small_pairs, tmp_path):
    make, rule = (
        in_file(PHOTOS, with_unknown_codec),
        "^meta/photos.parquet: is missing or damaged: a codec that is none",
    )
    refuse(make, small_pairs, tmp_path, ("verify", "export", "redegrade"), rule)


def test_structs_in_structs_do_not_end_the_process(small_pairs, tmp_path):
    def edit(data):
        footer = footer_range(len(data), lambda start, size: data[start : start + size])
        start, end = footer[0], sum(footer) - 1
        deep = data[start:end] + b"\x0c" + b"\x90\x01" + b"\x1c" * 100_000 + b"\0" * 100_002
        return data[:start] + deep + len(deep).to_bytes(4, "little") + b"PAR1"

    refuse(forged(shard=edit), small_pairs, tmp_path, ROWS, "cannot be read")
