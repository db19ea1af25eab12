"""The degradations that come with trainers. Source: docs/presets.md."""

from degradekit.compose import Chain, Maybe, Shuffle
from degradekit.high_order import HighOrder, Stage
from degradekit.operators.jpeg import JPEG
from degradekit.operators.kernel import Kernel
from degradekit.operators.noise import Noise
from degradekit.operators.resize import Resize


def neosr(scale: int) -> HighOrder:
    """The templates of neosr: Real-ESRGAN's two stages with little noise and milder resizing; no sharpening."""
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
    """The templates of traiNNer-redux: two resizes and two JPEGs of high quality; no blur, noise or sharpening.

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
