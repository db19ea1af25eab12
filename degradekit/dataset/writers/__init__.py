"""Output formats, one file each, and the table of them."""

from degradekit.dataset.writers.base import Row, Writer
from degradekit.dataset.writers.parquet import ParquetWriter

FORMATS: dict[str, type[Writer]] = {"parquet": ParquetWriter}

__all__ = ["FORMATS", "Row", "Writer"]
