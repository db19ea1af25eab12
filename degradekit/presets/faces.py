"""Blind face restoration: blur, downscaling, noise and JPEG once, and back to the size of the HR.

At a scale above 1 the last resize goes to the size of the LR instead. Source: docs/presets.md.
"""

from degradekit.compose import Chain, Maybe
from degradekit.operators.base import Operator
from degradekit.operators.color import ColorCast, Grayscale
from degradekit.operators.color_jitter import ColorJitter
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize

_LARGE = (1.0, 15.0), (4.0, 30.0), 20.0, (30, 80)
"""The arguments of `_once` for CodeFormer's stage 2."""


def gfpgan(scale: int) -> Chain:
    """GFPGAN: strong blur, down to an eighth, noise and JPEG, and jittered colors."""
    return Chain((*_once((0.1, 10.0), (0.8, 8.0), 20.0, (60, 100)), *_changed_colors()), scale=scale)


def gpen(scale: int) -> Chain:
    """GPEN: GFPGAN's numbers without its jittered colors; one in five is gray."""
    return Chain((Maybe(Grayscale(), 0.2), *_once((0.1, 10.0), (0.8, 8.0), 20.0, (60, 100))), scale=scale)


def codeformer_large(scale: int) -> Chain:
    """CodeFormer, stage 2: down to a thirtieth, JPEG of low quality."""
    return Chain(_once(*_LARGE), scale=scale)


def codeformer_color(scale: int) -> Chain:
    """CodeFormer for colorization: the large degradation with GFPGAN's jittered colors."""
    return Chain((*_once(*_LARGE), *_changed_colors()), scale=scale)


def codeformer_small(scale: int) -> Chain:
    """CodeFormer's milder half, which its stage 3 mixes with the large one."""
    return Chain(_once((0.1, 10.0), (1.0, 12.0), 15.0, (60, 100)), scale=scale)


def diffbir_v1(scale: int) -> Chain:
    """DiffBIR, first version: the faces' chain for general photos."""
    return Chain(_once((0.1, 12.0), (1.0, 12.0), 15.0, (30, 100)), scale=scale)


def stablesr_face(scale: int) -> Chain:
    """StableSR for faces: down to a 32nd; one in a hundred is gray."""
    return Chain((*_once((0.1, 15.0), (0.8, 32.0), 20.0, (30, 100)), Maybe(Grayscale(), 0.01)), scale=scale)


def osediff_face(scale: int) -> Chain:
    """OSEDiff for faces: down to a thirtieth."""
    return Chain(_once((1.0, 15.0), (1.0, 30.0), 20.0, (30, 100)), scale=scale)


def _once(
    sigma: tuple[float, float],
    divisor: tuple[float, float],
    highest_noise: float,
    quality: tuple[int, int],
) -> tuple[Operator, ...]:
    """Return the chain of all these models.

    Args:
        sigma: Span of each axis of the Gaussian kernel, 41 x 41, in pixels.
        divisor: Span of the uniform number that the sides are divided by.
        highest_noise: The highest sigma of the Gaussian noise, on the 0..255 scale; the lowest is 0.
        quality: Span of the JPEG's quality.
    """
    low, high = divisor
    return (
        Kernel(size=41, sigma=sigma, families={"iso": 0.5, "aniso": 0.5}, sinc_probability=0.0),
        Resize(
            factor=(1 / high, 1 / low),
            factor_law="reciprocal",
            direction={"up": max(0.0, round(1.0 - low, 9)), "down": high - max(low, 1.0)},
            filters="bilinear",
        ),
        Noise(kinds="gaussian", channels="color", sigma=(0.0, highest_noise)),
        JPEG(quality=quality),
        Resize(to="lr", filters="bilinear"),
    )


def _changed_colors() -> tuple[Operator, ...]:
    """Return what GFPGAN does last to the colors, in its order."""
    return (
        Maybe(ColorCast(gain=1.0, offset=(-20.0, 20.0)), 0.3),
        Maybe(Grayscale(), 0.01),
        Maybe(ColorJitter(brightness=(0.5, 1.5), contrast=(0.5, 1.5), saturation=(0.0, 1.5), hue=(-0.1, 0.1)), 0.3),
    )
