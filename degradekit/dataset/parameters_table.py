"""The records of a dataset as a table: a row for each pair, a column for each field that was drawn."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from degradekit.dataset.layout import split_of
from degradekit.dataset.measurements import require_table
from degradekit.dataset.opening import Dataset
from degradekit.dataset.pair_rows import PairRow, converted, pair_rows, schema_of, without_lists
from degradekit.dataset.report import Report
from degradekit.errors import DatasetError
from degradekit.known_names import look_up
from degradekit.locations import Location
from degradekit.whole_files import written_whole

_BATCH_CELLS = 2**19
"""Values that are Python objects at a time, some 40 MB of them."""


def parameters(shards: Location, split: str | None = None) -> pa.Table:
    """Return what was drawn for each pair of a finished dataset, as a table; `to_pandas()` makes a data frame of it.

    The columns, which docs/records.md explains, are `key`, `split`, `shard`, `row`, those of the tile, `variant`,
    `scale`, `steps`, and one for each step and field, such as `jpeg_1_quality`, null where a draw has no such step.

    Args:
        shards: The dataset, a path or a URL.
        split: Take this one only; None takes all.

    Raises:
        DatasetError: There is no finished dataset or no such split, or a shard cannot be read.
    """
    table = _Parameters(shards, split)
    return pa.Table.from_batches(table.batches(), table.schema)


def save_parameters(shards: Location, table: Path, split: str | None = None) -> tuple[int, int]:
    """Write the table of `parameters` as Parquet or CSV, by the extension; however long it is, little is in memory.

    CSV is UTF-8; missing values are empty, and lists are JSON.

    Args:
        shards: The dataset, a path or a URL.
        table: The file to write, `.parquet` or `.csv`.
        split: Take this one only; None takes all.

    Returns:
        The number of rows, and that of columns.

    Raises:
        DatasetError: As `parameters`, or the file has another extension.
        DegradekitError: The file cannot be written.
    """
    require_table(table, "table")
    drawn = _Parameters(shards, split)
    rows, is_csv = 0, table.suffix.lower() == ".csv"
    schema = without_lists(drawn.schema) if is_csv else drawn.schema
    with written_whole(table) as new, new.open("wb") as file:
        writer: AbstractContextManager[Any]
        writer = pyarrow.csv.CSVWriter(file, schema) if is_csv else pq.ParquetWriter(file, schema)
        with writer as opened:
            for batch in drawn.batches(schema):
                opened.write_batch(batch)
                rows += batch.num_rows
    return rows, len(schema)


class _Parameters:
    """The rows of a dataset, which are read once for their columns, and again for their values.

    Attributes:
        schema: The columns.
    """

    def __init__(self, shards: Location, split: str | None) -> None:
        self._dataset = Dataset.open_finished(shards)
        self._shards = list(self._dataset.plan.shards)
        if split is not None:
            look_up(Report.load(self._dataset.folder).pairs, split, "split", DatasetError)
            self._shards = [shard for shard in self._shards if split_of(shard) == split]
        self.schema = schema_of(self._rows())

    def batches(self, schema: pa.Schema | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches; with a schema of types that differ, the values are converted."""
        schema = schema or self.schema
        rows = self._rows()
        while some := list(islice(rows, max(1, _BATCH_CELLS // len(schema)))):
            columns = ([row.get(field.name) for row in some] for field in schema)
            arrays = [pa.array(converted(*pair), pair[1]) for pair in zip(columns, schema.types, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _rows(self) -> Iterator[PairRow]:
        return pair_rows(self._dataset, self._shards)
