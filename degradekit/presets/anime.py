"""Anime, as video and the web carry it: the degradations of APISR and AnimeSR; they need the extra `video`.

Source: docs/presets.md.
"""

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.still_codecs import AVIF, WebP
from degradekit.operators.video_h26x import H264, HEVC
from degradekit.operators.video_mpeg import MPEG2, MPEG4

_QUALITY = (20, 95)
_SPEED = {"slow": 0.05, "medium": 0.35, "fast": 0.3, "faster": 0.2, "superfast": 0.1}


def apisr(scale: int) -> Chain:
    """APISR: two stages of resizes anywhere, and a last still or video codec; extra `video`.

    The original resizes in the second stage at scale 4 only.
    """
    first = _resized_anywhere(
        Resize(factor=(0.1, 1.2)),
        Kernel(name="blur"),
        Noise(),
    )
    second_resize = Resize(to="lr", factor=(0.15, 1.2), direction={"up": 0.2, "down": 0.7, "keep": 0.1})
    second_blur, second_noise = (
        Maybe(Kernel(sigma=(0.2, 1.5), name="blur"), 0.8),
        Noise(sigma=(1, 25), scale=(0.05, 2.5)),
    )
    second = (
        _resized_anywhere(second_resize, second_blur, second_noise)
        if scale == 4
        else Chain((second_blur, second_noise))
    )
    first_codec = OneOf((JPEG(quality=_QUALITY), WebP(quality=_QUALITY, method=(0, 6))), weights=(0.4, 0.6))
    last_codecs = {
        JPEG(quality=_QUALITY): 0.06,
        WebP(quality=_QUALITY, method=(0, 6)): 0.1,
        AVIF(quality=_QUALITY): 0.1,
        MPEG2(quantizer=(8, 31)): 0.12,
        MPEG4(quantizer=(8, 31)): 0.12,
        H264(crf=(23, 38), speed=_SPEED): 0.3,
        HEVC(crf=(28, 42), speed=_SPEED): 0.2,
    }
    last_codec = OneOf(tuple(last_codecs), weights=tuple(last_codecs.values()))
    return Chain((first, first_codec, second, Resize(to="lr"), last_codec), scale=scale)


def animesr(scale: int) -> Chain:
    """AnimeSR on stills: Gaussian blur, noise, the resize to LR, an H.264 frame; extra `video`."""
    families = {"iso": 0.7, "aniso": 0.3}
    blur = Kernel(size=21, sigma=(0.2, 4.0), families=families, sinc_probability=0.0, sigma_y=(0.8, 3.0))
    noise = Noise(kinds="gaussian", channels={"color": 0.5, "gray": 0.5}, sigma=(0.0, 10.0))
    resize = Resize(to="lr", filters={"area": 0.3, "bilinear": 0.3, "bicubic": 0.4})
    return Chain((blur, noise, resize, H264(crf=(18, 35))), scale=scale)


def _resized_anywhere(resize: Operator, blur: Operator, noise: Operator) -> Shuffle:
    """Return the resize before the blur, between blur and noise, or after both, with equal chance."""
    return Shuffle((resize, blur, noise), ordered=(("blur", "noise.0"),))
