"""Makes every pair and keeps none, for measuring."""

import hashlib
from collections.abc import Iterator, Sequence

from degradekit.dataset.formats.base import Format, Row
from degradekit.storage import Folder


class Null(Format):
    """Writes an empty file for each shard."""

    extension = ".null"
    keeps_rows = False

    def add(self, rows: Sequence[Row]) -> None:
        """Forget the rows."""

    def close(self) -> tuple[int, str]:
        """Publish an empty file."""
        self.folder.write_bytes(self.file(self.shard), b"")
        return 0, hashlib.sha256().hexdigest()

    def discard(self) -> None:
        """There is nothing to leave behind."""

    @staticmethod
    def read(folder: Folder, file: str) -> Iterator[Row]:
        """No rows."""
        return iter(())
