"""Output formats by the name that `--format` takes. A new one is a file here and a line in this table."""

from degradekit.dataset.formats.base import Format, Row, by_photo
from degradekit.dataset.formats.folder import PairedFolder
from degradekit.dataset.formats.null import Null
from degradekit.dataset.formats.parquet import Parquet
from degradekit.dataset.formats.webdataset import WebDataset
from degradekit.errors import DatasetError

__all__ = ["FORMATS", "Format", "Row", "by_photo", "find_format"]

FORMATS: dict[str, type[Format]] = {
    "parquet": Parquet,
    "webdataset": WebDataset,
    "folder": PairedFolder,
    "null": Null,
}


def find_format(name: str) -> type[Format]:
    """A format by its name.

    Raises:
        DatasetError: There is no such format.
    """
    if name not in FORMATS:
        raise DatasetError(f"format: unknown (got {name!r}); known: {', '.join(FORMATS)}")
    return FORMATS[name]
