"""The degradations that come with trainers. Source: docs/presets.md."""

import math

from degradekit.compose import Chain, Maybe, OneOf, Shuffle
from degradekit.high_order import HighOrder, Stage
from degradekit.operators.camera import Camera
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize
from degradekit.operators.sinc import Sinc
from degradekit.operators.still_codecs import WebP

_ANTIALIASED = {"area": 1.0, "bilinear_antialiased": 1.0, "bicubic_antialiased": 1.0}


def neosr(scale: int) -> HighOrder:
    """The templates of neosr: Real-ESRGAN's two stages with little noise and milder resizing."""
    direction = {"up": 0.3, "down": 0.4, "keep": 0.3}
    kinds, channels = {"gaussian": 0.2, "poisson": 0.8}, {"color": 0.9, "gray": 0.1}
    first = Stage(
        resize=Resize(factor=(0.5, 1.5), direction=direction),
        noise=Noise(kinds=kinds, channels=channels, sigma=(0.0, 2.0), scale=(0.05, 0.25)),
        compress=JPEG(quality=(40, 95)),
    )
    second = Stage(
        blur=Maybe(Kernel(sigma=(0.2, 1.5)), 0.4),
        resize=Resize(to="lr", factor=(0.3, 1.5), direction=direction),
        noise=Noise(kinds=kinds, channels=channels, sigma=(0.0, 2.0), scale=(0.05, 0.1)),
        compress=JPEG(quality=(35, 95)),
    )
    return HighOrder(order=2, scale=scale, sharpen=None, stages=(first, second))


def trainner_redux(scale: int) -> Chain:
    """The templates of traiNNer-redux: two resizes and two JPEGs of high quality.

    A resize that keeps the size does nothing there, so the second one leaves the size of the first.
    """
    filters = {"bilinear_antialiased": 0.25, "catrom": 0.25, "nearest": 0.25, "lanczos": 0.25}
    first = Resize(factor=(0.4, 1.5), rounding="nearest", filters=filters)
    second = Resize(
        to="lr",
        factor=(0.6, 1.2),
        direction={"up": 0.3, "down": 0.4},
        rounding="nearest",
        filters=filters,
    )
    jpeg = JPEG(quality=(75, 95))
    last = Shuffle((Resize(to="lr", filters=filters), jpeg), name="last")
    return Chain((first, jpeg, Maybe(second, 0.7), last), scale=scale)


def trainner_combo(scale: int) -> Chain:
    """victorca25's traiNNer, combined presets: two stages with camera noise, JPEG and WebP.

    Its noise patches and `realistic` kernels, which need folders of pictures, and its detour `down_up` are left out.
    """
    first = Stage(
        blur=_combined_blur((0.1, 3.0), (0.2, 5.0)),
        resize=_combined_resize(Resize(factor=(0.15, 1.5), filters=_ANTIALIASED), scale),
        noise=_combined_noise(30.0, 3.0),
        compress=OneOf((JPEG(), WebP(quality=(30, 95))), weights=(0.75, 0.25)),
    )
    second_resize = Resize(factor=(0.3, 1.2), direction={"up": 0.3, "down": 0.4, "keep": 0.3}, filters=_ANTIALIASED)
    second = Stage(
        blur=Maybe(_combined_blur((0.2, 1.5), (0.2, 1.5)), 0.8),
        resize=_combined_resize(second_resize, scale),
        noise=_combined_noise(25.0, 2.5),
        compress=None,
    )
    to_size = Chain((Resize(to="lr", filters=_ANTIALIASED | {"mitchell": 1.0}), Maybe(Sinc(), 0.8)))
    return Chain((first, second, Shuffle((to_size, JPEG()), name="last")), scale=scale)


def _combined_resize(resize: Resize, scale: int) -> OneOf:
    """Return a resize, or a quarter of the time the nearest samples at 1 / scale of the size or at about twice that."""
    divisors = (math.ceil(scale / 2), scale)
    nearest = [Resize(factor=1 / divisor, direction="down", filters="nearest") for divisor in divisors]
    return OneOf((resize, *nearest), weights=(0.75, 0.125, 0.125))


def _combined_blur(isotropic: tuple[float, float], anisotropic: tuple[float, float]) -> OneOf:
    theta = (0.0, math.pi)
    kernels = (
        Kernel(sinc_probability=1.0),
        Kernel(sigma=isotropic, families="iso", sinc_probability=0.0),
        Kernel(sigma=anisotropic, theta=theta, families="aniso", sinc_probability=0.0),
    )
    return OneOf(kernels, weights=(0.1, 0.58, 0.32))


def _combined_noise(highest_variance: float, highest_scale: float) -> OneOf:
    gains = (1.2, 2.4)
    return OneOf(
        (
            Noise(kinds="gaussian", sigma=(1.0, highest_variance), sigma_law="variance"),
            Noise(kinds="poisson", scale=(0.05, highest_scale)),
            Camera(
                sensors="brooks",
                row_noise_ratio=0.0,
                demosaic_methods="malvar",
                bayer_patterns="RGGB",
                red_gain=gains,
                blue_gain=gains,
            ),
        )
    )
