"""What a build is asked for, besides the photos and the recipe."""

from dataclasses import replace
from typing import Annotated, Literal

from degradekit.dataset.pictures import PictureFormat
from degradekit.dataset.tiles import Grid
from degradekit.dataset.training_target import PICTURES_OF, TrainingTarget
from degradekit.errors import DatasetError, Mistake
from degradekit.fields import Between, Flag, Integer, Number, Text
from degradekit.limits import MAX_PIXELS, MAX_SIDE, MAX_VARIANTS
from degradekit.mistakes import validated


@validated(DatasetError)
class Options:
    """Everything that decides the content of a dataset, except the photos and the recipe.

    Attributes:
        seed: Any integer.
        tile: Side of the HR tiles in pixels, rounded down to a multiple of the scale; 0 keeps photos whole.
        step: Distance between tiles in pixels; None means half a tile.
        variants: Degradations of each tile.
        multiscale: Also cut tiles from the photo resized to 0.75, 0.5, 1/3 and a short side of 400 pixels.
        small: What becomes of photos smaller than a tile: `pad` reflects them, `skip` leaves them out, `keep` makes
            the tile smaller.
        min_size: Leave out photos with a side shorter than this many pixels.
        min_detail: Leave out tiles whose Laplacian has a smaller variance (of the luma, on the 0..255 scale).
        min_sharpness: Leave out photos that are less sharp, such as .4: enlarged, blurred ones. Sharpness is that of
            `degradekit.dataset.cleanness`: 1 for ideal edges, about .8 for sharp photos.
        max_blockiness: Leave out photos with stronger borders of blocks, such as 1.03: JPEGs of low quality. Blockiness
            is that of `degradekit.dataset.cleanness`: 1 for photos without blocks. None takes all.
        dedupe: Leave out photos whose file equals another's; this reads all of them.
        val: Move this many photos of the split `train` to the split `validation`.
        max_pixels: Refuse photos with more pixels, as decompression bombs.
        shard_size: Photos in a shard.
        training_target: Which HR is kept: `plain`, the photo's own; `sharpened`, which the LR is made from where the
            recipe sharpens; or `both`.
        format: Name of the format of the shards, one of `degradekit.dataset.formats.FORMATS`.
        picture_format: `png`, or lossless `webp`, which is smaller and takes longer to write.

    Raises:
        DatasetError: A value breaks its rule.
    """

    seed: Integer = 0
    tile: Annotated[Integer, Between(0, MAX_SIDE)] = 400
    step: Annotated[Integer, Between(1)] | None = None
    variants: Annotated[Integer, Between(1, MAX_VARIANTS)] = 1
    multiscale: Flag = False
    small: Literal["pad", "skip", "keep"] = "pad"
    min_size: Annotated[Integer, Between(0)] = 0
    min_detail: Annotated[Number, Between(0)] = 0.0
    min_sharpness: Annotated[Number, Between(0)] = 0.0
    max_blockiness: Annotated[Number, Between(1)] | None = None
    dedupe: Flag = False
    val: Annotated[Integer, Between(0)] = 0
    max_pixels: Annotated[Integer, Between(1)] = MAX_PIXELS
    shard_size: Annotated[Integer, Between(1)] = 8
    format: Text = "parquet"
    training_target: TrainingTarget = "plain"
    picture_format: PictureFormat = "png"

    def __post_init__(self) -> None:
        if self.step is None:
            return
        if self.tile == 0:
            raise DatasetError(Mistake("step", "must not be given for whole photos, tile 0", self.step))
        if self.step > self.tile:
            raise DatasetError(Mistake("step", f"must be at most the side of a tile, {self.tile}", self.step))

    @property
    def pictures(self) -> tuple[str, ...]:
        """The columns of pictures."""
        return PICTURES_OF[self.training_target]

    def resolve(self, scale: int) -> "Options":
        """Return the options with tile and step as they are used for a scale, so that equal datasets have equal ones.

        Raises:
            DatasetError: A tile is smaller than the scale.
        """
        grid = self.grid(scale)
        return replace(self, tile=grid.side, step=grid.step or None)

    def grid(self, scale: int) -> Grid:
        """Return how photos are cut for a scale.

        Raises:
            DatasetError: A tile is smaller than the scale.
        """
        if 0 < self.tile < scale:
            raise DatasetError(Mistake("tile", f"must be 0 or at least the scale, {scale}", self.tile))
        side = self.tile - self.tile % scale
        step = max(1, side // 2) if self.step is None else min(self.step, side)
        return Grid(side, step if side else 0, scale, keep_small=self.small == "keep")
