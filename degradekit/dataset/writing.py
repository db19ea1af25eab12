"""Writes one shard with its manifest, whatever its rows come from."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from degradekit.dataset.formats import find_format
from degradekit.dataset.manifest import Manifest, Photo, Skipped
from degradekit.dataset.options import Options
from degradekit.dataset.pictures import Encoding, encode
from degradekit.dataset.row import DigestedTile, Row
from degradekit.errors import DatasetError, RecipeError
from degradekit.functional.levels import to_float
from degradekit.retrying import as_dataset_error
from degradekit.step import Step
from degradekit.storage import Folder


@dataclass(frozen=True)
class ShardTarget:
    """Where a shard is written.

    Attributes:
        folder: The folder of the dataset.
        plan: The hash of the dataset's plan.
        shard: The name of the shard.
        options: The options of the plan.
    """

    folder: Folder
    plan: str
    shard: str
    options: Options

    @property
    def encoding(self) -> Encoding:
        """How the pictures of the shard are stored."""
        return find_format(self.options.format).encoding(self.options.picture_format)

    @contextmanager
    def open(self) -> Iterator["ShardWriter"]:
        """Open the shard, which the block closes; where the block fails, neither its file nor its manifest appears.

        Raises:
            DatasetError: The target cannot be written.
        """
        writer = ShardWriter(self)
        try:
            yield writer
        except BaseException:
            with suppress(OSError):  # a full disk refuses to close the file too; the first error has the reason
                writer.discard()
            raise


class ShardWriter:
    """Takes the photos of a shard in order.

    Attributes:
        skipped: Photos that could not be used.
        counts: What was left out by choice, or stood out, by description.
    """

    def __init__(self, target: ShardTarget) -> None:
        self._target = target
        self._photos: list[Photo] = []
        self.skipped: list[Skipped] = []
        self.counts: Counter[str] = Counter()
        options, shard_format = target.options, find_format(target.options.format)
        with write_errors(target.folder):
            file = shard_format.file(target.shard)
            self._writer = shard_format.writer(
                target.folder, target.shard, file, options.pictures, options.picture_format
            )

    def add(self, key: str, tiles: Iterable[DigestedTile]) -> Photo:
        """Write all tiles of a photo, and return what the manifest holds of it.

        Raises:
            RecipeError: The first tile cannot be made.
            DatasetError: A later one cannot, or the target cannot be written.
        """
        pairs, digest = 0, hashlib.sha256()
        iterator = iter(tiles)
        while True:
            try:
                tile = next(iterator)
            except StopIteration:
                break
            except RecipeError as error:
                if pairs:  # part of the photo is written, so that it can no longer be skipped
                    raise DatasetError(f"recipe: degrades some tiles of {key!r} and not others: {error}") from None
                raise
            rows = tile.rows
            if "hr_usm" in self._target.options.pictures:
                rows = with_sharpened_hr(rows, self._target.encoding)
            with write_errors(self._target.folder):
                self._writer.add(rows)
            digest.update(b"".join(tile.digests))
            pairs += len(tile.rows)
        self._photos.append(Photo(key, pairs, digest.hexdigest()))
        return self._photos[-1]

    def close(self) -> Manifest:
        """Publish the shard, and its manifest last."""
        with write_errors(self._target.folder):
            size, sha256 = self._writer.publish()
            manifest = Manifest(
                plan=self._target.plan,
                shard=self._target.shard,
                pairs=sum(photo.pairs for photo in self._photos),
                bytes=size,
                picture_bytes=self._writer.picture_bytes,
                sha256=sha256,
                photos=tuple(self._photos),
                skipped=tuple(self.skipped),
                counts=dict(sorted(self.counts.items())),
            )
            manifest.save(self._target.folder)
        return manifest

    def discard(self) -> None:
        """Delete what has been written."""
        self._writer.discard()


def with_sharpened_hr(rows: Sequence[Row], encoding: Encoding) -> list[Row]:
    """Return the rows of a tile with their sharpened HRs; one that several rows share is made and encoded once.

    Raises:
        DatasetError: A record cannot be read, or be applied to the HR.
    """
    stored: dict[Sequence[Step], bytes] = {(): rows[0].hr}
    completed = []
    for row in rows:
        target = row.target()
        if target.steps not in stored:
            stored[target.steps] = encode(target.to_pixels(to_float(row.decode("hr"))), encoding)
        completed.append(row._replace(hr_usm=stored[target.steps]))
    return completed


def write_errors(folder: Folder) -> AbstractContextManager[None]:
    """Turn what the disk or service of a target raises into a DatasetError."""
    cure = "finished shards stay, build again to resume"
    return as_dataset_error("target: cannot be written", folder.location, cure=cure)
