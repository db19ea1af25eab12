"""Diffusion models for real-world super-resolution: nearly all train with one of four sets of numbers.

They are Real-ESRGAN's own, `stablesr`, `pisasr` and `resshift`. All of these models see LRs that were resized back to
the size of the HR; a dataset holds them before that.

Source: docs/presets.md.
"""

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.high_order import FIRST, SECOND, HighOrder, Stage
from degradekit.operators.base import Operator
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sharpen import Sharpen
from degradekit.operators.sinc import Sinc

_DIRECTION = {"up": 0.3, "down": 0.4, "keep": 0.3}


def osediff(scale: int) -> HighOrder:
    """OSEDiff: Real-ESRGAN's second order without sharpening the HR."""
    return HighOrder(order=2, scale=scale, sharpen=None)


def stablesr(scale: int) -> Chain:
    """StableSR and S3Diff: milder blurs, resizing, noise and JPEG than Real-ESRGAN's.

    The original leaves 1 % of its network's inputs undegraded, at the size of the HR; for stored LRs that becomes a
    bicubic resize.
    """
    degraded = HighOrder(
        order=2, scale=scale, sharpen=None, stages=_mild_stages(_narrow_kernel(1.5), _narrow_kernel(1.0))
    )
    resized = Resize(to="lr", filters="bicubic_antialiased")
    return Chain((Sharpen(), OneOf((degraded, resized), weights=(0.99, 0.01))), scale=scale)


def pisasr(scale: int) -> HighOrder:
    """PiSA-SR, PASD, DLoRAL: StableSR's resizing, noise and JPEG with Real-ESRGAN's blurs."""
    stages = _mild_stages(Kernel(), Kernel(sigma=(0.2, 1.5)))
    return HighOrder(order=2, scale=scale, sharpen=None, stages=stages)


def resshift(scale: int) -> Chain:
    """ResShift and InvSR: a second stage half of the time, smaller kernels, no sharpening."""
    first = Stage(blur=Kernel(size=(3, 19)), resize=FIRST.resize, noise=FIRST.noise, compress=FIRST.compress)
    second = Stage(
        blur=Maybe(Kernel(size=(3, 13), sigma=(0.2, 1.5)), 0.8),
        resize=SECOND.resize,
        noise=SECOND.noise,
        compress=None,
    )
    last = Chain((Resize(to="lr"), Maybe(Sinc(size=(3, 13)), 0.8)))
    return Chain((first, Maybe(second, 0.5), Shuffle((last, JPEG()), name="last")), scale=scale)


def resshift_test(scale: int) -> Chain:
    """ResShift's synthetic test set: one mild stage, then the resize to LR and a light JPEG."""
    first = Stage(
        blur=Kernel(size=(3, 11), sigma=(0.2, 0.8), families={"iso": 0.6, "aniso": 0.4}),
        resize=Resize(factor=(0.5, 1.5)),
        noise=Noise(sigma=(1.0, 15.0), scale=(0.05, 0.3)),
        compress=JPEG(quality=(70, 95)),
    )
    last = Chain((Resize(to="lr"), Maybe(Sinc(size=(3, 5)), 0.2)))
    return Chain((first, Shuffle((last, JPEG(quality=(80, 100))), name="last")), scale=scale)


def _narrow_kernel(highest_sigma: float) -> Kernel:
    return Kernel(sigma=(0.2, highest_sigma), generalized_beta=(0.5, 2.0), plateau_beta=(1.0, 1.5))


def _mild_stages(first_blur: Operator, second_blur: Operator) -> tuple[Stage, Stage]:
    return (
        Stage(
            blur=first_blur,
            resize=Resize(factor=(0.3, 1.5)),
            noise=Noise(sigma=(1.0, 15.0), scale=(0.05, 2.0)),
            compress=JPEG(quality=(60, 95)),
        ),
        Stage(
            blur=Maybe(second_blur, 0.5),
            resize=Resize(to="lr", factor=(0.6, 1.2), direction=_DIRECTION),
            noise=Noise(sigma=(1.0, 12.0), scale=(0.05, 1.0)),
            compress=JPEG(quality=(60, 100)),
        ),
    )
