"""Distortions of data sets for quality assessment. Source: docs/presets.md."""

import math
from collections.abc import Callable, Sequence

from degradekit.compose import Chain, OneOf, Shuffle
from degradekit.operators.base import Operator
from degradekit.operators.blur import DiscBlur, MotionBlur
from degradekit.operators.color import ColorCast, Saturation
from degradekit.operators.dither import Quantize
from degradekit.operators.halo import Halo
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.levels import Levels
from degradekit.operators.noise import Noise
from degradekit.operators.pixelate import Pixelate
from degradekit.operators.resize import Resize
from degradekit.operators.salt_pepper import SaltPepper
from degradekit.operators.still_codecs import JPEG2000

_WEIGHTS = tuple(math.exp(-(level**2) / (2 * 2.5**2)) for level in range(5))
"""ARNIQA's weights of the five levels, from mild to strong."""


def kadid(scale: int) -> Chain:
    """KADID's distortions as ARNIQA mixes them: one to four kinds of seven, five levels each."""
    distortions = Shuffle(
        (_blurs(), _colors(), _codecs(), _noises(), _brightness(), _structure(), _contrast()), count=(1, 4)
    )
    resize = (Resize(to="lr", filters="bicubic_antialiased"),) if scale > 1 else ()
    return Chain((*resize, distortions), scale=scale)


def _blurs() -> OneOf:
    return _kind(
        "blur",
        _levels(
            lambda sigma: Kernel(size=2 * math.ceil(2 * sigma) + 1, sigma=sigma, families="iso", sinc_probability=0.0),
            (0.1, 0.5, 1.0, 2.0, 5.0),
        ),
        _levels(lambda radius: DiscBlur(radius=radius), (1.0, 2.0, 4.0, 6.0, 8.0)),
        _levels(lambda length: MotionBlur(length=length, angle=(0.0, math.pi)), (1.0, 2.0, 4.0, 6.0, 10.0)),
    )


def _colors() -> OneOf:
    return _kind(
        "color",
        _levels(lambda factor: Saturation(factor=factor), (0.4, 0.2, 0.1, 0.0, -0.4)),
        _levels(lambda factor: Saturation(factor=factor, models="luma"), (1.0, 2.0, 3.0, 6.0, 9.0)),
    )


def _codecs() -> OneOf:
    return _kind(
        "codec",
        _levels(lambda quality: JPEG(quality=int(quality)), (43, 36, 24, 7, 4)),
        _levels(lambda ratio: JPEG2000(ratio=ratio), (16.0, 32.0, 45.0, 120.0, 170.0)),
    )


def _noises() -> OneOf:
    def in_ycbcr(variance: float) -> Chain:
        sigma = 255 * math.sqrt(variance)
        return Chain([Noise(kinds="gaussian", channels=plane, sigma=sigma) for plane in ("luma", "chroma")])

    def white(kind: str) -> Callable[[float], Operator]:
        return lambda variance: Noise(kinds=kind, channels="color", sigma=255 * math.sqrt(variance))

    return _kind(
        "noise",
        _levels(white("gaussian"), (0.001, 0.002, 0.003, 0.005, 0.01)),
        _levels(in_ycbcr, (0.0001, 0.0005, 0.001, 0.002, 0.003)),
        _levels(lambda density: SaltPepper(density=density, channels="color"), (0.001, 0.005, 0.01, 0.02, 0.03)),
        _levels(white("speckle"), (0.001, 0.005, 0.01, 0.02, 0.05)),
    )


def _brightness() -> OneOf:
    """Return gammas through the middle gray of the original's curves, and shifts of all levels."""

    def through(middle: float) -> Levels:
        gamma = max(math.log(middle, 0.5), 0.25) if middle < 1 else 0.25
        return Levels(out_low=0.0, out_high=255.0, gamma=gamma)

    return _kind(
        "brightness",
        _levels(lambda amount: through(0.5 + amount / 2), (0.1, 0.2, 0.4, 0.7, 1.1)),
        _levels(lambda amount: through(0.5 - amount / 2), (0.05, 0.1, 0.2, 0.4, 0.8)),
        _levels(
            lambda shift: ColorCast(gain=1.0, offset=255 * shift, channels="gray"), (0.0, 0.08, -0.08, 0.15, -0.15)
        ),
    )


def _structure() -> OneOf:
    return _kind(
        "structure",
        _levels(lambda strength: Pixelate(factor=1 / (0.95 - strength**0.6)), (0.01, 0.05, 0.1, 0.2, 0.5)),
        _levels(lambda count: Quantize(levels=int(count)), (20, 16, 13, 10, 7)),
    )


def _contrast() -> OneOf:
    def spread(black: float) -> Levels:
        return Levels(out_low=255 * black, out_high=255 * (1 - black), gamma=1.0)

    # The original's Gaussian has a sigma of 6 and 13 x 13 taps, which leave it one of 3.5.
    return _kind(
        "contrast",
        _levels(lambda amount: Halo(sigma=3.5, amount=amount, threshold=0.0), (1.0, 2.0, 3.0, 6.0, 12.0)),
        _levels(lambda amount: spread(-amount / 2), (0.0, 0.15, -0.4, 0.3, -0.6)),
        _levels(lambda half_range: spread(0.5 - half_range), (0.4, 0.3, 0.2, 0.1, 0.05)),
    )


def _kind(name: str, *distortions: OneOf) -> OneOf:
    return OneOf(distortions, name=name)


def _levels(make: Callable[[float], Operator], values: Sequence[float]) -> OneOf:
    return OneOf([make(value) for value in values], weights=_WEIGHTS)
