"""Blur by simple PSFs: a box, a lens out of focus, a straight motion, and random numbers."""

import math
from abc import abstractmethod
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from degradekit.errors import RecipeError, RecordError
from degradekit.fields import Between, Integer, IntegerSpan, Neutral, Number, Span, Within, bounds
from degradekit.limits import MAX_BLUR_RADIUS, MAX_KERNEL_SIZE, MAX_MOTION_PX
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Angle, Seed
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image


class PSFStep(Step):
    """Blur with a point spread function; overshoot from before is kept."""

    def __call__(self, image: Image) -> Image:
        """Convolve every channel."""
        from degradekit.functional.filtering import convolve_psf

        return convolve_psf(image, self.psf())

    def kernel(self) -> NDArray[np.float32]:
        """Return the PSF."""
        return self.psf().astype(np.float32)

    @abstractmethod
    def psf(self) -> NDArray[np.float64]:
        """Return the PSF in float64."""


@validated(RecordError)
class BoxBlurStep(PSFStep):
    """Blur with a box of any width; overshoot from before is kept.

    Attributes:
        radius: Radius in pixels; the box has a width of 2 radius + 1.
    """

    op: ClassVar[str] = "box_blur"

    radius: Annotated[Number, Between(0, MAX_BLUR_RADIUS)]

    @property
    def taps(self) -> int:
        """Two lines of the box, which is separable."""
        return 4 * math.ceil(self.radius) + 2

    def psf(self) -> NDArray[np.float64]:
        """Return the box."""
        from degradekit.functional.psfs import box

        return box(self.radius)

    def __str__(self) -> str:
        return f"box blur radius {self.radius:.2f} px"


@validated(RecipeError)
class BoxBlur(Operator):
    """Blur with a box, as a cheap filter of an editor or a game does.

    Attributes:
        radius: Span of the radius in pixels: a box has a width of 2 radius + 1, and its outermost pixels have the part
            that is left of a whole one, so that the strength is continuous. 0 does nothing, 0.5 is a soft 3 x 3.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "box_blur"
    step_types: ClassVar[tuple[type[Step], ...]] = (BoxBlurStep,)

    radius: Annotated[Span, Within(0, MAX_BLUR_RADIUS), Neutral(0)] = (0.0, 2.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the radius."""
        return (BoxBlurStep(rng.uniform(*bounds(self.radius))),)


@validated(RecordError)
class DiscBlurStep(PSFStep):
    """Blur with a disc; overshoot from before is kept.

    Attributes:
        radius: Radius of the circle in pixels.
    """

    op: ClassVar[str] = "disc_blur"

    radius: Annotated[Number, Between(0, MAX_BLUR_RADIUS)]

    @property
    def taps(self) -> int:
        """The elements of the kernel."""
        return (2 * math.ceil(self.radius) + 1) ** 2

    def psf(self) -> NDArray[np.float64]:
        """Return the disc."""
        from degradekit.functional.psfs import disc

        return disc(self.radius)

    def __str__(self) -> str:
        return f"disc blur radius {self.radius:.2f} px"


@validated(RecipeError)
class DiscBlur(Operator):
    """Blur with a disc, as a lens that is out of focus does: edges become ramps, and points of light small circles.

    Attributes:
        radius: Span of the circle's radius in pixels. Up to 0.5 the circle lies in one pixel and nothing changes.

    The part of each pixel that the circle covers is counted with 8 x 8 samples: degradekit's own definition.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "disc_blur"
    step_types: ClassVar[tuple[type[Step], ...]] = (DiscBlurStep,)

    radius: Annotated[Span, Within(0, MAX_BLUR_RADIUS), Neutral(0)] = (0.5, 8.0)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the radius."""
        return (DiscBlurStep(rng.uniform(*bounds(self.radius))),)


@validated(RecordError)
class MotionBlurStep(PSFStep):
    """Blur along a straight line; overshoot from before is kept.

    Attributes:
        length: Length of the line in pixels.
        angle: Direction of the line in radians, from the columns of the image toward its rows.
    """

    op: ClassVar[str] = "motion_blur"

    length: Annotated[Number, Between(0, MAX_MOTION_PX)]
    angle: Angle

    @property
    def taps(self) -> int:
        """At most four elements of each row and each column that the line crosses."""
        return 8 * math.ceil(self.length) + 8

    def psf(self) -> NDArray[np.float64]:
        """Return the line."""
        from degradekit.functional.psfs import line

        return line(self.length, self.angle)

    def __str__(self) -> str:
        return f"motion blur {self.length:.1f} px at {math.degrees(self.angle):.0f} deg"


@validated(RecipeError)
class MotionBlur(Operator):
    """Blur along a straight line, as a pan, or a subject that moves evenly during the exposure, does.

    Attributes:
        length: Span of the length in pixels; 0 does nothing, 10 to 60 is severe.
        angle: Span of the direction in radians, from the columns of the image toward its rows.

    The line is centered on the pixel, so nothing moves: degradekit's own definition.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "motion_blur"
    step_types: ClassVar[tuple[type[Step], ...]] = (MotionBlurStep,)

    length: Annotated[Span, Within(0, MAX_MOTION_PX), Neutral(0)] = (1.0, 10.0)
    angle: Annotated[Span, Within(-math.pi, math.pi)] = (0.0, math.pi)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw length and angle."""
        return (MotionBlurStep(rng.uniform(*bounds(self.length)), rng.uniform(*bounds(self.angle))),)


@validated(RecordError)
class RandomKernelStep(PSFStep):
    """Blur with a kernel of independent random numbers; overshoot from before is kept.

    Attributes:
        size: Side of the kernel in pixels, odd.
        seed: Seed of the numbers.
    """

    op: ClassVar[str] = "random_kernel"

    size: Annotated[Integer, Between(1, MAX_KERNEL_SIZE, odd=True)]
    seed: Seed

    @property
    def taps(self) -> int:
        """The elements of the kernel."""
        return self.size**2

    def psf(self) -> NDArray[np.float64]:
        """Return the kernel."""
        from degradekit.functional.psfs import random_kernel

        return random_kernel(self.size, self.seed)

    def __str__(self) -> str:
        return f"random kernel {self.size} px"


@validated(RecipeError)
class RandomKernel(Operator):
    """Blur with a kernel of independent numbers, uniform in [0, 1] before they are divided by their sum.

    It imitates no lens; wtp_dataset_destroyer has it so that a network does not rely on smooth kernels. Its centroid is
    0 on average only, so it may move an image by a fraction of a pixel.

    Attributes:
        size: Span of the side in pixels, from which odd numbers are drawn; 1 does nothing.

    Source: docs/model.md, section Lens and motion blur.
    """

    op: ClassVar[str] = "random_kernel"
    step_types: ClassVar[tuple[type[Step], ...]] = (RandomKernelStep,)

    size: Annotated[IntegerSpan, Within(1, MAX_KERNEL_SIZE, odd=True), Neutral(1)] = (3, 5)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw the size, and the seed of the kernel."""
        return (RandomKernelStep(rng.odd(*bounds(self.size)), rng.seed()),)
