"""Lines that many presets share, with the laws of each field."""

from collections.abc import Mapping
from math import pi
from typing import Any

from preset_numbers.grammar import Either, Line, Maybe, Node, Seq, Shuffle
from preset_numbers.laws import (
    SEED,
    Choice,
    Follows,
    Law,
    Mixed,
    Reciprocal,
    Uniform,
    as_law,
    equal,
    integers,
    odd,
    same,
)

Span = tuple[float, float]
HR = 400
"""Both sides of the HR that the presets draw for."""
PUBLISHED_FAMILIES = {
    "iso": 0.45,
    "aniso": 0.25,
    "generalized_iso": 0.12,
    "generalized_aniso": 0.03,
    "plateau_iso": 0.12,
    "plateau_aniso": 0.03,
}
PUBLISHED_FILTERS = equal("area", "bilinear", "bicubic")


def bells(
    name: str,
    sizes: Law,
    sigma: Law,
    families: Mapping[str, float],
    generalized: Span = (0.5, 4),
    plateau: Span = (1, 2),
    theta: Span = (-pi, pi),
) -> Line:
    """Return a blur with one of the Gaussian families."""
    variants = []
    for family, weight in families.items():
        is_isotropic = family.endswith("iso") and not family.endswith("aniso")
        beta: Any = 1.0
        if family.startswith("generalized"):
            beta = _beta(generalized)
        elif family.startswith("plateau"):
            beta = _beta(plateau)
        variants.append((
            weight,
            {
                "family": family,
                "size": sizes,
                "sigma_x": sigma,
                "sigma_y": same("sigma_x") if is_isotropic else sigma,
                "theta": 0.0 if is_isotropic else Uniform(*theta),
                "beta": beta,
            },
        ))
    return Line(name, "kernel", *variants)


def _beta(span: Span) -> Law:
    """Half of the shapes are below 1."""
    low, high = span
    return Mixed((0.5, Uniform(low, 1) if low < 1 else 1.0), (0.5, Uniform(1, high)))


def blur(name: str, sigma: Span, sizes: Span = (7, 21), sinc: float = 0.1, **others: Any) -> Node:
    """Return Real-ESRGAN's blur: a bell, or a sinc whose lowest cutoff depends on its size."""
    low, high = sizes
    others.setdefault("families", PUBLISHED_FAMILIES)
    bell = bells(name, odd(low, high), Uniform(*sigma), **others)
    if not sinc:
        return bell
    small, large = range(low, min(high, 11) + 1, 2), range(13, high + 1, 2)
    variants = [(len(small), {"size": equal(*small), "cutoff": Uniform(pi / 3, pi)})]
    if large:
        variants.append((len(large), {"size": equal(*large), "cutoff": Uniform(pi / 5, pi)}))
    return Either((1 - sinc, bell), (sinc, Line(name, "sinc", *variants)))


def resize(
    name: str,
    factor: Span,
    direction: tuple[float, float, float],
    lr: int | None = None,
    filters: Law = PUBLISHED_FILTERS,
) -> Line:
    """Return a resize relative to the image that comes, or to the LR's side; directions are up, down and keep."""
    (low, high), (up, down, keep) = factor, direction
    law = Mixed(*((p, law) for p, law in ((up, Uniform(1, high)), (down, Uniform(low, 1)), (keep, 1.0)) if p))
    return Line(name, "resize", factor=law, **sides(lr), filter=filters)


def sides(base: int | None) -> dict[str, Law]:
    """Return the laws of the sides: the factor times the base, rounded down."""
    return {
        side: Follows(lambda given, side=side: np_floor((given[f"{side}_before"] if base is None else base) * given["factor"]))
        for side in ("height", "width")
    }


def np_floor(values: Any) -> Any:
    """Round down, but not below 1."""
    import numpy as np

    return np.maximum(np.floor(values), 1)


def to_size(name: str, side: int, filters: Any = PUBLISHED_FILTERS) -> Line:
    """Return a resize to a fixed side."""
    return Line(name, "resize", factor=1.0, height=side, width=side, filter=filters)


def gaussian(name: str, sigma: Any, channels: Any) -> Line:
    """Return Gaussian noise."""
    return Line(name, "noise.gaussian", sigma=sigma, seed=SEED, channels=channels)


def noise(name: str, sigma: Span, scale: Span, gray: float = 0.4, gaussian_p: float = 0.5) -> Node:
    """Return Real-ESRGAN's noise."""
    channels = Choice({"gray": gray, "color": 1 - gray})
    poisson = Line(name, "noise.poisson", scale=Uniform(*scale), seed=SEED, channels=channels)
    return Either((gaussian_p, gaussian(name, Uniform(*sigma), channels)), (1 - gaussian_p, poisson))


def jpeg(name: str, low: int, high: int, subsampling: Any = "4:2:0") -> Line:
    """Return a JPEG of integer quality."""
    return Line(name, "jpeg", quality=integers(low, high), subsampling=as_law(subsampling))


def final_sinc(sizes: Span = (7, 21)) -> Line:
    """Return the sinc after the last resize."""
    return Line("final sinc", "sinc", size=odd(*sizes), cutoff=Uniform(pi / 3, pi))


SHARPEN = Line("USM", "sharpen", size=51, weight=0.5, threshold=10.0)


def end(lr: int, quality: Span, sinc: float = 0.8, sizes: Span = (7, 21), filters: Law = PUBLISHED_FILTERS) -> Node:
    """Return the last step: the resize to the LR with the sinc, and the JPEG, in either order."""
    back: Node = to_size("last resize", lr, filters)
    if sinc:
        back = Seq(back, Maybe(sinc, final_sinc(sizes)))
    return Shuffle(back, jpeg("last JPEG", *quality))


def downscale(name: str, divisor: Span, filters: Any) -> Line:
    """Return a resize by 1 / divisor, the divisor being uniform."""
    return Line(name, "resize", factor=Reciprocal(*divisor), **sides(None), filter=filters)
