"""Writes one shard with its manifest, whatever its rows come from."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from degradekit.dataset.formats import Row, find_format
from degradekit.dataset.manifest import Manifest, Photo, Skipped
from degradekit.errors import DatasetError, RecipeError
from degradekit.storage import Folder


class ShardWriter:
    """Takes the photos of a shard in order.

    Args:
        target: The dataset's folder.
        plan: Hash of its plan.
        name: Of the shard.
        format: Name of its format.

    Attributes:
        skipped: Photos that could not be used.
        counts: What was left out by choice, or stood out, by description.

    Raises:
        DatasetError: The target cannot be written.
    """

    def __init__(self, target: Folder, plan: str, name: str, format: str) -> None:
        self._target, self._plan, self._name = target, plan, name
        with told(target):
            self._writer = find_format(format)(target, name)
        self._photos: list[Photo] = []
        self.skipped: list[Skipped] = []
        self.counts: Counter[str] = Counter()

    def add(self, key: str, tiles: Iterable[Sequence[Row]]) -> Photo:
        """Write all tiles of a photo; what its manifest tells of them.

        Raises:
            RecipeError: The first one cannot be made.
            DatasetError: A later one cannot, or the target cannot be written.
        """
        pairs, digest = 0, hashlib.sha256()
        iterator = iter(tiles)
        while True:
            try:
                rows = next(iterator)
            except StopIteration:
                break
            except RecipeError as error:
                if pairs:  # The photo is partly in, so that it can no longer be skipped.
                    raise DatasetError(f"recipe: degrades some tiles of {key!r} and not others: {error}") from None
                raise
            with told(self._target):
                self._writer.add(rows)
            for row in rows:
                digest.update(row.digest())
            pairs += len(rows)
        self._photos.append(Photo(key, pairs, digest.hexdigest()))
        return self._photos[-1]

    def close(self) -> Manifest:
        """Publish the shard, and its manifest last."""
        with told(self._target):
            size, sha256 = self._writer.close()
            manifest = Manifest(
                plan=self._plan,
                shard=self._name,
                pairs=sum(photo.pairs for photo in self._photos),
                bytes=size,
                sha256=sha256,
                photos=tuple(self._photos),
                skipped=tuple(self.skipped),
                counts=dict(sorted(self.counts.items())),
            )
            manifest.save(self._target)
        return manifest

    def discard(self) -> None:
        """Leave nothing behind."""
        self._writer.discard()


@contextmanager
def writing(target: Folder, plan: str, name: str, format: str) -> Iterator[ShardWriter]:
    """A shard that leaves nothing behind where the block fails; the block closes it."""
    writer = ShardWriter(target, plan, name, format)
    try:
        yield writer
    except BaseException:
        with suppress(OSError):  # a full disk refuses to close the file too; the first error tells more
            writer.discard()
        raise


@contextmanager
def told(target: Folder) -> Iterator[None]:
    """Tell what the target's disk or service refuses, and how to go on."""
    try:
        yield
    except DatasetError:
        raise
    except Exception as error:  # Services raise exceptions of their own.
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise DatasetError(
            f"target: cannot be written: {reason}; finished shards stay, and the same command goes on"
            f" (got {target.place!r})"
        ) from error
