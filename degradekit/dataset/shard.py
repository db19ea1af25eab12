"""Builds one shard: read, decode, cut, degrade, encode, write, in one process and without queues."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from degradekit.dataset.cleanness import why_not_clean
from degradekit.dataset.degrading import Degrader
from degradekit.dataset.manifest import Manifest, Skipped
from degradekit.dataset.open_shards import OpenShard
from degradekit.dataset.options import Options
from degradekit.dataset.progress import OnProgress, in_photo
from degradekit.dataset.row import DigestedTile
from degradekit.dataset.sources import Source
from degradekit.dataset.tiles import detail, pyramid, resized
from degradekit.dataset.writing import ShardTarget, ShardWriter
from degradekit.errors import DatasetError, ImageError, MemoryShortageError, RecipeError, UnavailableError
from degradekit.memory import require_memory
from degradekit.picture_files import decode_whole, flat_rgb, misnamed
from degradekit.types import Pixels

_DEGRADING_BYTES = 75
"""Memory that a pixel of an HR takes while it is degraded, for the float32 images before and after a step."""


@dataclass(frozen=True)
class BuildShard:
    """The task of building one shard from photos; nothing else decides its content.

    Attributes:
        target: Where the shard is written.
        sources: The photos of the shard.
        options: The options of the plan.
        degrader: Makes the LRs.
        strict: Fail at the first photo that cannot be used.
    """

    target: ShardTarget
    sources: tuple[Source, ...]
    options: Options
    degrader: Degrader
    strict: bool

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        return len(self.sources)

    def run(self, on_progress: OnProgress) -> Manifest | OpenShard:
        """Build the shard and publish it, the manifest last; give it up at the first photo that cannot be read now.

        Args:
            on_progress: Called after each row.

        Raises:
            DatasetError: The target cannot be written, this user may not read a photo, or `strict` and a photo cannot
                be used.
        """
        try:
            with self.target.open() as writer:
                for index, source in enumerate(self.sources):
                    on_progress(index)
                    self._add(source, writer, in_photo(on_progress, index))
                return writer.close()
        except UnavailableError as error:
            return OpenShard(self.target.shard, str(error))

    def _add(self, source: Source, writer: ShardWriter, on_progress: OnProgress) -> None:
        try:
            photo = self._photo(source, writer.counts)
            if photo is not None:
                writer.add(source.key, self._tiles(source.key, photo, writer.counts, on_progress))
            return
        except (ImageError, RecipeError) as error:
            reason = str(error)
        except MemoryShortageError as error:
            raise UnavailableError(f"source: {source.key!r} {error}") from None
        except MemoryError:
            cure = "needs more memory than is free; free some memory, or use fewer workers or smaller tiles"
            raise UnavailableError(f"source: {source.key!r} {cure}") from None
        if self.strict:
            raise DatasetError(
                f"source: {source.key!r} cannot be used: {reason}; strict=True ends the build at the first such photo"
            )
        writer.skipped.append(Skipped(source.key, reason))

    def _photo(self, source: Source, counts: Counter[str]) -> Pixels | None:
        """Return the decoded photo, or None if it is left out by choice."""
        options, scale = self.options, self.degrader.scale
        picture = decode_whole(source.read(), options.max_pixels)  # which drops the file before it decodes
        counts.update(f"photos with {note}: {source.key}" for note in picture.notes)
        photo = flat_rgb(picture)
        if misnamed(source.key, picture):
            counts["photos with the extension of another format"] += 1
        height, width = photo.shape[:2]
        short = min(height, width)
        if short < options.min_size:
            counts[f"photos left out, a side shorter than {options.min_size} pixels"] += 1
            return None
        if options.small == "skip" and short < options.tile:
            counts[f"photos left out, smaller than a tile of {options.tile} pixels"] += 1
            return None
        if short < scale and (options.tile == 0 or options.small == "keep"):
            raise ImageError(f"{width} x {height} is smaller than the scale, {scale}")
        reason = why_not_clean(photo, options.min_sharpness, options.max_blockiness)
        if reason:
            counts[f"photos left out, {reason}: {source.key}"] += 1
            return None
        return photo

    def _tiles(self, key: str, photo: Pixels, counts: Counter[str], on_progress: OnProgress) -> Iterator[DigestedTile]:
        options, grid = self.options, self.options.grid(self.degrader.scale)
        levels = [
            (factor, size)
            for factor, size in pyramid((photo.shape[0], photo.shape[1]), options.multiscale)
            if factor == 1 or min(size) >= (grid.side or grid.scale)  # a smaller version than a tile would be padded
        ]
        if options.tile == 0:
            height, width = photo.shape[:2]
            purpose = f"to degrade {width} x {height} pixels at once"
            require_memory(height * width * _DEGRADING_BYTES, purpose, "use tiles")
        done, total = 0, sum(grid.count(size) for _, size in levels) * options.variants

        def on_rows(count: int = 1) -> None:
            nonlocal done
            done += count
            on_progress(done / total)

        for factor, size in levels:
            pixels = resized(photo, size)
            for tile in grid.tiles(size):
                hr = grid.cut(pixels, tile)
                if options.min_detail and detail(hr) < options.min_detail:
                    counts[f"tiles left out as flat, Laplacian's variance below {options.min_detail:g}"] += 1
                    on_rows(options.variants)
                    continue
                yield self.degrader.degrade(hr, key, tile._replace(factor=factor), self.target.encoding, on_rows)
