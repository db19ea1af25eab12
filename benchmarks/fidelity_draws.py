"""What basicsr and degradekit draw.

basicsr's draws are those that its chain in peer_basicsr.py makes: its functions are replaced by ones that note their
arguments and compute no pixels.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import peer_basicsr
import torch
from basicsr.data import degradations
from fidelity_statistics import LARGE_Z, SMALL_P, Row, marked, standard_error
from fidelity_streams import SCALE, seed_basicsr
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from torch import Tensor

from degradekit import HighOrder
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.kernel import KernelStep
from degradekit.operators.noise import GaussianStep, PoissonStep
from degradekit.operators.resize import ResizeStep
from degradekit.operators.sinc import SincStep


class Blur(NamedTuple):
    """A blur by a kernel of sum 1."""

    kernel: NDArray[np.float32]


class Resized(NamedTuple):
    """A resize; the last one, to the LR size, has factor 1."""

    factor: float
    filter: str


class Noise(NamedTuple):
    """Noise: sigma of the Gaussian, or scale of the Poisson kind."""

    kind: str
    strength: float
    gray: bool


class Compressed(NamedTuple):
    """A JPEG."""

    quality: float


Event = Blur | Resized | Noise | Compressed


def events_of_basicsr(seed: int, key: str, side: int) -> list[Event]:
    """Return what basicsr's chain draws for a tile of this side."""
    events: list[Event] = []
    factors: list[float] = []
    draw_factor = peer_basicsr.factor

    def note_factor(*arguments: float) -> float:
        factors.append(float(draw_factor(*arguments)))
        return factors[-1]

    def resizes() -> int:
        return sum(isinstance(event, Resized) for event in events)

    def note_blur(image: Tensor, kernel: Tensor) -> Tensor:
        values = kernel[0].numpy()
        if resizes() < 3 or values.max() < 1:  # its last filter is an identity where it draws no sinc
            events.append(Blur(values))
        return image

    def note_resize(image: Tensor, mode: str, size: Any = None, scale_factor: float | None = None) -> Tensor:
        events.append(Resized([*factors, 1][resizes()], mode))
        return image.new_zeros(
            1, 3, *(size or (math.floor(length * (scale_factor or 1)) for length in image.shape[2:]))
        )

    def note_noise(kind: str) -> Any:
        def field(image: Tensor, strength: Tensor, gray: Tensor) -> Tensor:
            events.append(Noise(kind, float(strength), bool(gray)))
            return torch.zeros_like(image)

        return field

    def note_jpeg(image: Tensor, quality: Tensor) -> Tensor:
        events.append(Compressed(float(quality)))
        return image

    seed_basicsr(seed, key)
    with ExitStack() as patches:
        for owner, name, stand_in in (
            (peer_basicsr, "factor", note_factor),
            (peer_basicsr, "filter2D", note_blur),
            (torch.nn.functional, "interpolate", note_resize),
            (degradations, "generate_gaussian_noise_pt", note_noise("gaussian")),
            (degradations, "generate_poisson_noise_pt", note_noise("poisson")),
            (peer_basicsr, "jpeger", note_jpeg),
        ):
            patches.enter_context(patch.object(owner, name, stand_in))
        peer_basicsr.second_order(torch.zeros(1, 3, side, side), SCALE, sharpen=False)
    return events


def events_of_degradekit(seed: int, key: str, side: int) -> list[Event]:
    """Return what degradekit draws for a tile of this side."""
    events: list[Event] = []
    for step in HighOrder(scale=SCALE).sample((side, side), seed=seed, key=key).steps:
        match step:
            case KernelStep() | SincStep():
                events.append(Blur(step.kernel()))
            case ResizeStep():
                events.append(Resized(step.factor, step.filter))
            case GaussianStep():
                events.append(Noise("gaussian", step.sigma, step.channels == "gray"))
            case PoissonStep():
                events.append(Noise("poisson", step.scale, step.channels == "gray"))
            case JPEGStep():
                events.append(Compressed(step.quality))
    return events


def parameters(events: Iterable[Event]) -> dict[str, float]:
    """Return the drawn parameters by name; 0 and 1 for choices. What was not drawn is not there, but for the choice."""
    drawn = {"blur 2 is applied": 0.0, "last sinc is applied": 0.0}
    resizes = 0
    for event in events:
        match event:
            case Blur(kernel):
                name = {0: "blur 1", 1: "blur 2", 3: "last sinc"}[resizes]
                drawn[f"{name} is applied"] = 1.0
                drawn |= {f"{name}, {what}": value for what, value in _moments(kernel).items()}
            case Resized(factor, filter):
                resizes += 1
                if resizes < 3:
                    drawn[f"resize {resizes}, factor"] = factor
                    drawn[f"resize {resizes} goes up"] = float(factor > 1)
                    drawn[f"resize {resizes} keeps the size"] = float(factor == 1)
                drawn |= {f"resize {resizes} is {each}": float(filter == each) for each in ("area", "bilinear")}
            case Noise(kind, strength, gray):
                drawn[f"noise {resizes} is Gaussian"] = float(kind == "gaussian")
                drawn[f"noise {resizes} is gray"] = float(gray)
                drawn[f"noise {resizes}, {'sigma' if kind == 'gaussian' else 'Poisson scale'}"] = strength
            case Compressed(quality):
                if resizes > 1:
                    drawn["JPEG is last"] = float(resizes == 3)
                drawn[f"JPEG {min(resizes, 2)}, quality"] = float(round(quality))
    return drawn


def _moments(kernel: NDArray[np.float32]) -> dict[str, float]:
    half = kernel.shape[0] // 2
    across = np.arange(-half, half + 1.0)
    moments = {
        "peak": kernel.max(),
        "variance along y": kernel.sum(1) @ across**2,
        "variance along x": kernel.sum(0) @ across**2,
        "covariance": across @ kernel @ across,
        "width that is not 0": np.count_nonzero(kernel[half]),
    }
    # Without what float32 adds: a covariance that is 0 would be compared by the signs of its rounding errors.
    return {name: round(float(value), 5) for name, value in moments.items()}


def compare_draws(ones: list[dict[str, float]], others: list[dict[str, float]]) -> Iterator[Row]:
    """Yield for each parameter its name, what is compared, both streams' values, and the difference."""
    for name in sorted({name for drawn in (*ones, *others) for name in drawn}):
        one, other = ([drawn[name] for drawn in side if name in drawn] for side in (ones, others))
        if {*one, *other} <= {0.0, 1.0}:
            if len({*one, *other}) > 1:
                z = (np.mean(other) - np.mean(one)) / math.hypot(standard_error(one), standard_error(other))
                yield (
                    name,
                    "share",
                    f"{np.mean(one):.4f}",
                    f"{np.mean(other):.4f}",
                    marked(f"z {z:+.1f}", abs(z) > LARGE_Z),
                )
            continue
        test = ks_2samp(one, other)
        text = f"D {test.statistic:.4f} (p {test.pvalue:.2g})"
        yield (
            name,
            "median",
            f"{np.median(one):.4g}",
            f"{np.median(other):.4g}",
            marked(text, bool(test.pvalue < SMALL_P)),
        )
