"""What basicsr and degradekit compute: noise fields, by their moments, and LRs from the same records."""

import math
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import peer_basicsr  # noqa: F401 (first: it has the stand-ins without which basicsr cannot be imported)
import torch
from basicsr.data import degradations
from fidelity_statistics import LARGE_Z, Row, marked, shift, standard_error, ycbcr
from fidelity_streams import SCALE, Part, Tile, apply_with, to_image, to_tensor
from numpy.typing import NDArray

from degradekit import HighOrder
from degradekit.functional import noise
from degradekit.functional.levels import to_float, to_pixels
from degradekit.functional.resizing import resize
from degradekit.types import Image, Pixels


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
            yield name, what, f"{one.mean():.4f}", f"{other.mean():.4f}", marked(f"z {z:+.1f}", abs(z) > LARGE_Z)


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
