"""Writes a dataset again in another format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from degradekit.dataset.build import Place, Work, fulfil, ignore
from degradekit.dataset.engines import make_engine
from degradekit.dataset.formats import Row, by_photo, find_format
from degradekit.dataset.manifest import Manifest, Photo, load
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import Report
from degradekit.dataset.writing import ShardWriter, writing
from degradekit.errors import DatasetError
from degradekit.storage import Folder


@dataclass(frozen=True)
class Rewrite:
    """The task of making a shard from the shard of the same name in another dataset.

    Attributes:
        source: The other dataset's folder.
        source_format: Name of its format.
        shard: Name.
        target: The dataset's folder.
        plan: Hash of its plan.
        format: Name of its format.
        photos: In the shard.
    """

    source: Folder
    source_format: str
    shard: str
    target: Folder
    plan: str
    format: str
    photos: int

    def run(self, on_photo: Callable[[], object]) -> Manifest:
        """Read, and write."""
        found = find_format(self.source_format)
        manifest = load(self.source, self.shard)
        if manifest is None:
            raise DatasetError(f"source: has no shard {self.shard} (got {self.source.place!r})")
        with writing(self.target, self.plan, self.shard, self.format) as writer:
            there = by_photo(found.read(self.source, found.file(self.shard)))
            for photo in manifest.photos:
                key, tiles = next(there, ("", iter(()))) if photo.pairs else (photo.key, iter(()))
                if key != photo.key or not self.add(writer, photo, tiles):
                    raise DatasetError(
                        f"source: the rows of {photo.key!r} are not those that were written; verify the dataset"
                        f" (got {self.source.place!r})"
                    )
                on_photo()
            writer.skipped += manifest.skipped
            writer.counts.update(manifest.counts)
            return writer.close()

    def add(self, writer: ShardWriter, photo: Photo, tiles: Iterator[list[Row]]) -> bool:
        """Write one photo's tiles; whether they are as its manifest tells."""
        return writer.add(photo.key, tiles) == photo


def open_finished(place: Place) -> tuple[Folder, Plan]:
    """A dataset that is whole.

    Raises:
        DatasetError: It is none, or not finished, or keeps no rows.
    """
    folder = Folder.of(place)
    plan = Plan.load(folder)
    if folder.size("README.md") is None:
        raise DatasetError(f"shards: the dataset is not finished; finish its build first (got {folder.place!r})")
    if not find_format(plan.format).keeps_rows:
        raise DatasetError(f"shards: the format {plan.format} keeps no rows (got {folder.place!r})")
    return folder, plan


def refuse_itself(folder: Folder, target: Folder) -> None:
    """A dataset cannot be written from itself, nor with `overwrite` from a folder below the target.

    Raises:
        DatasetError: It would be.
    """
    if folder.is_local and target.is_local:
        same = Path(folder.place).resolve().is_relative_to(Path(target.place).resolve())
    else:
        same = f"{folder.place.rstrip('/')}/".startswith(f"{target.place.rstrip('/')}/")
    if same:
        raise DatasetError(f"target: must not be the dataset itself, nor a folder that it is in (got {target.place!r})")


def export(
    shards: Place,
    target: Place,
    format: str,
    *,
    workers: int | None = None,
    overwrite: bool = False,
    on_start: Callable[[int], object] = ignore,
    on_photos: Callable[[int], object] = ignore,
) -> Report:
    """Write a finished dataset again in another format; the content, and so the digest, stays.

    Args:
        shards: The dataset, a path or a URL.
        target: The folder to make.
        format: `parquet`, `webdataset` or `folder`.
        workers: Processes; see `synthesize`.
        overwrite: Delete a degradekit dataset of another plan that is in the way.
        on_start: Called with the number of photos to do.
        on_photos: Called with the number of photos done since the last call.

    Raises:
        DatasetError: There is no finished dataset, or the target cannot be used.
    """
    folder, plan = open_finished(shards)
    target_folder = Folder.of(target)
    refuse_itself(folder, target_folder)
    if not find_format(format).keeps_rows:
        raise DatasetError(f"format: must keep rows (got {format!r})")
    new = replace(plan, record=plan.record | {"shards": format})
    names = plan.shard_names

    def task(number: int) -> Rewrite:
        manifest = load(folder, names[number])
        photos = len(manifest.photos) if manifest else 0
        return Rewrite(folder, plan.format, names[number], target_folder, new.hash, format, photos)

    with make_engine("local", workers, None, len(names)) as engine:
        work = Work(engine, on_start, on_photos)
        return fulfil(target_folder, new, task, work, overwrite=overwrite, computes=False)
