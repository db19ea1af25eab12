"""How Parquet shards store rows."""

import numpy as np
import pyarrow.parquet as pq
from small_datasets import IN_PROCESS, RECIPE, rows

from degradekit.dataset import Options, synthesize
from degradekit.dataset.tiles import Tile


def test_the_same_hr_is_stored_once_for_all_variants(photos, tmp_path):
    """Eight variants take one HR and eight LRs, plus columns and indices of far less than a kilobyte a row."""
    target = tmp_path / "shards"
    synthesize(photos, target, RECIPE, Options(tile=96, step=96, variants=8, shard_size=5), engine=IN_PROCESS)
    stored_rows = rows(target)
    stored = sum(path.stat().st_size for path in (target / "data").iterdir())
    once = sum(len(row["hr"]["bytes"]) for row in stored_rows if row["variant"] == 0)
    lrs = sum(len(row["lr"]["bytes"]) + len(row["degradation"]) for row in stored_rows)
    assert stored < once + lrs + 200 * len(stored_rows) + 8000
    assert sum(len(row["hr"]["bytes"]) for row in stored_rows) > 4 * once


def test_row_groups_hold_whole_tiles(shards):
    for file in (shards / "data").glob("*.parquet"):
        metadata = pq.ParquetFile(file).metadata
        for group in range(metadata.num_row_groups):
            assert metadata.row_group(group).num_rows % 3 == 0
            assert metadata.row_group(group).num_rows <= 1000


def test_more_variants_than_a_row_group_holds_still_store_the_hr_once_in_each(tmp_path):
    from degradekit.dataset.formats import FORMATS
    from degradekit.dataset.row import Row
    from degradekit.storage import Folder

    hr = np.random.default_rng(0).bytes(25_000)
    writer = FORMATS["parquet"].writer(Folder.of(tmp_path), "shard", "data/shard.parquet", ("hr", "lr"))
    for key, variants in (("a", 40), ("b", 1000)):
        writer.add([Row(hr + key.encode(), b"lr", "{}", key, Tile(0, 0, 8, 8, 8, 8), v, 4) for v in range(variants)])
    writer.publish()
    file = pq.ParquetFile(tmp_path / "data" / "shard.parquet")
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [40, 1000]
    assert (tmp_path / "data" / "shard.parquet").stat().st_size < 6 * len(hr)
    cells = file.read().to_pylist()
    assert [(row["key"], row["variant"]) for row in cells] == [("a", v) for v in range(40)] + [
        ("b", v) for v in range(1000)
    ]
    assert all(row["hr"] == {"bytes": hr + row["key"].encode(), "path": None} for row in cells)
