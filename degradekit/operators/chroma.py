"""Subsampled chroma, with chosen filters and sample positions, and the mistakes that are made when it is read."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Mix,
    Neutral,
    Number,
    Span,
    Weights,
    Within,
    bounds,
    drawn_names,
    weights_of,
)
from degradekit.limits import MAX_CHROMA_BLUR_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.resize import Filter
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Subsampling = Literal["4:4:4", "4:4:0", "4:2:2", "4:2:0", "4:1:1", "4:1:0"]
Siting = Literal["center", "left"]
Matrix = Literal["bt601", "bt709", "bt2020", "smpte240m"]
RangeMistake = Literal["none", "limited_as_full", "full_as_limited"]
_SAME = "same"


@validated(RecordError)
class ChromaSubsamplingStep(Step):
    """Subsample the chroma and restore it; this clips the image to [0, 1].

    Attributes:
        subsampling: How many samples of chroma are kept.
        down_filter, up_filter: The filters that make the chroma smaller and larger.
        siting, decode_siting: Where the samples lie when they are written, and where they are taken to be when read.
        matrix, decode_matrix: The matrix from RGB, and the one back to RGB.
        range_mistake: Which range of levels is read as which other one.
        blur_sigma: Standard deviation of a Gaussian blur of the restored chroma, in pixels; 0 for none.
    """

    op: ClassVar[str] = "chroma_subsampling"

    subsampling: Subsampling
    down_filter: Filter = "area"
    up_filter: Filter = "bilinear"
    siting: Siting = "center"
    decode_siting: Siting = "center"
    matrix: Matrix = "bt601"
    decode_matrix: Matrix = "bt601"
    range_mistake: RangeMistake = "none"
    blur_sigma: Annotated[Number, Between(0, MAX_CHROMA_BLUR_PX)] = 0.0

    def __call__(self, image: Image) -> Image:
        """Split into luma and chroma, and merge them again."""
        from degradekit.functional.chroma import subsample_chroma

        return subsample_chroma(
            image,
            self.subsampling,
            (self.down_filter, self.up_filter),
            (self.siting == "left", self.decode_siting == "left"),
            (self.matrix, self.decode_matrix),
            self.range_mistake,
            self.blur_sigma,
        )

    @property
    def taps(self) -> int:
        """The elements of the blur's kernel, and the filters."""
        return super().taps + (2 * round(3 * self.blur_sigma + 0.5) + 1) ** 2

    def __str__(self) -> str:
        mistakes = []
        if self.siting != self.decode_siting:
            mistakes.append(f"{self.siting} as {self.decode_siting}")
        if self.matrix != self.decode_matrix:
            mistakes.append(f"{self.matrix} as {self.decode_matrix}")
        if self.range_mistake != "none":
            mistakes.append(self.range_mistake.replace("_", " "))
        filters = f"{self.down_filter} down, {self.up_filter} up".replace("_", " ")
        blur = [f"blur {self.blur_sigma:.1f} px"] if self.blur_sigma else []
        return ", ".join([f"chroma {self.subsampling}", *(mistakes or [filters]), *blur])


@validated(RecipeError)
class ChromaSubsampling(Operator):
    """Store the chroma with fewer samples than the luma, as cameras, videos and JPEG do, and read it, perhaps wrongly.

    Color edges become soft or jagged. A wrong siting moves the color by part of a sample of chroma, a wrong matrix
    shifts greens and reds, and a wrong range washes out or crushes black and white. Nothing is rounded; the result is
    clipped to [0, 1]. It has no kernel label. A gray image has no chroma: of all this it only sees a wrong range.

    Attributes:
        subsampling: Weights of `4:4:4` (all samples), `4:4:0` (half of the rows), `4:2:2` (half of the columns),
            `4:2:0` (half of both), `4:1:1` (a quarter of the columns) and `4:1:0` (of those, half of the rows).
        down_filters, up_filters: Weights of the filters that make the chroma smaller and larger: those of `Resize` that
            have no parameter of their own.
        sitings: Weights of where a sample lies: at the center of its columns of luma (`center`: JPEG, MPEG-1) or on the
            first of them (`left`: MPEG-2 and later). Between rows it is always at the center.
        decode_sitings: Weights of where it is taken to lie when it is read: `same`, `center` or `left`.
        matrices: Weights of the matrix from RGB: `bt601`, `bt709`, `bt2020` or `smpte240m`.
        decode_matrices: Weights of the matrix back to RGB: `same`, or one of these.
        range_mistakes: Weights of reading limited levels, 16..235, as full ones (`limited_as_full`: washed out), the
            reverse (`full_as_limited`: crushed), or neither (`none`).
        blur_sigma: Span of the standard deviation of a Gaussian blur of the restored chroma, in pixels, 0..40.

    Source: docs/model.md, section Chroma; kinds, matrices and the blur are those of wtp_dataset_destroyer, siting and
    range mistakes degradekit's own, and so are the defaults.
    """

    op: ClassVar[str] = "chroma_subsampling"
    step_types: ClassVar[tuple[type[Step], ...]] = (ChromaSubsamplingStep,)

    subsampling: Annotated[Mix, Weights(*get_args(Subsampling))] = FrozenWeights(
        {"4:2:2": 0.2, "4:2:0": 0.7, "4:1:1": 0.1}
    )
    down_filters: Annotated[Mix, Weights(*get_args(Filter))] = FrozenWeights(area=1.0, bicubic_antialiased=1.0)
    up_filters: Annotated[Mix, Weights(*get_args(Filter))] = FrozenWeights(bilinear=1.0, bicubic=1.0, nearest=1.0)
    sitings: Annotated[Mix, Weights(*get_args(Siting))] = FrozenWeights(center=0.5, left=0.5)
    decode_sitings: Annotated[Mix, Weights(_SAME, *get_args(Siting))] = FrozenWeights(same=1.0)
    matrices: Annotated[Mix, Weights(*get_args(Matrix))] = FrozenWeights(bt601=1.0)
    decode_matrices: Annotated[Mix, Weights(_SAME, *get_args(Matrix))] = FrozenWeights(same=1.0)
    range_mistakes: Annotated[Mix, Weights(*get_args(RangeMistake))] = FrozenWeights(none=1.0)
    blur_sigma: Annotated[Span, Within(0, MAX_CHROMA_BLUR_PX), Neutral(0)] = (0.0, 0.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw every field, in their order."""
        subsampling = rng.choice(weights_of(self.subsampling))
        down_filter, up_filter = rng.choice(weights_of(self.down_filters)), rng.choice(weights_of(self.up_filters))
        siting, decode_siting = rng.choice(weights_of(self.sitings)), rng.choice(weights_of(self.decode_sitings))
        matrix, decode_matrix = rng.choice(weights_of(self.matrices)), rng.choice(weights_of(self.decode_matrices))
        return (
            ChromaSubsamplingStep(
                subsampling,
                down_filter,
                up_filter,
                siting,
                siting if decode_siting == _SAME else decode_siting,
                matrix,
                matrix if decode_matrix == _SAME else decode_matrix,
                rng.choice(weights_of(self.range_mistakes)),
                rng.uniform(*bounds(self.blur_sigma)),
            ),
        )

    def readings(self) -> Mapping[str, Reading | None]:
        """Return that steps do not show whether what is read was `same` or named."""
        mixes = {"decode_sitings": self.decode_sitings, "decode_matrices": self.decode_matrices}
        return {name: None for name, mix in mixes.items() if _SAME in drawn_names(mix)}
