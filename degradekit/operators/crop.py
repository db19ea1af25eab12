"""Cropping to a size that the scale divides."""

from dataclasses import dataclass
from typing import ClassVar

from degradekit.operators.base import Context, Leaf, Params
from degradekit.operators.validation import config, require
from degradekit.rng import Stream
from degradekit.types import Image, Size


@dataclass(frozen=True)
class CropParams(Params):
    """The size kept, from the top left corner."""

    height: int
    width: int

    def __post_init__(self) -> None:
        require(min(self.height, self.width) >= 1, "height, width: must be >= 1", (self.height, self.width))

    def output_size(self, size: Size) -> Size:
        """The size kept, which the image must have."""
        require(
            self.height <= size[0] and self.width <= size[1], f"crop: must fit into {size}", (self.height, self.width)
        )
        return self.height, self.width


@config
class Crop(Leaf[CropParams]):
    """Crop at the bottom and right to multiples of the scale; composites with a scale begin with it where needed."""

    op: ClassVar[str] = "crop"
    Params: ClassVar[type[Params]] = CropParams

    def draw(self, rng: Stream, context: Context) -> CropParams:
        """The largest multiples of the scale."""
        height, width = (side - side % context.scale for side in context.size)
        return CropParams(height, width)

    @staticmethod
    def apply(image: Image, params: CropParams) -> Image:
        """Keep the top left part."""
        return image[: params.height, : params.width].copy()

    @staticmethod
    def describe(params: CropParams) -> str:
        """The size kept."""
        return f"crop to {params.width} x {params.height}"
