"""Makes a shard from the shard of the same name in another dataset."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from degradekit.dataset.manifest import Manifest
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.progress import OnProgress
from degradekit.dataset.row import DigestedTile, Row
from degradekit.dataset.writing import ShardTarget
from degradekit.errors import DatasetError, ImageError
from degradekit.storage import Folder


@dataclass(frozen=True)
class RewriteShard(ABC):
    """The task of making a shard from one of another dataset.

    Attributes:
        source: The other dataset.
        target: Where the shard is written.
    """

    keeps_rows: ClassVar[bool]
    """Whether the new rows must have the digests of the old ones."""

    source: Dataset
    target: ShardTarget

    @abstractmethod
    def make_tile(self, rows: list[Row], on_row: Callable[[], object]) -> DigestedTile:
        """Return the new rows of a tile, and call `on_row` after each row that takes long to make."""

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        rows = self.source.plan.shards[self.target.shard]
        return len(rows)

    def run(self, on_progress: OnProgress) -> Manifest:
        """Read the one shard, and write the other.

        Args:
            on_progress: Called after each row.

        Raises:
            DatasetError: The shard cannot be read, its rows are not those that were written, or the target cannot be
                written.
        """
        manifest = self.source.manifest(self.target.shard)
        done = 0

        def on_row() -> None:
            on_progress(self.photos * min(done / manifest.pairs, 1))

        def made(tiles: Iterator[list[Row]]) -> Iterator[DigestedTile]:
            nonlocal done
            for rows in tiles:
                yield self.make_tile(rows, on_row)
                done += len(rows)
                on_row()

        with self.target.open() as writer:
            photos = self.source.photos(self.target.shard)
            for photo in manifest.photos:
                key, tiles = next(photos, ("", iter(()))) if photo.pairs else (photo.key, iter(()))
                try:
                    written = writer.add(key, made(tiles)) if key == photo.key else None
                except ImageError as error:
                    where = self.source.folder.location
                    raise DatasetError(f"source: {error}; {VERIFY} (got {where!r})") from None
                if written is None or (self.keeps_rows and written != photo):
                    raise DatasetError(
                        f"source: the rows of {photo.key!r} are not those that were written; {VERIFY}"
                        f" (got {self.source.folder.location!r})"
                    )
            writer.skipped += manifest.skipped
            writer.counts.update(manifest.counts)
            return writer.close()


def refuse_itself(folder: Folder, target: Folder) -> None:
    """Refuse to write a dataset from itself, or from a folder below the target, which overwriting would delete.

    Raises:
        DatasetError: That is asked for.
    """
    if target.contains(folder):
        raise DatasetError(
            f"target: must not be the dataset itself, nor a folder that it is in (got {target.location!r})"
        )
