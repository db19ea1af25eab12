"""BSRGAN's models (Zhang et al., ICCV 2021), without their camera pipeline, whose numbers are not published.

Source: docs/model.md, section Presets.
"""

import math
from collections.abc import Callable

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
    return Chain((_or_halved(_shuffled_steps, scale), JPEG()), scale=scale)


def bsrgan_plus(scale: int) -> Chain:
    """BSRGAN+: two rounds of blur, resize, three noises and JPEG, half of the time all shuffled."""
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


def bsrgan_light(scale: int) -> Chain:
    """BSRGAN of latent-diffusion upscalers: one narrow blur, little noise, JPEG of high quality."""
    return Chain((_or_halved(_lightly_shuffled_steps, scale), JPEG(quality=(80, 95))), scale=scale)


def _or_halved(steps: Callable[[int], Operator], scale: int) -> Operator:
    """Return the steps for a scale; at 4, a quarter of the time the image is halved first and gets those for 2."""
    if scale != 4:
        return steps(scale)
    halve = Resize(factor=0.5, direction="down", filters=_FILTERS | {"bicubic_antialiased": 3.0})
    halved = Chain((halve, Chain((steps(2),), scale=2)), name="halved")
    return OneOf((steps(4), halved), weights=(0.75, 0.25))


def _shuffled_steps(scale: int) -> Shuffle:
    return _shuffled(
        (_blur(scale), _blur(scale)),
        _downscale(scale, 0.75),
        Noise(kinds="gaussian", channels=_CHANNELS, sigma=_SIGMA),
        Maybe(JPEG(), 0.9),
    )


def _lightly_shuffled_steps(scale: int) -> Shuffle:
    return _shuffled(
        (_narrow_blur(scale),),
        _downscale(scale, 0.8),
        Noise(kinds="gaussian", channels=_CHANNELS, sigma=(1.0, 2.0)),
        Maybe(JPEG(quality=(80, 95)), 0.9),
    )


def _shuffled(blurs: tuple[Operator, ...], downscale: Operator, noise: Operator, jpeg: Operator) -> Shuffle:
    return Shuffle(
        (*blurs, downscale, Resize(to="lr", filters=_FILTERS, name="to_size"), noise, jpeg),
        ordered=(("downscale", "to_size"),),
    )


def _downscale(scale: int, probability: float) -> OneOf:
    """Return BSRGAN's downscale: by a random factor with a probability, else a Gaussian blur with a stride."""
    random_factor = Resize(factor=(1 / (2 * scale), 1.0), direction="down", factor_law="reciprocal", filters=_FILTERS)
    strided = Resize(factor=1 / scale, direction="down", filters="gaussian", sigma=(0.1, 0.6 * scale))
    return OneOf((random_factor, strided), weights=(probability, 1 - probability), name="downscale")


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


def _narrow_blur(scale: int) -> OneOf:
    """Return kernels a quarter as wide; even sizes, which the original draws too, become one pixel wider."""
    variance, sigma = (0.01, (4.0 + scale) / 4), (0.01, (2 + 0.2 * scale) / 4)

    def anisotropic(size: int | tuple[int, int]) -> Kernel:
        theta = (0.0, math.pi)
        return Kernel(size, variance, "variance", theta=theta, families="aniso", sinc_probability=0.0)

    def isotropic(size: int) -> Kernel:
        return Kernel(size, sigma, families="iso", sinc_probability=0.0)

    # Of 5..14 and of 5..7, each size is as likely as another before it is rounded up.
    by_size = (anisotropic(5), anisotropic((7, 13)), anisotropic(15), isotropic(5), isotropic(7))
    return OneOf(by_size, weights=(1 / 20, 8 / 20, 1 / 20, 1 / 6, 2 / 6))


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
