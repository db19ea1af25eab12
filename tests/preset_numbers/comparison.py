"""Compare what a preset draws with its table.

Every field of every step is mapped to a number that is uniform in [0, 1] if the table is right: the probability of a
lower value, given the fields before it. Where a step may come from several lines of the table, or from several
variants of one, the law is their mixture, each weighted by how likely it is after what was seen so far.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from bounds import TAIL, assert_count
from preset_numbers.grammar import Line, Node, Word, parses
from preset_numbers.laws import Law, as_law, rounded

Record = dict[str, Any]
Component = tuple[int, str, dict[str, Law]]
"""The index of its parse, its name, and the laws of the fields."""
ABSENT = as_law(None)
FEWEST = 50
"""Correlations of fewer samples are not looked at."""


@dataclass
class Drawn:
    """Many samples of one preset, and the table's explanation of them.

    Attributes:
        samples: The steps of each sample, as in its record, with the sides of the image before each.
        words: The ops of each sample.
        uniforms: By line, occurrence and field, the sample's index and the number that should be uniform.
        counts: By line or lines, and field: the values with the probability of each.
        failures: What is wrong.
    """

    recipe: Node
    samples: list[list[Record]]
    words: list[Word]
    uniforms: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = field(default_factory=lambda: defaultdict(list))
    counts: list[tuple[str, Counter[Any], int, dict[Any, float]]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def explained(recipe: Node, samples: list[list[Record]], hr: tuple[int, int]) -> Drawn:
    """Find the lines of all steps, and map all fields to what should be uniform."""
    for steps in samples:
        for step in steps:
            for name in [name for name, value in step.items() if _is_flat(value)]:
                step |= {f"{name}_{index}": value for index, value in enumerate(step.pop(name))}
        _add_context(steps, hr)
    drawn = Drawn(recipe, samples, [tuple(step["op"] for step in steps) for steps in samples])
    by_word: dict[Word, list[int]] = defaultdict(list)
    for index, word in enumerate(drawn.words):
        by_word[word].append(index)
    certain: dict[tuple[Line, int], list[tuple[int, Record]]] = defaultdict(list)
    rng = np.random.default_rng(0)
    for word, indexes in by_word.items():
        ways = parses(recipe, word)
        if not ways:
            drawn.failures.append(f"{len(indexes)} samples, such as {indexes[0]}, are {' '.join(word)}")
            continue
        lines = list(zip(*ways, strict=True))
        occurrences: Counter[Line] = Counter()
        uncertain = []
        for position, candidates in enumerate(lines):
            if len(set(candidates)) > 1:
                uncertain.append(position)
                continue
            certain[candidates[0], occurrences[candidates[0]]] += [(i, samples[i][position]) for i in indexes]
            occurrences[candidates[0]] += 1
        weights = np.tile(np.array(list(ways.values()))[:, None], len(indexes))
        for position in uncertain:
            weights = _explain(
                drawn, lines[position], weights, [(i, samples[i][position]) for i in indexes], rng, f"step {position}"
            )
    for (line, occurrence), steps in certain.items():
        _explain(drawn, (line,), np.ones((1, len(steps))), steps, rng, str(occurrence))
    return drawn


def _add_context(steps: list[Record], hr: tuple[int, int]) -> None:
    """Add the sides of the image before each step, the fields of the step before it, and those of the first JPEG."""
    height, width = hr
    before: Record = {}
    first_jpeg: Record = {}
    for step in steps:
        fields = {name: value for name, value in step.items() if name != "op"}
        context = {"height_before": height, "width_before": width}
        context |= {f"{name}_before": value for name, value in before.items()}
        if step["op"].startswith("jpeg"):
            context |= {f"{name}_of_first": value for name, value in first_jpeg.items()}
            first_jpeg = first_jpeg or fields
        step |= context
        if step["op"].partition(".")[0] == "resize":
            height, width = step["height"], step["width"]
        before = fields


def _is_context(name: str) -> bool:
    return name == "op" or name.endswith(("_before", "_of_first"))


def _is_flat(value: Any) -> bool:
    """Whether it is a short list of numbers, which become fields of their own."""
    return isinstance(value, list | tuple) and len(value) <= 4 and not any(isinstance(item, list | tuple) for item in value)


def _explain(
    drawn: Drawn,
    candidates: tuple[Line, ...],
    weights: np.ndarray,
    steps: list[tuple[int, Record]],
    rng: np.random.Generator,
    occurrence: str,
) -> np.ndarray:
    """Explain steps that come from one of several lines, and return the weights of these after it."""
    name = " or ".join(sorted({str(line) for line in candidates}))
    components: list[Component] = [
        (parse, f"{line}" + (f", variant {index}" if len(line.variants) > 1 else ""), laws)
        for parse, line in enumerate(candidates)
        for index, (_, laws) in enumerate(line.variants)
    ]
    alive = np.concatenate(
        [weights[parse] * weight for parse, line in enumerate(candidates) for weight, _ in line.variants]
    ).reshape(len(components), len(steps))
    indexes = np.array([index for index, _ in steps])
    columns = list(dict.fromkeys(column for _, _, laws in components for column in laws))
    keys = set().union(*(step for _, step in steps))
    if extra := {key for key in keys if not _is_context(key)} - set(columns):
        drawn.failures.append(f"{name}: the table lacks {sorted(extra)}")
    given = {key: _array([step.get(key) for _, step in steps]) for key in keys if _is_context(key)}
    for column in columns:
        values = _array([step.get(column) for _, step in steps])
        given[column] = values
        alive = _explain_field(drawn, components, alive, column, values, given, (name, occurrence), indexes, rng)
    return np.array([
        sum(alive[c] for c, (parse, _, _) in enumerate(components) if parse == index)
        for index in range(len(candidates))
    ])


def _explain_field(
    drawn: Drawn,
    components: list[Component],
    alive: np.ndarray,
    column: str,
    values: np.ndarray,
    given: dict[str, np.ndarray],
    label: tuple[str, str],
    indexes: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    laws = [laws.get(column, ABSENT) for _, _, laws in components]
    mass, density, below = (
        np.array([getattr(law, name)(values, given) for law in laws]) for name in ("mass", "density", "below")
    )
    likelihood = np.where((mass * alive).sum(0) > 0, mass, density)
    total = alive.sum(0)
    weights = alive / np.where(total > 0, total, 1)
    after = weights * likelihood
    impossible = (after.sum(0) <= 0) & (total > 0)
    if impossible.any():
        drawn.failures.append(
            f"{label[0]}: {column} = {values[impossible][0]!r} is not in the table, in {impossible.sum()} of {len(values)}"
        )
    same_mass = (weights * mass).sum(0)
    uniform = (weights * below).sum(0) + rng.random(len(values)) * same_mass
    groups = _groups(alive)
    for members, samples in groups:
        group = " or ".join(dict.fromkeys(components[c][1] for c in members))
        random = samples[same_mass[samples] < 1 - 1e-9]
        if len(random):
            drawn.uniforms[f"{group}: {column}", label[1]].append((indexes[random], uniform[random]))
        support = dict.fromkeys(value for c in members for value in laws[c].support())
        shares = weights[:, samples]
        if len(support) > 1 and np.ptp(shares, axis=1).max() < 1e-9:
            ones = np.ones(len(support))
            expected = sum(
                shares[c, 0] * laws[c].mass(_array(list(support)), {}) for c in members if laws[c].support()
            )
            drawn.counts.append(
                (f"{group}: {column}", Counter(map(rounded, values[samples].tolist())), len(samples), dict(zip(support, expected * ones)))
            )
    after = np.where(impossible, weights, after)
    scale = after.sum(0)
    return after / np.where(scale > 0, scale, 1)


def _groups(alive: np.ndarray) -> Iterable[tuple[tuple[int, ...], np.ndarray]]:
    """Return the sets of components that explain some samples, with these samples."""
    patterns, inverse = np.unique(alive > 0, axis=1, return_inverse=True)
    for index, pattern in enumerate(patterns.T):
        if pattern.any():
            yield tuple(np.flatnonzero(pattern)), np.flatnonzero(inverse.reshape(-1) == index)


def _array(values: list[Any]) -> np.ndarray:
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.array(values, dtype=float)
    array = np.empty(len(values), dtype=object)
    array[:] = [_hashable(value) for value in values]
    return array


def _hashable(value: Any) -> Any:
    return tuple(_hashable(item) for item in value) if isinstance(value, list | tuple) else value


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
