"""Recipes that draw from all degrees of degradation, from none to severe. Source: docs/presets.md."""

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.high_order import FIRST, RESIZE_BACK, SECOND, HighOrder, Stage
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sharpen import Sharpen


def gate(scale: int) -> Chain:
    """Gated degradation: each step of Real-ESRGAN's two stages half of the time.

    From the closer look at blind super-resolution of Zhang et al. (CVPR Workshops 2022), where the HR is not sharpened.
    """
    first = [Maybe(operator, 0.5) for operator in FIRST.operators.values()]
    blur, resize, noise = Kernel(sigma=(0.2, 1.5)), SECOND.operators["resize"], SECOND.operators["noise"]
    second = [Maybe(operator, 0.5) for operator in (blur, resize, noise)]
    filtered = Shuffle((RESIZE_BACK, JPEG()), name="filtered")
    return Chain((*first, *second, OneOf((filtered, Resize(to="lr")))), scale=scale)


def dasr(scale: int) -> Chain:
    """DASR: 30 % weak, 30 % standard and 40 % severe degradations in one dataset."""
    degrees = (dasr_weak(scale), dasr_standard(scale), dasr_severe(scale))
    return Chain((OneOf(degrees, weights=(0.3, 0.3, 0.4)),), scale=scale)


def dasr_weak(scale: int) -> Chain:
    """The weak part of DASR: a slight blur, little noise, JPEG of high quality."""
    return _once(
        scale,
        "weak",
        sigma=(0.2, 0.8),
        resize=Resize(factor=(0.85, 1.2), direction={"up": 0.1, "down": 0.2, "keep": 0.7}),
        noise=Noise(sigma=(1.0, 10.0), scale=(0.05, 0.5)),
        quality=(90, 95),
    )


def dasr_standard(scale: int) -> Chain:
    """The standard part of DASR: one stage of middling strength."""
    return _once(
        scale,
        "standard",
        sigma=(0.2, 1.5),
        resize=Resize(factor=(0.5, 1.2), direction={"up": 0.3, "down": 0.4, "keep": 0.3}),
        noise=Noise(sigma=(1.0, 20.0), scale=(0.05, 1.5)),
        quality=(50, 95),
    )


def dasr_severe(scale: int) -> HighOrder:
    """The severe part of DASR: Real-ESRGAN's two stages, with Gaussian kernels only."""
    stages = (Stage(blur=_kernel((0.2, 3.0))), Stage(blur=Maybe(_kernel((0.2, 1.5)), 0.8)))
    return HighOrder(order=2, scale=scale, stages=stages, name="severe")


def _once(
    scale: int,
    name: str,
    sigma: tuple[float, float],
    resize: Operator,
    noise: Operator,
    quality: tuple[int, int],
) -> Chain:
    steps = (Sharpen(), _kernel(sigma), resize, noise, JPEG(quality=quality), Resize(to="lr"))
    return Chain(steps, scale=scale, name=name)


def _kernel(sigma: tuple[float, float]) -> Kernel:
    return Kernel(size=(9, 21), sigma=sigma, families={"iso": 0.65, "aniso": 0.35}, sinc_probability=0.0)
