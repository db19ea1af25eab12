"""Few colors for a whole image, as in a GIF."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Neutral,
    Weights,
    Within,
    bounds,
    drawn_names,
    weights_of,
)
from degradekit.limits import MAX_LEVELS
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator, Reading
from degradekit.operators.dither import Diffusion
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

OptionalDiffusion = Diffusion | Literal["none"]
FixedPalette = Literal["web_safe", "ega"]


@validated(RecordError)
class MedianCutStep(Step):
    """Give each pixel the nearest color of a palette that is chosen for the image by median cut.

    Attributes:
        colors: Colors of the palette, at most: an image may have fewer.
        diffusion: How the error is spread over later pixels; `none` for plain rounding.
    """

    op: ClassVar[str] = "palette.median_cut"

    colors: Annotated[Integer, Between(2, MAX_LEVELS)]
    diffusion: OptionalDiffusion = "none"

    def __call__(self, image: Image) -> Image:
        """Choose the palette, clip to [0, 1], and round to the colors."""
        from degradekit.functional.palettes import median_cut, to_palette

        return to_palette(image, median_cut(image, self.colors), self.diffusion)

    @property
    def taps(self) -> int:
        """One for each color, all of which may be about equally near, and those of the diffusion."""
        return 16 + self.colors

    def __str__(self) -> str:
        return f"palette of {self.colors} colors by median cut{_with(self.diffusion)}"


@validated(RecordError)
class FixedPaletteStep(Step):
    """Give each pixel the nearest color of a fixed palette; a gray image, the nearest of its grays.

    Attributes:
        palette: `web_safe`, 6 x 6 x 6 colors; or `ega`, 16 colors.
        diffusion: How the error is spread over later pixels; `none` for plain rounding.
    """

    op: ClassVar[str] = "palette.fixed"

    palette: FixedPalette
    diffusion: OptionalDiffusion = "none"

    def __call__(self, image: Image) -> Image:
        """Clip to [0, 1] and round to the colors."""
        from degradekit.functional.palettes import fixed_palette, to_palette

        return to_palette(image, fixed_palette(self.palette, image.shape[2]), self.diffusion)

    @property
    def taps(self) -> int:
        """A bound for the colors that may be about equally near, and those of the diffusion."""
        return 64

    def __str__(self) -> str:
        return f"palette {self.palette.replace('_', ' ')}{_with(self.diffusion)}"


def _with(diffusion: str) -> str:
    return "" if diffusion == "none" else f", {diffusion.replace('_', ' ')}"


@validated(RecipeError)
class Palette(Operator):
    """Reduce the whole image to few colors, as a GIF, an icon or an old game has.

    It is not linear, so it has no kernel label.

    Attributes:
        kinds: Weights of `median_cut`, a palette chosen for the image, and of the fixed palettes `web_safe` (6 x 6 x 6
            colors) and `ega` (16 colors).
        colors: Span of the number of colors of a median cut, both ends included.
        diffusions: Weights of `none`, for the nearest color alone, and of the error diffusions that `Dither` has.

    Source: docs/model.md, section Levels and print; the operator is degradekit's own definition.
    """

    op: ClassVar[str] = "palette"
    step_types: ClassVar[tuple[type[Step], ...]] = (MedianCutStep, FixedPaletteStep)

    kinds: Annotated[Mix, Weights("median_cut", *get_args(FixedPalette))] = FrozenWeights(
        median_cut=0.8, web_safe=0.1, ega=0.1
    )
    colors: Annotated[IntegerSpan, Within(2, MAX_LEVELS), Neutral(MAX_LEVELS)] = (8, 128)
    diffusions: Annotated[Mix, Weights("none", *get_args(Diffusion))] = FrozenWeights(none=0.5, floyd_steinberg=0.5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw kind, diffusion and colors."""
        kind: Any = rng.choice(weights_of(self.kinds))
        diffusion: Any = rng.choice(weights_of(self.diffusions))
        if kind == "median_cut":
            return (MedianCutStep(rng.integer(*bounds(self.colors)), diffusion),)
        return (FixedPaletteStep(kind, diffusion),)

    def readings(self) -> Mapping[str, Reading | None]:
        """Return how to read the kind, which a fixed palette's step has by its name."""
        return {
            "kinds": lambda step: getattr(step, "palette", "median_cut"),
            **({} if "median_cut" in drawn_names(self.kinds) else {"colors": None}),
        }
