"""Bounds for random outcomes, all at five standard errors: a sound test fails about once in two million runs."""

from math import sqrt

import numpy as np

STANDARD_ERRORS = 5


def assert_frequency(count: int, of: int, probability: float, what: str = "") -> None:
    error = sqrt(probability * (1 - probability) / of)
    assert abs(count / of - probability) <= STANDARD_ERRORS * error, (
        f"{what}: {count} of {of} is {count / of:.4f}, not {probability} within {STANDARD_ERRORS} x {error:.5f}"
    )


def assert_mean(sample: np.ndarray, mean: float, deviation: float, what: str = "") -> None:
    error = deviation / sqrt(sample.size)
    got = float(sample.mean(dtype=np.float64))
    assert abs(got - mean) <= STANDARD_ERRORS * error, f"{what}: mean {got:.6f}, not {mean} within 5 x {error:.6f}"


def assert_uniform(sample: list[float], low: float, high: float, what: str = "") -> None:
    """Kolmogorov-Smirnov; the seed is fixed, and 1e-6 is what five standard errors leave."""
    from scipy.stats import kstest

    assert min(sample) >= low, what
    assert max(sample) <= high, what
    result = kstest(sample, "uniform", args=(low, high - low))
    assert result.pvalue > 1e-6, f"{what}: p = {result.pvalue:.2g} for uniform in [{low}, {high}]"


def assert_uniform_integers(values: list[int], low: int, high: int) -> None:
    for value in range(low, high + 1):
        assert_frequency(values.count(value), len(values), 1 / (high - low + 1), str(value))
    assert set(values) <= set(range(low, high + 1))


TAIL = 5.7e-7
"""How often a normal variable is five standard errors away from its mean, or more."""


def assert_count(count: int, of: int, probability: float, what: str = "") -> None:
    """Compare with a binomial law at the chance that five standard errors leave, which also holds for few and rare."""
    from scipy.special import bdtr, bdtrc

    if not 0 < probability < 1:
        assert count == of * probability, f"{what}: {count} of {of}, not {probability}"
        return
    too_few, too_many = bdtr(count, of, probability), bdtrc(count - 1, of, probability) if count else 1.0
    assert min(too_few, too_many) > TAIL / 2, f"{what}: {count} of {of} is {count / of:.4f}, not {probability:.4f}"
