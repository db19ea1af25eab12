"""What is wrong with the samples of a preset, as messages."""

from collections import Counter, defaultdict
from itertools import combinations
from typing import Any

import numpy as np
from bounds import TAIL, assert_count

from preset_numbers.comparison import Drawn
from preset_numbers.grammar import Word

FEWEST = 50
"""Correlations of fewer samples are not looked at."""


def wrong_fields(drawn: Drawn) -> list[str]:
    """Return what is wrong with the laws of single fields."""
    from scipy.stats import kstest

    failures = list(drawn.failures)
    pooled: dict[str, list[np.ndarray]] = defaultdict(list)
    for (name, _), parts in drawn.uniforms.items():
        pooled[name] += [uniform for _, uniform in parts]
    for name, parts in pooled.items():
        sample = np.concatenate(parts)
        p = kstest(sample, "uniform").pvalue
        if p < TAIL:
            shares = np.histogram(sample, 10, (0, 1))[0] / len(sample)
            failures.append(f"{name}: p = {p:.2g} for {len(sample)} samples; tenths {np.round(shares, 3).tolist()}")
    merged: dict[tuple[str, tuple[Any, ...]], list[Any]] = {}
    for name, counts, of, expected in drawn.counts:
        key = name, tuple((value, round(p, 9)) for value, p in expected.items())
        total = merged.setdefault(key, [Counter(), 0, expected])
        total[0] += counts
        total[1] += of
    for (name, _), (counts, of, expected) in merged.items():
        for value, probability in expected.items():
            failures += _failure(counts[value], of, probability, f"{name} = {value}")
    return failures


def wrong_orders(drawn: Drawn) -> list[str]:
    """Return what is wrong with which steps there are, and in which order: all words, reduced to two ops at a time."""
    failures = list(drawn.failures)
    words = Counter(drawn.words)
    ops = sorted(drawn.recipe.ops())
    for pair in combinations(ops, 2) if len(ops) > 1 else [tuple(ops)]:
        expected = drawn.recipe.words(pair)
        counts: Counter[Word] = Counter()
        for word, count in words.items():
            counts[tuple(op for op in word if op in pair)] += count
        for word in {*expected, *counts}:
            failures += _failure(counts[word], len(drawn.words), min(expected.get(word, 0.0), 1.0), f"{' '.join(word)}")
    return failures


def wrong_correlations(drawn: Drawn) -> list[str]:
    """Return which pairs of fields, or a field and the number of steps of an op, are correlated."""
    size = len(drawn.samples)
    rows: dict[str, np.ndarray] = {}
    for (name, occurrence), parts in drawn.uniforms.items():
        field_name = name.rpartition(":")[2]
        line = f"{name.partition(', variant')[0].partition(':')[0]} {occurrence}:{field_name}"
        row = rows.setdefault(line, np.full(size, np.nan))
        for indexes, uniform in parts:
            row[indexes] = uniform
    for op in drawn.recipe.ops():
        rows[f"number of {op}"] = np.array([word.count(op) for word in drawn.words], dtype=float)
    failures = []
    for (a, first), (b, second) in combinations(rows.items(), 2):
        if a.startswith("number of") and b.startswith("number of"):
            continue
        both = ~(np.isnan(first) | np.isnan(second))
        n = int(both.sum())
        if n < FEWEST:
            continue
        x, y = first[both] - first[both].mean(), second[both] - second[both].mean()
        norm = np.sqrt((x @ x) * (y @ y))
        if norm > 1e-9 and abs(x @ y) / norm > 5 / np.sqrt(n):
            failures.append(f"{a} and {b}: correlation {x @ y / norm:.3f} in {n} samples")
    return failures


def _failure(count: int, of: int, probability: float, what: str) -> list[str]:
    try:
        assert_count(count, of, probability, what)
    except AssertionError as error:
        return [str(error)]
    return []
