"""A match whose numbers are made up, to show: nothing is measured, drawn or fitted for it."""

import numpy as np

from degradekit import HighOrder
from degradekit.matching.cautions import cautions
from degradekit.matching.fields import Field, fields_of
from degradekit.matching.results import Agreement, Difference, FieldFit, Match, Twin, Verdict
from degradekit.matching.rewriting import with_fits
from degradekit.matching.samples import RealCrops, Simulation
from degradekit.statistics import STATISTICS

PRESET = HighOrder(order=2, scale=4)
SUMMARY = "The fitted recipe explains the real photos about as well as they explain each other."


def spans(field: Field, verdict: Verdict, fitted: tuple[float, float], score: float, condition: str = "") -> FieldFit:
    """A fit of a span: most photos between two ends."""
    edges = tuple(np.linspace(field.low, field.high, 9).tolist())
    middles = np.add(edges[:-1], edges[1:]) / 2
    shares = np.where((middles > fitted[0]) & (middles < fitted[1]), 1.0, 0.02)
    shares, error = tuple((shares / shares.sum()).tolist()), (field.high - field.low) / 40
    ends = (*fitted, error, error / 2)
    return FieldFit(field, verdict, score, 38, condition, edges, (1 / 8,) * 8, shares, (0.02,) * 8, *ends)


def names(field: Field, verdict: Verdict, fitted: tuple[float, ...], score: float) -> FieldFit:
    """A fit of names."""
    return FieldFit(field, verdict, score, 40, "", (), field.shares, fitted, (0.04,) * len(fitted))


def fits() -> tuple[FieldFit, ...]:
    """What is known of each field, of which five can be seen."""
    fields = {field.path: field for field in fields_of(PRESET)}
    seen = [
        spans(fields["stages.1.noise.sigma"], "fitted", (3.1, 9.4), 0.39),
        names(fields["stages.1.noise.kinds"], "weak", (0.62, 0.38), 0.68),
        spans(fields["stages.1.compress.quality"], "fitted", (41, 62), 0.97, "where it is the last step"),
        names(fields["last.children.1.probability"], "unchanged", (0.22, 0.78), 0.91),
        names(fields["last"], "fitted", (0.1, 0.9), 0.99),
    ]
    unseen = {path: FieldFit(field, "not identifiable", 0.02, 40) for path, field in fields.items()}
    return tuple((unseen | {fit.field.path: fit for fit in seen}).values())


FIELDS = fits()


def differences() -> tuple[Difference, ...]:
    names = [statistic.name for statistic in STATISTICS]
    suggestion = "noise made before an upscale, or film grain: film_grain, resized_noise"
    first = Difference(names[7], 1.4, 1.1, 0.86, True, suggestion)
    return first, *(Difference(name, 0.6, 0.1, 0.55, False, "") for name in reversed(names) if name != names[7])


def agreement(is_explained: bool = True, summary: str = SUMMARY) -> Agreement:
    after = (0.031, 0.58) if is_explained else (0.38, 0.93)
    return Agreement(0.412, after[0], 0.018, 0.95, after[1], 0.53, is_explained, summary, differences())


def simulation(count: int, shift: float, seed: int) -> Simulation:
    rng = np.random.default_rng(seed)
    return Simulation(
        PRESET, tuple(fit.field for fit in FIELDS), rng.normal(shift, 1, (count, len(STATISTICS))), {},
        np.array(["stages.1.compress"] * count), np.arange(count) % 5, np.zeros((count, 2), np.int64),
        tuple(f"hr/{index}.png" for index in range(5)), 0, {"hr/small.png": "smaller than a crop"},
    )  # fmt: skip


def real_crops(photos: int = 40) -> RealCrops:
    rng = np.random.default_rng(1)
    qualities = np.where(np.arange(photos) % 3, 40.0 + np.arange(photos) % 20, np.nan)
    return RealCrops(
        rng.normal(0, 0.6, (2 * photos, len(STATISTICS))), np.arange(2 * photos) // 2,
        np.zeros((2 * photos, 2), np.int64), tuple(f"real/{index:03}.jpg" for index in range(photos)), qualities, 160,
        {"real/broken.jpg": "not an image", "real/icon.png": "smaller than 64 x 64"},
    )  # fmt: skip


def twin(photo: str, is_explained: bool, seed: int) -> Twin:
    real, synthetic = np.random.default_rng(seed).integers(0, 256, (2, 16, 16, 3), np.uint8)
    return Twin(photo, is_explained, 0.1 + seed, real, synthetic)


def made_up_match() -> Match:
    """A match of 40 photos that is explained."""
    real, prior = real_crops(), simulation(100, 0.8, 2)
    return Match(
        recipe=with_fits(PRESET, FIELDS), preset=PRESET, scale=4, seed=3, fields=FIELDS, agreement=agreement(),
        real=real, prior=prior, fitted=simulation(90, 0.1, 3), is_fitted=True,
        warnings=cautions(real, prior, 0, prior.unusable),
        twins=(twin("real/007.jpg", True, 0), twin("real/003.jpg", False, 1)),
    )  # fmt: skip


def refused_match() -> Match:
    """A match of 3 photos, which are too few for a fit."""
    real = real_crops(3)
    return Match(PRESET, PRESET, 4, 0, (), None, real, None, None, False, cautions(real, None, 0, {}))
