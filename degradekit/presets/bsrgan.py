"""BSRGAN's two models (Zhang et al., ICCV 2021), without the camera ISP, which has no published model.

Source: docs/model.md, section Presets.
"""

import math

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize

_FILTERS = {"area": 1.0, "bilinear": 1.0, "bicubic": 1.0}
_CHANNELS = {"color": 0.4, "gray": 0.4, "correlated": 0.2}
_SIGMA = (2.0, 25.0)


def bsrgan(scale: int) -> Chain:
    """BSRGAN: blurs, downscaling, noise and JPEG in random order, then a last JPEG."""
    steps: Operator = _shuffled_steps(scale)
    if scale == 4:
        halve = Resize(factor=0.5, direction="down", filters=_FILTERS | {"bicubic_antialiased": 3.0})
        halved = Chain((halve, Chain((_shuffled_steps(2),), scale=2)), name="halved")
        steps = OneOf((steps, halved), weights=(0.75, 0.25))
    return Chain((steps, JPEG()), scale=scale)


def bsrgan_plus(scale: int) -> Chain:
    """BSRGAN+: two rounds of blur, resize, three noises and JPEG, fully shuffled half of the time."""
    first = (_blur(scale), _resize(scale), *_noises(), JPEG())
    second = (_blur(scale), _resize(scale), *_noises())
    partly = Chain(
        (
            *(_blur(scale), _resize(scale), Shuffle(_noises()), JPEG()),
            *(_blur(scale), _resize(scale), Shuffle(_noises())),
        )
    )
    ending = (Resize(to="lr", filters=_FILTERS), JPEG())
    return Chain((OneOf((Shuffle((*first, *second)), partly)), *ending), scale=scale)


def _shuffled_steps(scale: int) -> Shuffle:
    random_factor = Resize(factor=(1 / (2 * scale), 1.0), direction="down", factor_law="reciprocal", filters=_FILTERS)
    strided = Resize(factor=1 / scale, direction="down", filters="gaussian", sigma=(0.1, 0.6 * scale))
    return Shuffle(
        (
            _blur(scale),
            _blur(scale),
            OneOf((random_factor, strided), weights=(0.75, 0.25), name="downscale"),
            Resize(to="lr", filters=_FILTERS, name="to_size"),
            Noise(kinds="gaussian", channels=_CHANNELS, sigma=_SIGMA),
            Maybe(JPEG(), 0.9),
        ),
        ordered=(("downscale", "to_size"),),
    )


def _blur(scale: int) -> OneOf:
    anisotropic = Kernel(
        size=(7, 25),
        sigma=(0.01, 4.0 + scale),
        sigma_law="variance",
        theta=(0.0, math.pi),
        families="aniso",
        sinc_probability=0.0,
    )
    isotropic = Kernel(size=(7, 25), sigma=(0.01, 2 + 0.2 * scale), families="iso", sinc_probability=0.0)
    return OneOf((anisotropic, isotropic))


def _resize(scale: int) -> Resize:
    return Resize(factor=(0.5 / scale, 2.0), direction={"up": 0.2, "down": 0.7, "keep": 0.1}, filters=_FILTERS)


def _noises() -> tuple[Operator, ...]:
    return (
        Noise(kinds="gaussian", channels=_CHANNELS, sigma=_SIGMA),
        Maybe(
            Noise(kinds="poisson", channels={"color": 0.5, "gray": 0.5}, scale=1.0, peak=(100.0, 10_000.0)),
            0.1,
        ),
        Maybe(Noise(kinds="speckle", channels=_CHANNELS, sigma=_SIGMA), 0.1),
    )
