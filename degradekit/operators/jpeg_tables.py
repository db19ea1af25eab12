"""JPEG compression with other quantization tables than the standard's."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, TypeAlias, get_args

from pydantic import Field, Strict

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    Mix,
    NotEmpty,
    Stored,
    Weights,
    bounds,
    listed,
    weights_of,
)
from degradekit.functional.jpeg_tables import scaled
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.jpeg import QualitySpan
from degradekit.operators.parameters import Subsampling
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

_AsTable = Field(min_length=64, max_length=64)
Table: TypeAlias = Annotated[
    Sequence[int],
    Stored(Annotated[tuple[Annotated[Integer, Between(1, 32_767)], ...], Strict(), _AsTable], listed),
]
"""A table before it is scaled, row by row."""
TablePair: TypeAlias = Annotated[Sequence[Table], Stored(Annotated[tuple[Table, Table], Strict()], listed)]
ScaledTable: TypeAlias = Annotated[tuple[Annotated[Integer, Between(1, 255)], ...], _AsTable]

MOZJPEG = (
    *(16, 16, 16, 18, 25, 37, 56, 85, 16, 17, 20, 27, 34, 40, 53, 75),
    *(16, 20, 24, 31, 43, 62, 91, 135, 18, 27, 31, 40, 53, 74, 106, 156),
    *(25, 34, 43, 53, 69, 94, 131, 189, 37, 40, 62, 74, 94, 124, 169, 238),
    *(56, 53, 91, 106, 131, 169, 226, 311, 85, 75, 135, 156, 189, 238, 311, 418),
)
"""mozjpeg's own table for luma and chroma, at quality 50."""


@validated(RecordError)
class JPEGTablesStep(Step):
    """Compress and decompress with quantization tables of one's own; this clips the image and rounds it to 8 bits.

    Attributes:
        luma, chroma: The 64 divisors of a block's coefficients, row by row; a gray image takes those of luma.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "jpeg_tables"

    luma: ScaledTable
    chroma: ScaledTable
    subsampling: Subsampling = "4:2:0"

    def __call__(self, image: Image) -> Image:
        """Compress and decompress."""
        from degradekit.functional.jpeg import jpeg_with_tables

        return jpeg_with_tables(image, self.luma, self.chroma, self.subsampling)

    def __str__(self) -> str:
        return f"JPEG with own tables, luma {min(self.luma)}..{max(self.luma)}, {self.subsampling}"


@validated(RecipeError)
class JPEGTables(Operator):
    """Compress with JPEG, with quantization tables of one's own instead of the standard's.

    Attributes:
        tables: Pairs of a table for the luma and one for the chroma, 64 numbers each, row by row; all pairs are equally
            likely.
        quality: Span of the quality, 1..100, which scales the tables as `cjpeg` scales those of the standard: 50 takes
            them as they are.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2` and `4:4:4`.

    Source: docs/model.md, section Compression; the default is the table that mozjpeg takes for both instead of the
    standard's (mozilla/mozjpeg, commit 0123dd2, `jcparam.c`), without that encoder's other optimizations.
    """

    op: ClassVar[str] = "jpeg_tables"
    step_types: ClassVar[tuple[type[Step], ...]] = (JPEGTablesStep,)

    tables: Annotated[
        Sequence[Sequence[Sequence[int]]], Stored(Annotated[tuple[TablePair, ...], Strict(), NotEmpty()], listed)
    ] = ((MOZJPEG, MOZJPEG),)
    quality: QualitySpan = (30, 95)
    subsampling: Annotated[Mix, Weights(*get_args(Subsampling))] = FrozenWeights({"4:2:0": 1.0})

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw subsampling, quality and the pair of tables."""
        subsampling = rng.choice(weights_of(self.subsampling))
        quality = rng.integer(*bounds(self.quality))
        luma, chroma = self.tables[rng.integer(0, len(self.tables) - 1)]
        return (JPEGTablesStep(scaled(luma, quality), scaled(chroma, quality), subsampling),)
