"""Files of a dataset that are pipes, links, or archives and tables of other kinds are refused by every reader."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hostile_parts import forged, in_file, moved_link, parquet_again, pipe, replaced, row, tar_member
from hostile_uses import ALL, READERS, ROWS, refuse

PLAN, MANIFEST, REPORT = "meta/plan.json", "meta/shards/train-00000-of-00001.json", "meta/report.json"
SHARD = "data/train-00000-of-00001"
NAMES = ("../../../secret", "/etc/passwd", "a/b", "a\0", "..", "", "a\\b", "a:b", "a b")
FILES = [
    (in_file(PLAN, b"{"), ALL, "its meta/plan.json is damaged: must be JSON"),
    (in_file(PLAN, b"[" * 10**5), ALL, "its meta/plan.json is damaged: must be JSON"),
    (in_file(PLAN, b"[]"), ALL, "its meta/plan.json is damaged: must be a mapping"),
    (in_file(PLAN, b'{"version": 1}'), ALL, "was built by another version of degradekit"),
    (
        in_file(PLAN, lambda data: json.dumps(json.loads(data) | {"scale": 2}).encode()),
        ALL,
        "its hash is not that of its content",
    ),
    (in_file(MANIFEST, b"\xff"), ROWS, f"{MANIFEST}.* is damaged: must be JSON"),
    (in_file(REPORT, b'{"skipped": -1}'), ("inspect", "redegrade", "Pairs"), "skipped: must be an integer"),
    (in_file(REPORT, b'{"skipped": 9}'), ("inspect", "redegrade", "Pairs"), "must be the number of lines"),
    (in_file("meta/photos.parquet", b"PAR1"), ("verify", "export", "redegrade"), "meta/photos.parquet: is "),
    (
        in_file("meta/photos.parquet", parquet_again(compression="gzip")),
        ("verify", "export", "redegrade"),
        r"must be compressed by Snappy or not at all \(got GZIP\)",
    ),
    (
        in_file("meta/photos.parquet", parquet_again(lambda table: table.drop_columns(["size"]))),
        ("verify", "export", "redegrade"),
        "must have the columns key",
    ),
    (
        forged(shard=parquet_again(compression="gzip")),
        ROWS,
        r"hr.bytes must be compressed by Zstandard, by Snappy or not at all \(got GZIP\)",
    ),
    (
        forged(shard=parquet_again(compression={"hr.path": "zstd"})),
        ROWS,
        r"hr.path must be compressed by Snappy or not at all \(got ZSTD\)",
    ),
    (
        forged(shard=parquet_again(lambda table: pa.concat_tables([table] * 2000), row_group_size=10**6)),
        ROWS,
        "row groups must have at most 1000 rows",
    ),
    (
        forged(shard=parquet_again(lambda table: pa.concat_tables([table] * 2))),
        ("verify", "export", "redegrade", "Pairs"),
        "rows",
    ),
    (forged(shard=parquet_again(lambda table: table.drop_columns(["key"]))), ROWS, "must have the columns hr"),
    (forged(shard=lambda data: data[:-20]), ROWS, ""),
    (forged("webdataset", shard=tar_member(lambda head: setattr(head, "size", 2**40))), READERS, "must have at most"),
    (forged("webdataset", shard=tar_member(lambda head: setattr(head, "size", 2**27))), READERS, "archive ends"),
    (forged("webdataset", shard=tar_member(lambda head: setattr(head, "type", b"2"))), READERS, "a regular file"),
    (forged("webdataset", shard=tar_member(lambda head: setattr(head, "type", b"S"))), READERS, "a regular file"),
    (forged("webdataset", shard=tar_member(lambda head: setattr(head, "name", "../../x"))), READERS, "a regular file"),
    (forged("webdataset", shard=lambda data: data[:1000]), READERS, "archive ends"),
]
if sys.platform != "win32":
    KINDS = {"pipe": pipe, "folder": Path.mkdir, "link": moved_link}
    RULES = "must be a regular file, and is a named pipe|must be a file, and is a folder|and a link leads out of it"
    PATTERNS = [
        (PLAN, "parquet", ALL),
        (MANIFEST, "parquet", ROWS),
        (REPORT, "parquet", ("inspect", "redegrade", "Pairs")),
        ("meta/photos.parquet", "parquet", ("export", "redegrade")),
        (f"{SHARD}.parquet", "parquet", ROWS),
        (f"{SHARD}.tar", "webdataset", READERS),
        (f"{SHARD}.jsonl", "folder", READERS),
        ("train/HR/*", "folder", READERS),
    ]
    FILES += [
        (replaced(pattern, KINDS[kind], stored_as), uses, RULES if kind == "link" else "")
        for pattern, stored_as, uses in PATTERNS
        for kind in KINDS
    ]
    FILES += [
        (replaced("data", moved_link), ROWS, "and a link leads out of it"),
        (replaced("meta", moved_link), ALL, "and a link leads out of it"),
        (replaced("train", moved_link, "folder"), READERS, "and a link leads out of it"),
    ]


@pytest.mark.parametrize(("make", "uses", "rule"), FILES)
def test_files_of_an_untrusted_dataset_are_refused_by_every_reader(make, uses, rule, small_pairs, tmp_path):
    refuse(make, small_pairs, tmp_path, uses, rule)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_pictures_that_leave_their_folder_are_refused(name, small_pairs, tmp_path):
    make = forged("folder", rows=row("name", name))
    refuse(
        make,
        small_pairs,
        tmp_path,
        READERS,
        "name: must be that of a PNG or WebP file of letters, digits, dots, - and _",
    )
