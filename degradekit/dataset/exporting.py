"""Writes a dataset again in another format."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from degradekit.dataset.card import load_own_part
from degradekit.dataset.engines import LOCAL, Engine
from degradekit.dataset.formats import find_format
from degradekit.dataset.opening import Dataset
from degradekit.dataset.photos import load_photos
from degradekit.dataset.pictures import PictureFormat, encode, encoding_of
from degradekit.dataset.progress import SILENT, Progress
from degradekit.dataset.report import Outcome
from degradekit.dataset.rewriting import RewriteShard, refuse_itself
from degradekit.dataset.row import DigestedTile, Row, pixel_digest
from degradekit.dataset.run import run_plan
from degradekit.dataset.training_target import TrainingTarget
from degradekit.dataset.writing import ShardTarget
from degradekit.errors import DatasetError, ImageError
from degradekit.locations import Location
from degradekit.storage import Folder
from degradekit.types import Pixels


@dataclass(frozen=True)
class CopyShard(RewriteShard):
    """The task of writing the rows of a shard in another format.

    Pictures that the target stores in another way are encoded anew. All are decoded for their digests, even where the
    copy does not need their pixels: so an export proves, in any format, that what it has read is what was built. The
    SHA-256 of a `folder` shard covers no pictures.
    """

    keeps_rows = True

    def make_tile(self, rows: list[Row], on_row: Callable[[], object]) -> DigestedTile:
        """Return the rows, with their pictures as the target stores them."""
        hr = rows[0].decode("hr")
        hr_file, hr_digest = self._stored(rows[0].key, rows[0].hr, hr), pixel_digest(hr)
        copies, digests = [], []
        for row in rows:
            lr = row.decode("lr")
            copies.append(row._replace(hr=hr_file, lr=self._stored(row.key, row.lr, lr)))
            digests.append(row.digest(hr_digest, pixel_digest(lr)))
        return DigestedTile(copies, digests)

    def _stored(self, key: str, data: bytes, pixels: Pixels) -> bytes:
        encoding = self.target.encoding
        if encoding_of(data) == encoding:
            return data
        try:
            return encode(pixels, encoding)
        except ImageError as error:
            raise DatasetError(f"picture_format: {key}: {error}") from None


def export(
    shards: Location,
    target: Location,
    format: str,
    *,
    training_target: TrainingTarget = "plain",
    picture_format: PictureFormat = "png",
    engine: Engine = LOCAL,
    overwrite: bool = False,
    progress: Progress = SILENT,
) -> Outcome:
    """Write a finished dataset again in another format; the content, and so the digest, stays.

    The digest does not cover the sharpened HR, which is made from the HR and the record.

    Args:
        shards: The dataset, a path or a URL.
        target: The folder to make.
        format: `parquet`, `webdataset` or `folder`.
        training_target: Which HR to write: `plain`, the photo's own; `sharpened`, which the LR is made from where the
            recipe sharpens; or `both`.
        picture_format: `png`, or lossless `webp`, which is smaller and takes longer to write.
        engine: Where the shards are written.
        overwrite: Delete a degradekit dataset of another plan that is in the way.
        progress: Is notified as the work goes on.

    Returns:
        What the new dataset holds, and what this run has done for it.

    Raises:
        DatasetError: There is no finished dataset, the target cannot be used, or an option breaks its rule.
    """
    dataset, folder = Dataset.open_finished(shards), Folder.of(target)
    refuse_itself(dataset.folder, folder)
    engine.refuse_memory(folder)
    if find_format(format).reader is None:
        raise DatasetError(f"format: must keep rows (got {format!r})")
    options = replace(
        dataset.plan.options, format=format, training_target=training_target, picture_format=picture_format
    )
    plan = replace(dataset.plan, options=options)

    def make_task(shard: str) -> CopyShard:
        return CopyShard(dataset, ShardTarget(folder, plan.hash, shard, options))

    photos, own = load_photos(dataset.folder, plan.photos), load_own_part(dataset.folder, dataset.plan)
    with engine.start(len(plan.shards)) as workers:
        return run_plan(
            Dataset(folder, plan), photos, make_task, workers, progress, recipe=None, overwrite=overwrite, own=own
        )
