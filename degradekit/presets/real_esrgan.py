"""Real-ESRGAN's model and its simpler relatives. Source: docs/model.md, sections Chain to Presets."""

from degradekit.compose import Chain
from degradekit.high_order import HighOrder
from degradekit.operators.resize import Resize


def real_esrgan(scale: int) -> HighOrder:
    """Real-ESRGAN: second order, with the numbers of its published options."""
    return HighOrder(order=2, scale=scale)


def classical(scale: int) -> HighOrder:
    """The classical model: blur, resize to LR, noise, JPEG; each once, HR not sharpened."""
    return HighOrder(order=1, scale=scale, sharpen=None)


def bicubic(scale: int) -> Chain:
    """Antialiased bicubic (MATLAB's imresize) alone, the protocol of the classical benchmarks."""
    return Chain([Resize(to="lr", filters="bicubic_antialiased")], scale=scale)
