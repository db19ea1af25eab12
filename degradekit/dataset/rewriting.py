"""Makes a shard from the shard of the same name in another dataset."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from degradekit.dataset.manifest import Manifest, Photo
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
            for photo, tiles in photos_as_written(self.source, self.target.shard):
                with decoding_errors(self.source):
                    written = writer.add(photo.key, made(tiles))
                if self.keeps_rows and written != photo:
                    raise not_as_written(self.source, photo)
            writer.skipped += manifest.skipped
            writer.counts.update(manifest.counts)
            return writer.close()


def photos_as_written(dataset: Dataset, shard: str) -> Iterator[tuple[Photo, Iterator[list[Row]]]]:
    """Yield what the manifest of a shard holds of each of its photos, and the rows of the photo's tiles.

    Raises:
        DatasetError: The shard cannot be read, or has rows of other photos.
    """
    photos = dataset.photos(shard)
    for photo in dataset.manifest(shard).photos:
        key, tiles = next(photos, ("", iter(()))) if photo.pairs else (photo.key, iter(()))
        if key != photo.key:
            raise not_as_written(dataset, photo)
        yield photo, tiles


def not_as_written(dataset: Dataset, photo: Photo) -> DatasetError:
    """Return the error that the rows of a photo are others than its manifest holds."""
    return DatasetError(
        f"source: the rows of {photo.key!r} are not those that were written; {VERIFY} (got {dataset.folder.location!r})"
    )


@contextmanager
def decoding_errors(dataset: Dataset) -> Iterator[None]:
    """Turn the error of a picture that cannot be decoded into a DatasetError with a cure."""
    try:
        yield
    except ImageError as error:
        raise DatasetError(f"source: {error}; {VERIFY} (got {dataset.folder.location!r})") from None


def refuse_itself(folder: Folder, target: Folder) -> None:
    """Refuse to write a dataset from itself, or from a folder below the target, which overwriting would delete.

    Raises:
        DatasetError: That is asked for.
    """
    if target.contains(folder):
        raise DatasetError(
            f"target: must not be the dataset itself, nor a folder that it is in (got {target.location!r})"
        )
