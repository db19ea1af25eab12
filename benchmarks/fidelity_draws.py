"""What fidelity.py draws and records: the parameters that basicsr and degradekit draw, noise fields, single records.

basicsr's draws are those that its chain in peer_basicsr.py makes: its functions are replaced by ones that note their
arguments and compute no pixels.
"""

import math
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import peer_basicsr
import torch
from basicsr.data import degradations
from fidelity_statistics import LARGE_Z, SMALL_P, shift, standard_error, ycbcr
from fidelity_streams import SCALE, Part, Tile, apply_with, seed_basicsr, to_image, to_tensor
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from torch import Tensor

from degradekit import HighOrder
from degradekit.functional import noise
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.resizing import resize
from degradekit.operators.jpeg import JPEGStep
from degradekit.operators.kernel import KernelStep
from degradekit.operators.noise import GaussianStep, PoissonStep
from degradekit.operators.resize import ResizeStep
from degradekit.operators.sinc import SincStep
from degradekit.types import Image, Pixels

Row = tuple[str, ...]


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
                    _marked(f"z {z:+.1f}", abs(z) > LARGE_Z),
                )
            continue
        test = ks_2samp(one, other)
        text = f"D {test.statistic:.4f} (p {test.pvalue:.2g})"
        yield (
            name,
            "median",
            f"{np.median(one):.4g}",
            f"{np.median(other):.4g}",
            _marked(text, bool(test.pvalue < SMALL_P)),
        )


def _marked(text: str, differs: bool) -> str:
    return f"**{text}**" if differs else text


def compare_fields(count: int, seed: int) -> Iterator[Row]:
    """Yield for each kind of noise: standard deviation, skewness and correlation of R and G, in levels, and their z."""
    ramp = np.linspace(0.2, 0.8, 256 * 256, dtype=np.float32).reshape(256, 256)
    image = np.stack([ramp, ramp[::-1], ramp.T], 2)
    torch.manual_seed(seed)
    for kind, gray in (("gaussian", False), ("gaussian", True), ("poisson", False), ("poisson", True)):
        moments: list[list[list[float]]] = [[], []]
        for index in range(count):
            if kind == "gaussian":
                theirs = degradations.generate_gaussian_noise_pt(to_tensor(image), 10, gray_noise=int(gray))
                own = noise.gaussian_field((256, 256, 3), 10, gray, seed + index)
            else:
                theirs = degradations.generate_poisson_noise_pt(to_tensor(image), 1.0, gray_noise=int(gray))
                own = noise.poisson_field(image, 1.0, gray, seed + index)
            for field, values in zip((to_image(theirs), np.broadcast_to(own, image.shape)), moments, strict=True):
                values.append(_field_moments(255 * field.astype(np.float64)))
        for what, one, other in zip(
            ("standard deviation", "skewness", "correlation of R and G"), *(np.array(m).T for m in moments), strict=True
        ):
            error = math.hypot(standard_error(one), standard_error(other))
            z = (other.mean() - one.mean()) / error if error > 1e-9 else 0.0
            name = f"{kind.capitalize() if kind == 'gaussian' else 'Poisson'}, {'gray' if gray else 'color'}"
            yield name, what, f"{one.mean():.4f}", f"{other.mean():.4f}", _marked(f"z {z:+.1f}", abs(z) > LARGE_Z)


def _field_moments(field: NDArray[np.float64]) -> list[float]:
    centered = field - field.mean()
    deviation = centered.std()
    return [
        deviation,
        (centered**3).mean() / deviation**3,
        np.corrcoef(field[..., 0].ravel(), field[..., 1].ravel())[0, 1],
    ]


def compare_records(tiles: Iterable[Tile], seed: int, variants: dict[str, Collection[Part]]) -> Iterator[Row]:
    """Yield for each variant how degradekit's LRs change where basicsr computes some steps of the same records.

    The columns: median, 95th percentile and maximum over the records of the mean |difference| in levels (before
    rounding); share of identical LRs; change of the PSNR to bicubic in dB, with its standard error; median shift of
    the lower right quarter in LR pixels.
    """
    seen: dict[str, list[tuple[float, ...]]] = {name: [] for name in ("degradekit", *variants)}
    for tile in tiles:
        image = to_float(tile.hr)
        record = HighOrder(scale=SCALE).sample(tile.hr.shape[:2], seed=seed, key=tile.key)
        bicubic = to_pixels(resize(image, *record.lr_size, "bicubic_antialiased"))
        own = record.apply(image)
        for name, values in seen.items():
            lr = apply_with(record, image, variants[name]) if name in variants else own
            values.append(_measured(lr, own, bicubic))
    plain = np.array(seen["degradekit"])[:, 2]
    for name, values in seen.items():
        difference, identical, psnr, shifts = np.array(values).T
        change = psnr - plain
        yield (
            name,
            *(f"{np.quantile(difference, q):.3g}" for q in (0.5, 0.95, 1)),
            f"{100 * identical.mean():.0f} %",
            f"{change.mean():+.3f} ({standard_error(change):.3f})" if name in variants else "",
            f"{np.median(shifts):+.3f}",
        )


def _measured(lr: Image, own: Image, bicubic: Pixels) -> tuple[float, ...]:
    levels = to_pixels(lr)
    half_y, half_x = (length // 2 for length in levels.shape[:2])
    y, clean = (ycbcr(pixels)[0][half_y:, half_x:] for pixels in (levels, bicubic))
    error = float(np.mean((levels.astype(np.float64) - bicubic) ** 2))
    return (
        255 * float(np.abs(np.clip(lr, 0, 1) - np.clip(own, 0, 1)).mean()),
        float(np.array_equal(levels, to_pixels(own))),
        10 * math.log10(255**2 / max(error, 1e-3)),
        shift(y, clean),
    )
