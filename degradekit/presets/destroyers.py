"""The recipes of the community's dataset destroyers.

Source: docs/presets.md; their steps are drawn from few levels, which are kept where they are the point.
"""

import math
from collections.abc import Callable, Iterable

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.operators.base import Operator
from degradekit.operators.blur import BoxBlur, DiscBlur
from degradekit.operators.dither import Dither, Quantize
from degradekit.operators.halo import Halo
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.resized_noise import ResizedNoise
from degradekit.operators.salt_pepper import SaltPepper
from degradekit.operators.still_codecs import WebP
from degradekit.operators.uniform_noise import UniformNoise
from degradekit.operators.video_h26x import H264, HEVC
from degradekit.operators.video_mpeg import MPEG2
from degradekit.operators.video_web import VP9

_OPENCV_METHOD = 4
"""Method of WebP in OpenCV."""


def dataset_destroyer(scale: int) -> Chain:
    """Kim2091's Dataset Destroyer: blur, noise, a codec and the resize, shuffled; extra `video`."""
    downscale = _equal(scale_filters := ("bilinear_antialiased", "mitchell", "lanczos", "box"))
    to_size = Resize(to="lr", filters=downscale, linear_light=True)
    detour = Chain(
        (
            # U(0.75, 1.5) lies above 1 in two of three draws.
            Resize(factor=(0.75, 1.5), direction={"up": 2 / 3, "down": 1 / 3}, filters=downscale, linear_light=True),
            to_size,
        )
    )
    resize = OneOf((detour, to_size), weights=(1.0, len(scale_filters)), name="scale")
    codecs = (
        MPEG2(quantizer=(2, 15)),
        H264(crf=(23, 32)),
        HEVC(crf=(25, 34)),
        VP9(crf=(25, 35), speed=5),
        JPEG(quality=(40, 95)),
        WebP(quality=(45, 90), method=_OPENCV_METHOD),
    )
    codec = OneOf(codecs, weights=(2.0, 1.0, 1.0, 1.0, 1.0, 1.0), name="compression")
    return Chain((Shuffle((_destroyer_blur(), _destroyer_noise(), codec, resize)),), scale=scale)


def _destroyer_blur() -> OneOf:
    """Return the blurs for integers of 1..16 times 0.25: sizes 1, 3, 5 of 7, 8 and 1 of 16, or sigmas of 0.25..4."""
    sizes = (7.0, 8.0, 1.0)
    box = OneOf([BoxBlur(radius=radius) for radius in (0.0, 1.0, 2.0)], weights=sizes)
    binomial = 1 / math.sqrt(2 * math.log(2))  # of the weights 1, 2, 1, which OpenCV has for the size 3
    gaussians = [_gaussian(0.01, 1), _gaussian(binomial, 3), _gaussian(1.1, 5)]
    anisotropic = Kernel(size=33, sigma=(0.25, 4.0), families="aniso", sinc_probability=0.0)
    return OneOf((box, OneOf(gaussians, weights=sizes), anisotropic), name="blur")


def _destroyer_noise() -> OneOf:
    """Return the noises, whose strength is an integer of 0..5 times 0.05 of white."""
    levels = [0.05 * count for count in range(6)]
    return OneOf(
        (
            _any(lambda level: UniformNoise(amplitude=255 * level, channels="color"), levels),
            _any(lambda level: _white(math.sqrt(level), "color"), levels),
            _any(lambda level: _white(level, "color"), levels),
            _any(lambda level: _white(level, "gray"), levels),
            _any(_pepper_then_salt, (0.02 * count for count in range(1, 6))),
        ),
        name="noise",
    )


def _white(sigma: float, channels: str) -> Noise:
    return Noise(kinds="gaussian", channels=channels, sigma=255 * sigma)


def _pepper_then_salt(level: float) -> Chain:
    """Return black, then white pixels: 0.75 and 1.5 times the level of them are chosen, some more than once."""
    pepper, salt = (-math.expm1(-part * level) for part in (0.75, 1.5))
    return Chain(
        (
            SaltPepper(density=pepper, kinds="pepper", channels="gray"),
            SaltPepper(density=salt, kinds="salt", channels="gray"),
        )
    )


def wtp_digital_art(scale: int) -> Chain:
    """wtp_dataset_destroyer for digital art: sharp filters, halos, a slight blur, JPEG or WebP."""
    filters = ("box", "hermite", "bilinear_antialiased", "lagrange", "catrom", "mitchell", "bspline", "lanczos")
    subsampling = {"4:4:4": 0.25, "4:4:0": 0.25, "4:2:2": 0.25, "4:2:0": 0.25}
    codecs = (JPEG(quality=(40, 99), subsampling=subsampling), WebP(quality=(40, 99), method=_OPENCV_METHOD))
    return Chain(
        (
            Resize(to="lr", filters=_equal(filters)),
            Maybe(Halo(kinds="unsharp_gray", sigma=(0.0, 2.0), amount=(0.0, 2.0), threshold=0.0), 0.3),
            Maybe(_wtp_blur(), 0.8),
            Maybe(OneOf(codecs), 0.9),
        ),
        scale=scale,
    )


def wtp_game_texture(scale: int) -> Chain:
    """wtp_dataset_destroyer for textures of games: few levels, sharp filters, halos, noise."""
    diffusions = Dither(kinds={"floyd_steinberg": 1.0, "jarvis_judice_ninke": 1.0}, levels=(32, 127))
    return Chain(
        (
            Maybe(OneOf((diffusions, Quantize(levels=(32, 127))), weights=(2.0, 1.0)), 0.5),
            Resize(to="lr", filters=_equal(("box", "bilinear_antialiased", "catrom", "lanczos"))),
            Maybe(Halo(kinds="unsharp_mask", sigma=(0.0, 1.0), amount=(0.0, 1.0), threshold=(0.0, 0.079)), 0.4),
            Maybe(_wtp_blur(), 0.15),
            Maybe(_wtp_noise(), 0.35),
        ),
        scale=scale,
    )


def _wtp_blur() -> OneOf:
    gaussian = Kernel(size=17, sigma=(0.01, 2.0), families="iso", sinc_probability=0.0)
    return OneOf((BoxBlur(radius=(0.0, 2.0)), gaussian, DiscBlur(radius=(1.0, 2.0))))


def _wtp_noise() -> OneOf:
    """Return uniform or Gaussian noise of four amounts, whose bias is up to a tenth of the amount."""
    channels = {"luma": 0.3, "chroma": 0.7 * 0.1, "color": 0.7 * 0.9}

    def noises(amount: float) -> tuple[Operator, Operator]:
        level = 255 * amount
        bias = (-0.1 * level, 0.1 * level)
        uniform = UniformNoise(amplitude=level, channels=channels, offset=bias)
        return uniform, ResizedNoise(
            0.25 * level, resize_probability=0.0, renormalize=False, channels=channels, offset=bias
        )

    return OneOf([noise for amount in (0.1, 0.15, 0.2, 0.25) for noise in noises(amount)])


def _any(make: Callable[[float], Operator], levels: Iterable[float]) -> OneOf:
    return OneOf([make(level) for level in levels])


def _gaussian(sigma: float, size: int) -> Kernel:
    return Kernel(size=size, sigma=sigma, families="iso", sinc_probability=0.0)


def _equal(names: tuple[str, ...]) -> dict[str, float]:
    return dict.fromkeys(names, 1.0)
