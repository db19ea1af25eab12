"""The laws of a step's fields: what a value's probability is, and that of a lower one.

A law works on arrays of many samples' values. `given` has the fields that stand before it in the table, by name, and
`height_before` and `width_before`, the image's sides as the step gets it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Values = np.ndarray[Any, Any]
Given = Mapping[str, Values]
SLACK = 1e-12
"""What rounding may add to the ends of a continuous law, relative to them."""


class Law:
    """A continuous or discrete law; by default nothing has a probability."""

    def mass(self, values: Values, given: Given) -> Values:
        """Return the probabilities of exactly these values."""
        return np.zeros(len(values))

    def density(self, values: Values, given: Given) -> Values:
        """Return the densities at these values."""
        return np.zeros(len(values))

    def below(self, values: Values, given: Given) -> Values:
        """Return the probabilities of lower values."""
        return np.zeros(len(values))

    def support(self) -> tuple[Any, ...]:
        """Return the values that have a probability, where there are few."""
        return ()


def numbers(values: Values) -> Values:
    """Return an array of floats, with NaN for what is no number."""
    if values.dtype != object:
        return values
    return np.array([value if isinstance(value, int | float) else np.nan for value in values.tolist()], dtype=float)


class Uniform(Law):
    """Uniform in [low, high]."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def density(self, values: Values, given: Given) -> Values:
        values = numbers(values)
        slack = SLACK * max(abs(self.low), abs(self.high))
        inside = (values >= self.low - slack) & (values <= self.high + slack)
        return np.where(inside, 1 / (self.high - self.low), 0.0)

    def below(self, values: Values, given: Given) -> Values:
        return np.clip(np.nan_to_num((numbers(values) - self.low) / (self.high - self.low)), 0, 1)


class Squared(Uniform):
    """The square is uniform in [low, high]."""

    def density(self, values: Values, given: Given) -> Values:
        values = numbers(values)
        return 2 * np.nan_to_num(values) * super().density(values**2, given)

    def below(self, values: Values, given: Given) -> Values:
        return super().below(numbers(values) ** 2, given)


class Logarithm(Uniform):
    """The logarithm is uniform; the ends are those of the value."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__(np.log(low), np.log(high))

    def density(self, values: Values, given: Given) -> Values:
        return super().density(np.log(values), given) / values

    def below(self, values: Values, given: Given) -> Values:
        return super().below(np.log(values), given)


class Reciprocal(Uniform):
    """1 / value is uniform in [low, high]."""

    def density(self, values: Values, given: Given) -> Values:
        return super().density(1 / values, given) / values**2

    def below(self, values: Values, given: Given) -> Values:
        return 1 - super().below(1 / values, given)


class Choice(Law):
    """One of a few values, by their weights."""

    def __init__(self, weights: Mapping[Any, float]) -> None:
        total = sum(weights.values())
        self.weights: dict[Any, float] = {}
        for value, weight in weights.items():
            self.weights[rounded(value)] = self.weights.get(rounded(value), 0.0) + weight / total

    def mass(self, values: Values, given: Given) -> Values:
        return np.array([self.weights.get(rounded(value), 0.0) for value in values.tolist()])

    def below(self, values: Values, given: Given) -> Values:
        """Numbers have their own order, names that of the alphabet."""
        lower = {}
        for value in set(values.tolist()):
            lower[value] = sum(weight for other, weight in self.weights.items() if _is_lower(other, rounded(value)))
        return np.array([lower[value] for value in values.tolist()])

    def support(self) -> tuple[Any, ...]:
        return tuple(self.weights)


def rounded(value: Any) -> Any:
    """Return a number to 12 digits, as formulas that are equal may differ in the last ones."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _is_lower(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is None and b is not None
    return a < b if isinstance(a, int | float) and isinstance(b, int | float) else str(a) < str(b)


def equal(*values: Any) -> Choice:
    """Return the law of equally likely values."""
    return Choice(dict.fromkeys(values, 1.0))


def integers(low: int, high: int, by: int = 1) -> Choice:
    """Return the law of equally likely integers, both ends included."""
    return equal(*range(low, high + 1, by))


def odd(low: int, high: int) -> Choice:
    """Return the law of equally likely odd numbers, both ends included."""
    return integers(low, high, 2)


class Mixed(Law):
    """One of several laws, by their weights."""

    def __init__(self, *parts: tuple[float, Any]) -> None:
        self.parts = [(weight, as_law(law)) for weight, law in parts]
        assert abs(sum(weight for weight, _ in parts) - 1) < 1e-9, parts

    def mass(self, values: Values, given: Given) -> Values:
        return sum(weight * law.mass(values, given) for weight, law in self.parts)

    def density(self, values: Values, given: Given) -> Values:
        return sum(weight * law.density(values, given) for weight, law in self.parts)

    def below(self, values: Values, given: Given) -> Values:
        return sum(weight * law.below(values, given) for weight, law in self.parts)

    def support(self) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(value for _, law in self.parts for value in law.support()))


class Unused(Law):
    """Any value: the step does not read the field."""

    def mass(self, values: Values, given: Given) -> Values:
        return np.ones(len(values))


class Relative(Law):
    """Another field plus a number of the given law."""

    def __init__(self, field: str, law: Law) -> None:
        self.field, self.law = field, law

    def mass(self, values: Values, given: Given) -> Values:
        return self.law.mass(values - given[self.field], given)

    def below(self, values: Values, given: Given) -> Values:
        return self.law.below(values - given[self.field], given)


class Follows(Law):
    """What the fields before it decide."""

    def __init__(self, formula: Callable[[Given], Any]) -> None:
        self.formula = formula

    def mass(self, values: Values, given: Given) -> Values:
        expected = self.formula(given)
        is_float = values.dtype == float and np.asarray(expected).dtype != object
        equal = np.isclose(values, expected, rtol=SLACK, atol=0) if is_float else values == expected
        return np.asarray(equal, dtype=float)

    def below(self, values: Values, given: Given) -> Values:
        return np.asarray(values > self.formula(given), dtype=float)


def same(field: str) -> Follows:
    """Return the law of a field that repeats another."""
    return Follows(lambda given: given[field])


SEED = Uniform(0, 2**53)
"""The seed of a field of noise."""


def as_law(value: Any) -> Law:
    """Return a law as it is, and anything else as the only possible value."""
    return value if isinstance(value, Law) else Choice({value: 1.0})


class Correlated(Law):
    """BSRGAN's mixing of channels: a factor of |U^T diag(d) U|, d uniform, U a random orthonormal basis.

    It is compared by the variance of the first channel.
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        columns = np.linalg.qr(rng.random((20_000, 3, 3))).Q
        self.variances = np.sort((columns[:, :, 0] ** 2 * rng.random((20_000, 3))).sum(1))

    def density(self, values: Values, given: Given) -> Values:
        return np.array([float(_is_factor(value)) for value in values.tolist()])

    def below(self, values: Values, given: Given) -> Values:
        first = [value[0][0] ** 2 if isinstance(value, tuple) else 2.0 for value in values.tolist()]
        return np.searchsorted(self.variances, first) / len(self.variances)


def _is_factor(value: Any) -> bool:
    if not isinstance(value, tuple):
        return False
    factor = np.array(value)
    covariance = factor @ factor.T
    return bool((np.triu(factor, 1) == 0).all() and (covariance >= 0).all() and (np.diag(covariance) <= 1).all())
