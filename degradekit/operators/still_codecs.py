"""Compression with the codecs of still pictures after JPEG: WebP, AVIF, JPEG 2000, JPEG XL."""

from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from degradekit.errors import RecipeError, RecordError
from degradekit.extras import JXL, Extra
from degradekit.fields import (
    Between,
    FrozenWeights,
    Integer,
    IntegerSpan,
    Mix,
    Neutral,
    Number,
    Span,
    Weights,
    Within,
    bounds,
    weights_of,
)
from degradekit.limits import MAX_RATIO
from degradekit.mistakes import validated
from degradekit.operators.base import Context, Operator
from degradekit.operators.parameters import Subsampling
from degradekit.rng import Stream
from degradekit.step import Step
from degradekit.types import Image

Wavelet: TypeAlias = Literal["9/7", "5/3"]


@validated(RecordError)
class WebPStep(Step):
    """Compress and decompress with libwebp; this clips the image and rounds it to 8 bits.

    Attributes:
        quality: 0..100, as in the command `cwebp`.
        method: How hard the encoder tries, 0..6; it changes the pixels too.
    """

    op: ClassVar[str] = "webp"

    quality: Annotated[Integer, Between(0, 100)]
    method: Annotated[Integer, Between(0, 6)]

    def __call__(self, image: Image) -> Image:
        """Encode and decode."""
        from degradekit.functional.codecs import webp

        return webp(image, self.quality, self.method)

    @property
    def taps(self) -> int:
        """About as many as take the time of the slowest method."""
        return 500

    def __str__(self) -> str:
        return f"WebP quality {self.quality}, method {self.method}"


@validated(RecipeError)
class WebP(Operator):
    """Compress with lossy WebP of a random quality; the chroma is always subsampled 4:2:0.

    Attributes:
        quality: Span of the quality, 0..100, both ends included; 100 is lossy too.
        method: Span of how hard the encoder tries, 0..6, from fast to slow.

    Source: docs/model.md, section Compression; the defaults are those of APISR (Kiteretsu77/APISR, commit c0c0407,
    `opt.py`).
    """

    op: ClassVar[str] = "webp"
    step_types: ClassVar[tuple[type[Step], ...]] = (WebPStep,)

    quality: Annotated[IntegerSpan, Within(0, 100), Neutral(100)] = (20, 95)
    method: Annotated[IntegerSpan, Within(0, 6)] = (0, 6)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw quality and method."""
        return (WebPStep(rng.integer(*bounds(self.quality)), rng.integer(*bounds(self.method))),)


@validated(RecordError)
class AVIFStep(Step):
    """Compress and decompress with libaom; this clips the image and rounds it to 8 bits.

    Attributes:
        quality: 0..100, as in the command `avifenc`.
        speed: 0..10, from the slowest encoder to the fastest; it changes the pixels too.
        subsampling: How the chroma is subsampled.
    """

    op: ClassVar[str] = "avif"

    quality: Annotated[Integer, Between(0, 100)]
    speed: Annotated[Integer, Between(0, 10)]
    subsampling: Subsampling = "4:2:0"

    def __call__(self, image: Image) -> Image:
        """Encode and decode."""
        from degradekit.functional.codecs import avif

        return avif(image, self.quality, self.speed, self.subsampling)

    @property
    def taps(self) -> int:
        """About as many as take the time: for 400 x 400 pixels, 10 ms at speed 10 and 10 s at speed 0."""
        return 102_400 >> self.speed

    def __str__(self) -> str:
        return f"AVIF quality {self.quality}, speed {self.speed}, {self.subsampling}"


@validated(RecipeError)
class AVIF(Operator):
    """Compress with AVIF of a random quality.

    Attributes:
        quality: Span of the quality, 0..100, both ends included.
        speed: Span of the encoder's speed, 0..10: one less takes about twice the time, but 9 and 10 are the same.
        subsampling: Weights of the chroma subsamplings `4:2:0`, `4:2:2` and `4:4:4`.

    Source: docs/model.md, section Compression; the quality is that of APISR (Kiteretsu77/APISR, commit c0c0407,
    `opt.py`), the speeds are degradekit's own.
    """

    op: ClassVar[str] = "avif"
    step_types: ClassVar[tuple[type[Step], ...]] = (AVIFStep,)

    quality: Annotated[IntegerSpan, Within(0, 100), Neutral(100)] = (20, 95)
    speed: Annotated[IntegerSpan, Within(0, 10)] = (8, 10)
    subsampling: Annotated[Mix, Weights(*get_args(Subsampling))] = FrozenWeights({"4:2:0": 1.0})

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw quality, speed and subsampling."""
        quality, speed = rng.integer(*bounds(self.quality)), rng.integer(*bounds(self.speed))
        return (AVIFStep(quality, speed, rng.choice(weights_of(self.subsampling))),)


@validated(RecordError)
class JPEG2000Step(Step):
    """Compress and decompress with OpenJPEG; this clips the image and rounds it to 8 bits.

    Attributes:
        ratio: How many times smaller the code stream is than the 8-bit image.
        wavelet: `9/7`, irreversible, or `5/3`, reversible.
    """

    op: ClassVar[str] = "jpeg2000"

    ratio: Annotated[Number, Between(1, MAX_RATIO)]
    wavelet: Wavelet = "9/7"

    def __call__(self, image: Image) -> Image:
        """Encode and decode."""
        from degradekit.functional.codecs import jpeg2000

        return jpeg2000(image, self.ratio, self.wavelet == "9/7")

    @property
    def taps(self) -> int:
        """About as many as take the time of the encoder."""
        return 500

    def __str__(self) -> str:
        return f"JPEG 2000 ratio {self.ratio:.1f}, wavelet {self.wavelet}"


@validated(RecipeError)
class JPEG2000(Operator):
    """Compress with JPEG 2000 to a random size; it blurs and rings where JPEG has blocks.

    Attributes:
        ratio: Span of how many times smaller the code stream is than the 8-bit image, drawn log-uniformly. 1 with the
            wavelet `5/3` is lossless.
        wavelets: Weights of the wavelets `9/7`, the usual one of lossy files, and `5/3`, that of files which could have
            been lossless.

    Source: docs/model.md, section Compression; the ratios are those of KADID's five levels (miccunifi/ARNIQA, commit
    f60c0f2, `utils/utils_data.py`), the law and the weights degradekit's own.
    """

    op: ClassVar[str] = "jpeg2000"
    step_types: ClassVar[tuple[type[Step], ...]] = (JPEG2000Step,)

    ratio: Annotated[Span, Within(1, MAX_RATIO), Neutral(1)] = (16.0, 170.0)
    wavelets: Annotated[Mix, Weights(*get_args(Wavelet))] = FrozenWeights({"9/7": 1.0})

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw ratio and wavelet."""
        low, high = bounds(self.ratio)
        ratio = min(max(rng.log_uniform(low, high), low), high)  # the logarithm's rounding may leave the span
        return (JPEG2000Step(ratio, rng.choice(weights_of(self.wavelets))),)


@validated(RecordError)
class JPEGXLStep(Step):
    """Compress and decompress with libjxl; this clips the image and rounds it to 8 bits.

    Attributes:
        quality: 0..99, as in the command `cjxl`.
        effort: How hard the encoder tries, 1..9; it changes the pixels too.
    """

    op: ClassVar[str] = "jpegxl"

    quality: Annotated[Integer, Between(0, 99)]
    effort: Annotated[Integer, Between(1, 9)]

    def __call__(self, image: Image) -> Image:
        """Encode and decode."""
        from degradekit.functional.codecs import jpegxl

        return jpegxl(image, self.quality, self.effort)

    @property
    def taps(self) -> int:
        """About as many as take the time: for 400 x 400 pixels, 15 ms at effort 3 and 0.4 s at effort 9."""
        return 20 << self.effort

    def __str__(self) -> str:
        return f"JPEG XL quality {self.quality}, effort {self.effort}"


@validated(RecipeError)
class JPEGXL(Operator):
    """Compress with lossy JPEG XL of a random quality; it needs the extra `jxl`.

    Attributes:
        quality: Span of the quality, 0..99, both ends included; 100 would be lossless.
        effort: Span of how hard the encoder tries, 1..9, from fast to slow; 7 is that of the command `cjxl`.

    Source: docs/model.md, section Compression; the defaults are degradekit's own.
    """

    op: ClassVar[str] = "jpegxl"
    step_types: ClassVar[tuple[type[Step], ...]] = (JPEGXLStep,)
    extra: ClassVar[Extra | None] = JXL

    quality: Annotated[IntegerSpan, Within(0, 99), Neutral(99)] = (20, 95)
    effort: Annotated[IntegerSpan, Within(1, 9)] = (3, 7)

    def draw(self, rng: Stream, context: Context) -> tuple[Step, ...]:
        """Draw quality and effort."""
        return (JPEGXLStep(rng.integer(*bounds(self.quality)), rng.integer(*bounds(self.effort))),)
