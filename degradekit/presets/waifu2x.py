"""waifu2x's degradations of art and photos, at its four levels of noise.

Source: docs/presets.md; nagadomi/nunif, commit d23721f, waifu2x/training.
"""

import math
from typing import Any

from degradekit.compose import Chain, Maybe, OneOf
from degradekit.operators.base import Operator
from degradekit.operators.fractal_noise import FractalNoise
from degradekit.operators.jpeg_passes import JPEGPasses
from degradekit.operators.paper_texture import PaperTexture
from degradekit.operators.photo_grain import PhotoGrain
from degradekit.operators.resize import Resize
from degradekit.operators.resized_noise import ResizedNoise

_HALF = {"color": 0.5, "gray": 0.5}
_SHADOWS = 0.25
"""How often noise is scaled by the darkness of the image."""


def art_0(scale: int) -> Chain:
    """waifu2x for art, noise level 0: sharp filters, JPEG 85-95."""
    return _art(0, scale)


def art_1(scale: int) -> Chain:
    """waifu2x for art, noise level 1: sharp filters, JPEG 65-85."""
    return _art(1, scale)


def art_2(scale: int) -> Chain:
    """waifu2x for art, noise level 2: sharp filters, one to three JPEGs of 27-70."""
    return _art(2, scale)


def art_3(scale: int) -> Chain:
    """waifu2x for art, noise level 3: the JPEGs of level 2 nearly always."""
    return _art(3, scale)


def photo_0(scale: int) -> Chain:
    """waifu2x for photos, noise level 0: sharp filters, hardly any noise, JPEG 85-95."""
    return _photo(0, scale)


def photo_1(scale: int) -> Chain:
    """waifu2x for photos, noise level 1: sharp filters, hardly any noise, JPEG 37-70 or 90-98."""
    return _photo(1, scale)


def photo_2(scale: int) -> Chain:
    """waifu2x for photos, noise level 2: grain, blotches or paper, one or two JPEGs from 37 on."""
    return _photo(2, scale)


def photo_3(scale: int) -> Chain:
    """waifu2x for photos, noise level 3: as level 2 with stronger noise and JPEG."""
    return _photo(3, scale)


def _art(level: int, scale: int) -> Chain:
    probability = (0.65, 0.65, 0.65, 0.95)[level]
    jpegs = [_art_jpegs(lower) for lower in range(level + 1)]
    return Chain((*_downscaled(scale), _this_or_lower(jpegs, probability)), scale=scale)


def _photo(level: int, scale: int) -> Chain:
    probability = (0.3, 0.6, 0.9, 0.9)[level]
    jpegs = [_photo_jpegs(lower) for lower in range(level + 1)]
    noise = Maybe(_photo_noise(level), (0.1, 0.1, 0.9, 0.9)[level])
    return Chain((*_downscaled(scale), noise, _this_or_lower(jpegs, probability)), scale=scale)


def _downscaled(scale: int) -> tuple[Operator, ...]:
    """Return the resize to LR, of which one in ten has a wider or narrower filter; at scale 1 there is none."""
    if scale == 1:
        return ()
    filters = {"box": 1 / 3, "sinc": 1 / 3, "lanczos": 1 / 6, "bilinear_antialiased": 1 / 16, "catrom": 1 / 3}
    plain, widened = (Resize(to="lr", filters=filters, filter_width=width) for width in (1.0, (0.95, 1.05)))
    return (OneOf((plain, widened), weights=(0.9, 0.1)),)


def _this_or_lower(jpegs: list[OneOf], probability: float) -> Maybe:
    """Return the JPEGs of a level; in a quarter of the cases (level 3: in 1 of 80), of any level up to it."""
    count = len(jpegs)
    any_level = 0.05 * 0.25 if count == 4 else 0.25
    weights = [any_level / count] * count
    weights[-1] += 1 - any_level
    return Maybe(OneOf(jpegs, weights=weights), probability)


def _art_jpegs(level: int) -> OneOf:
    if level < 2:
        return OneOf((JPEGPasses((85, 95) if level == 0 else (65, 85), quality_drops=()),))
    once, twice, thrice = (), ((5, 10),), ((5, 15), (15, 25))
    weights = {
        ((27, 70), once): 0.6,
        ((37, 70), twice): 0.3 * 0.95,
        ((37, 95), twice): 0.3 * 0.05,
        ((52, 70), thrice): 0.1 * 0.95,
        ((52, 95), thrice): 0.1 * 0.05,
    }
    passes = [JPEGPasses(quality, quality_drops=drops, shift_probability=0.07) for quality, drops in weights]
    return OneOf(passes, weights=tuple(weights.values()))


def _photo_jpegs(level: int) -> OneOf:
    if level == 0:
        return OneOf((JPEGPasses((85, 95), quality_drops=()),))
    if level == 1:
        return OneOf((JPEGPasses((37, 70), quality_drops=()), JPEGPasses((90, 98), quality_drops=())))
    again = (70, 90) if level == 2 else (37, 90)
    weights = {
        ((37, 70), ()): 0.95 * 0.8,
        ((52, 95), ()): 0.05 * 0.8,
        ((37, 70), (again,)): 0.95 * 0.2,
        ((52, 95), (again,)): 0.05 * 0.2,
    }
    passes = [
        JPEGPasses(quality, quality_drops=(), later_qualities=later, shift_probability=0.3)
        for quality, later in weights
    ]
    return OneOf(passes, weights=tuple(weights.values()))


def _photo_noise(level: int) -> OneOf:
    """Return the noises of a level, all equally likely; the lower two levels have the first four."""
    factor = (0.25, 0.5, 1.2, 1.8)[level]

    def span(low: float, high: float) -> tuple[float, float]:
        return 255 * low * factor, 255 * high * factor

    usual, half_turn, tilt = span(0.02, 0.1), (-math.pi, math.pi), math.radians(5)
    mean_of_eight = ResizedNoise(
        (usual[0] / math.sqrt(8), usual[1] / math.sqrt(8)),
        resize_probability=0.0,
        renormalize=False,
        channels="gray",
        signs={"both": 1.0, "lighten": 1.0, "darken": 1.0},
    )
    grain = PhotoGrain(usual, channels=_HALF, shadow_probability=_SHADOWS)
    blotches = OneOf(
        [
            FractalNoise(
                usual, octaves=1, frequency=frequency, angle=theta, channels="gray", shadow_probability=_SHADOWS
            )
            for frequency in ((0.5, 1.0), (0.25, 0.5))
            for theta in (0.0, half_turn)
        ]
    )
    papers = [
        PaperTexture(span(0.05, 0.15), angle=theta, channels=_HALF, shadow_probability=_SHADOWS)
        for theta in (0.0, (-tilt, tilt), half_turn)
    ]
    methods = (
        mean_of_eight,
        grain,
        blotches,
        _bent(usual, channels=_HALF, sparse_probability=0.25, coverage=(0.1, 0.5)),
        OneOf(papers, weights=(0.2, 0.6, 0.2)),
        _bent(usual, channels="gray", sparse_probability=1.0, coverage=(0.02, 0.5), block_size=8),
    )
    return OneOf(methods[: 4 if level < 2 else 6])


def _bent(sigma: tuple[float, float], **parts: Any) -> ResizedNoise:
    """Return noise of which a quarter is stretched and a quarter blurred."""
    return ResizedNoise(
        sigma,
        resize_probability=0.25,
        factor=(1.0, 2.0),
        per_axis=True,
        filters="bilinear",
        blurs={"none": 0.75, "gaussian": 0.125, "line": 0.125},
        renormalize=False,
        **parts,
    )
