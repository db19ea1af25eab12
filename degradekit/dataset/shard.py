"""Builds one shard: read, decode, cut, degrade, encode, write, in one process and without queues."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from degradekit.dataset.formats import Row
from degradekit.dataset.manifest import Manifest, Skipped
from degradekit.dataset.plan import Options, Shard
from degradekit.dataset.sources import Source
from degradekit.dataset.tiles import Tile, cut, detail, sizes, tiles
from degradekit.dataset.writing import ShardWriter, writing
from degradekit.degradation import degrade_all
from degradekit.errors import DatasetError, ImageError, RecipeError
from degradekit.functional.levels import to_float
from degradekit.operators.base import Operator
from degradekit.picture_files import decode, encode_png, misnamed
from degradekit.storage import Folder
from degradekit.types import Pixels


@dataclass(frozen=True)
class Build:
    """The task of building one shard; nothing else decides its content.

    Attributes:
        shard: Its photos.
        plan: Hash of the dataset's plan.
        recipe: With a scale.
        options: Resolved for that scale.
        format: Name of the shard's format.
        target: The dataset's folder.
        strict: Fail at the first photo that cannot be used.
    """

    shard: Shard
    plan: str
    recipe: Operator
    options: Options
    format: str
    target: Folder
    strict: bool = False

    @property
    def photos(self) -> int:
        """How much work it is."""
        return len(self.shard.sources)

    def run(self, on_photo: Callable[[], object]) -> Manifest:
        """Build the shard and publish it, the manifest last.

        Args:
            on_photo: Called after each photo.

        Raises:
            DatasetError: The target cannot be written, or `strict` and a photo cannot be used.
        """
        with writing(self.target, self.plan, self.shard.name, self.format) as writer:
            for source in self.shard.sources:
                self._add(source, writer)
                on_photo()
            return writer.close()

    def _add(self, source: Source, writer: ShardWriter) -> None:
        try:
            photo = self._photo(source, writer.counts)
            if photo is not None:
                writer.add(source.key, self._tiles(source.key, photo, writer.counts))
            return
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
        except (ImageError, RecipeError) as error:
            reason = str(error)
        if self.strict:
            raise DatasetError(f"source: {source.key!r} cannot be used: {reason} (--strict)")
        writer.skipped.append(Skipped(source.key, reason))

    def _photo(self, source: Source, counts: Counter[str]) -> Pixels | None:
        """The decoded photo, or None if it is left out by choice."""
        options, scale = self.options, self.recipe.lr_scale or 1
        data = source.read()
        photo = decode(data, options.max_pixels)
        if misnamed(source.place, data):
            counts["photos named as another format than they are"] += 1
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
        return photo

    def _tiles(self, key: str, photo: Pixels, counts: Counter[str]) -> Iterator[list[Row]]:
        options, scale = self.options, self.recipe.lr_scale or 1
        keep = options.small == "keep"
        for factor, pixels in sizes(photo, options.multiscale):
            size = (pixels.shape[0], pixels.shape[1])
            if factor != 1 and min(size) < (options.tile or scale):
                continue  # smaller than a tile: it would show what a larger version shows, and padding
            for tile in tiles(size, options.tile, options.step or 0, scale, keep):
                hr = cut(pixels, tile, 0 if keep else options.tile)
                if options.min_detail and detail(hr) < options.min_detail:
                    counts[f"tiles left out as flat, Laplacian's variance below {options.min_detail:g}"] += 1
                    continue
                named = tile._replace(factor=factor)
                yield pairs(encode_png(hr), hr, key, named, self.recipe, options.seed, options.variants)


def pairs(hr_png: bytes, hr: Pixels, key: str, tile: Tile, recipe: Operator, seed: int, variants: int) -> list[Row]:
    """The rows of one tile.

    Raises:
        RecipeError: The recipe cannot degrade an image of this size.
    """
    size = (hr.shape[0], hr.shape[1])
    try:
        drawn = [recipe.sample(size, seed=seed, key=tile.key(key), variant=variant) for variant in range(variants)]
    except RecipeError as error:
        raise RecipeError(f"the recipe cannot degrade {tile.height} x {tile.width}: {error}") from None
    return [
        Row(hr_png, encode_png(lr), degradation.to_json(), key, tile, variant, recipe.lr_scale or 1)
        for variant, (degradation, lr) in enumerate(zip(drawn, degrade_all(drawn, to_float(hr)), strict=True))
    ]
