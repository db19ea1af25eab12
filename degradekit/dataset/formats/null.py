"""Makes every pair and keeps none, for measuring."""

from collections.abc import Sequence

from degradekit.dataset.formats.base import Format, Writer
from degradekit.dataset.row import Row


class _NullWriter(Writer):
    """Writes an empty file for each shard."""

    def add(self, rows: Sequence[Row]) -> None:
        """Drop the rows."""

    def close(self) -> None:
        self.new.path.touch()


NULL = Format(
    name="null",
    extension=".null",
    writer=_NullWriter,
    reader=None,
    open_hint="nothing was kept in {}",
    card_text=lambda *_: "\nNothing was kept: the format `null` is for measuring.\n",
)
