"""Vignetting, lateral chromatic aberration, and misaligned channels.

The lens is that of the photo which the image was cut from: its center may lie outside of the image.
"""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

import numpy as np

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, FrozenWeights, Mix, Neutral, Number, Span, Weights, Within, bounds, weights_of
from degradekit.limits import MAX_DISPERSION, MAX_FALLOFF, MAX_LENS_PX, MAX_SHIFT_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Plane: TypeAlias = Literal["red", "green", "blue", "luma", "cb", "cr"]
_Center = Annotated[Number, Between(-MAX_LENS_PX, MAX_LENS_PX)]
_Radius = Annotated[Number, Between(0.1, MAX_LENS_PX)]
_Dispersion = Annotated[Number, Between(-MAX_DISPERSION, MAX_DISPERSION)]


@validated(RecordError)
class VignettingStep(Step):
    """Multiply the light by (1 + (falloff rho)^2)^-2, by the curve of sRGB, and clip to [0, 1].

    Attributes:
        center_y, center_x: Center of the lens in pixels; pixel centers have integer coordinates.
        radius: The distance from the center in pixels where rho is 1: half the photo's diagonal.
        falloff: Tangent of the angle at which light arrives there; 0 changes nothing.
    """

    op: ClassVar[str] = "vignetting"

    center_y: _Center
    center_x: _Center
    radius: _Radius
    falloff: Annotated[Number, Between(0, MAX_FALLOFF)]

    def __call__(self, image: Image) -> Image:
        """Darken the corners."""
        from degradekit.functional.lens import vignette

        return vignette(image, self.center_y, self.center_x, self.radius, self.falloff)

    def __str__(self) -> str:
        return f"vignetting, the corners have {100 / (1 + self.falloff**2) ** 2:.0f}% of the light"


@validated(RecipeError)
class Vignetting(Operator):
    """Darken a photo toward its corners, as a lens does: light falls off with the fourth power of its angle's cosine.

    Lens barrels, which darken real photos too, are not imitated. It is not a blur, so it has no kernel label.

    Attributes:
        falloff: Span of the tangent of the angle at which light arrives in the photo's corners, which get
            1 / (1 + falloff^2)^2 of the light of the center; degradekit's own range, 81 to 15 percent.

    Source: docs/model.md, section Lens.
    """

    op: ClassVar[str] = "vignetting"
    step_types: ClassVar[tuple[type[Step], ...]] = (VignettingStep,)

    falloff: Annotated[Span, Within(0, MAX_FALLOFF), Neutral(0)] = (1 / 3, 1.25)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the falloff."""
        return (VignettingStep(*context.lens, rng.uniform(*bounds(self.falloff))),)


@validated(RecordError)
class ChromaticAberrationStep(Step):
    """Magnify red and blue about the lens's center; a gray image stays as it is. Nothing is clipped.

    A channel shows at p, from the center, what lay at p (1 + k1 rho^2 + k2 rho^4).

    Attributes:
        center_y, center_x: Center of the lens in pixels; pixel centers have integer coordinates.
        radius: The distance from the center in pixels where rho is 1: half the photo's diagonal.
        red_k1, red_k2, blue_k1, blue_k2: The factors of the two channels.
    """

    op: ClassVar[str] = "chromatic_aberration"

    center_y: _Center
    center_x: _Center
    radius: _Radius
    red_k1: _Dispersion
    red_k2: _Dispersion
    blue_k1: _Dispersion
    blue_k2: _Dispersion

    def __call__(self, image: Image) -> Image:
        """Resample red and blue."""
        from degradekit.functional.lens import disperse

        if image.shape[2] == 1:
            return image.copy()
        red, blue = self._factors()
        return disperse(image, self.center_y, self.center_x, self.radius, np.array([red, (0.0, 0.0), blue]))

    def __str__(self) -> str:
        red, blue = (self.radius * (k1 + k2) for k1, k2 in self._factors())
        return f"chromatic aberration, red {red:+.3g} and blue {blue:+.3g} px in the corners"

    def _factors(self) -> tuple[tuple[float, float], tuple[float, float]]:
        return (self.red_k1, self.red_k2), (self.blue_k1, self.blue_k2)


@validated(RecipeError)
class ChromaticAberration(Operator):
    """Misalign red and blue with green, more and more toward a photo's corners (lateral chromatic aberration).

    Red and blue are drawn independently of each other. Lengths are relative to half the photo's diagonal, rho: of a
    photo of 2000 x 1500 pixels, k1 = 0.004 moves the corners by 5 pixels, and the middle of its sides by less. It has
    no kernel label, as it differs from pixel to pixel.

    Attributes:
        k1: Span of the factor of rho^2 in the magnification; degradekit's own range.
        k2: Span of the factor of rho^4; degradekit's own range.

    Source: docs/model.md, section Lens.
    """

    op: ClassVar[str] = "chromatic_aberration"
    step_types: ClassVar[tuple[type[Step], ...]] = (ChromaticAberrationStep,)

    k1: Annotated[Span, Within(-MAX_DISPERSION, MAX_DISPERSION), Neutral(0)] = (-0.004, 0.004)
    k2: Annotated[Span, Within(-MAX_DISPERSION, MAX_DISPERSION), Neutral(0)] = (-0.002, 0.002)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the factors of red, then those of blue."""
        factors = (rng.uniform(*bounds(span)) for span in (self.k1, self.k2, self.k1, self.k2))
        return (ChromaticAberrationStep(*context.lens, *factors),)


@validated(RecordError)
class ChannelShiftStep(Step):
    """Shift one plane, bilinear, and clip to [0, 1]; a gray image stays as it is.

    Attributes:
        plane: Red, green or blue; or luma, Cb or Cr, while the other two of these stay.
        dy, dx: Shift down and to the right, in pixels.
    """

    op: ClassVar[str] = "channel_shift"

    plane: Plane
    dy: Annotated[Number, Between(-MAX_SHIFT_PX, MAX_SHIFT_PX)]
    dx: Annotated[Number, Between(-MAX_SHIFT_PX, MAX_SHIFT_PX)]

    def __call__(self, image: Image) -> Image:
        """Shift; the edge pixels are repeated."""
        from degradekit.functional.lens import shift_plane

        if image.shape[2] == 1:
            return np.clip(image, np.float32(0), np.float32(1))
        return shift_plane(image, self.plane, self.dy, self.dx)

    def __str__(self) -> str:
        return f"{self.plane} shifted by {self.dy:+.2f} px down, {self.dx:+.2f} px right"


@validated(RecipeError)
class ChannelShift(Operator):
    """Shift one channel, as in misregistered prints and scans; or luma or chroma, as in analog video.

    It has no kernel label, as it is not the same for all channels.

    Attributes:
        planes: Weights of `red`, `green`, `blue`, `luma`, `cb` and `cr`.
        shift: Span of the shift along each of the two axes, in pixels; degradekit's own range.

    Source: docs/model.md, section Lens.
    """

    op: ClassVar[str] = "channel_shift"
    step_types: ClassVar[tuple[type[Step], ...]] = (ChannelShiftStep,)

    planes: Annotated[Mix, Weights(*get_args(Plane))] = FrozenWeights(red=1.0, green=1.0, blue=1.0, cb=1.0, cr=1.0)
    shift: Annotated[Span, Within(-MAX_SHIFT_PX, MAX_SHIFT_PX), Neutral(0)] = (-2.0, 2.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the plane and its shift down and to the right."""
        plane = rng.choice(weights_of(self.planes))
        return (ChannelShiftStep(plane, rng.uniform(*bounds(self.shift)), rng.uniform(*bounds(self.shift))),)
