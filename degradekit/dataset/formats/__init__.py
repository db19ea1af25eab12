"""Formats of shards by name. A new one is a module here and a line in this table."""

from degradekit.dataset.formats.base import Format, GroupReader, IndexedReader, Reader, RowGroup, Writer
from degradekit.dataset.formats.folder import FOLDER
from degradekit.dataset.formats.null import NULL
from degradekit.dataset.formats.parquet import PARQUET
from degradekit.dataset.formats.webdataset import WEBDATASET
from degradekit.errors import DatasetError
from degradekit.known_names import look_up

__all__ = ["FORMATS", "Format", "GroupReader", "IndexedReader", "Reader", "RowGroup", "Writer", "find_format"]

FORMATS = {each.name: each for each in (PARQUET, WEBDATASET, FOLDER, NULL)}


def find_format(name: str) -> Format:
    """Return the format of a name.

    Raises:
        DatasetError: There is no such format.
    """
    return look_up(FORMATS, name, "format", DatasetError)
