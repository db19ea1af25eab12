"""Looks into a dataset: counts, sizes, recipe, and what was drawn compared with what the recipe draws."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from degradekit.compose import ChosenRecipeStep
from degradekit.dataset.opening import VERIFY, Dataset
from degradekit.dataset.plan import Plan
from degradekit.dataset.report import Report
from degradekit.dataset.row import Row
from degradekit.dataset.spread import spread_rows
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, RecordError
from degradekit.locations import Location
from degradekit.parameters import HOW_OFTEN, drawn_parameters, step_counts
from degradekit.types import Frame

_BINS = 24
_ATOM = 0.1
"""A share from which on a single value is left out of the bins."""
_SHOWN_ROWS = 8
_SHOWN_RECIPES = 20


@dataclass(frozen=True)
class Histogram:
    """One parameter: shares of the rows in each bin, or of each word, in the dataset and from the recipe.

    Attributes:
        name: Operator, its ordinal among those of its kind in the chain, parameter.
        labels: What each bin stands for: the value where it starts, or a word.
        drawn: Shares in the dataset, which add up to less than 1 where not every row has the parameter.
        expected: Shares of fresh draws from the recipe.
        low, high: Ends of the bins; None for words.
        distance: The greatest difference of the two cumulative shares.
        allowed: What such a distance stays below, but for one dataset in 10,000, if the draws are the recipe's.
    """

    name: str
    labels: tuple[str, ...]
    drawn: tuple[float, ...]
    expected: tuple[float, ...]
    low: float | None
    high: float | None
    distance: float
    allowed: float

    @property
    def differs(self) -> bool:
        """Whether the draws are hardly the recipe's."""
        return self.distance > self.allowed

    @property
    def is_constant(self) -> bool:
        """Whether the dataset and the recipe have one value only, and equally often."""
        return len(self.labels) == 1 and not self.differs


@dataclass(frozen=True)
class Inspection:
    """What `inspect` returns.

    Attributes:
        location: The folder of the dataset.
        plan: The plan of the dataset.
        report: The report of the dataset.
        rows_read: Number of rows whose records the histograms show.
        recipes: How many of these rows each recipe of a mixture made, by its name.
        histograms: Shares of values, drawn and expected: a histogram for each parameter.
        rows: A few pairs, from different photos all over the dataset.
    """

    location: str
    plan: Plan = field(repr=False)
    report: Report
    rows_read: int
    recipes: Mapping[str, int]
    histograms: tuple[Histogram, ...] = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)  # with pictures of megabytes

    @property
    def why_differing(self) -> str:
        """Why parameters differ from what the recipe draws, where that is known."""
        if self.plan.filters and any(each.differs for each in self.histograms):
            return "a filter has chosen these pairs by what was drawn, so differences are expected"
        return ""

    def _repr_html_(self) -> str:
        """Return what is in the dataset as a table, for notebooks."""
        from degradekit.pages import render

        facts = {
            "dataset": self.location,
            "photos": self.report.photos,
            "pairs": ", ".join(f"{split} {count}" for split, count in self.report.pairs.items()),
            "scale": f"x{self.plan.scale}",
            "digest": self.report.digest,
            "records read": self.rows_read,
        }
        facts |= {"differences": self.why_differing} if self.why_differing else {}
        differing = [each.name for each in self.histograms if each.differs]
        agreeing = [each.name for each in self.histograms if not each.differs]
        lists = {
            "parameters that differ from what the recipe draws": differing,
            "parameters as the recipe draws them": agreeing,
        }
        return render("notebook/facts.html", facts=facts, lists=lists)


@dataclass
class Draws:
    """Values of each parameter, and the number of records they come from."""

    records: int = 0
    numbers: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    words: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def recipes(self) -> Mapping[str, int]:
        """The number of records of each recipe of a mixture, by its name, the most frequent first."""
        names: Counter[str] = Counter()
        for parameter, counts in self.words.items():
            if re.fullmatch(rf"{re.escape(ChosenRecipeStep.op)} \d+: name", parameter):
                names += counts
        return dict(names.most_common(_SHOWN_RECIPES))

    def add(self, steps: Sequence[dict[str, Any]]) -> None:
        """Add the steps of one record."""
        self.records += 1
        for name, value in drawn_parameters(steps):
            if isinstance(value, bool | str):
                self.words[name][str(value)] += 1
            elif isinstance(value, int | float):
                self.numbers[name].append(float(value))
        for name, count in step_counts(steps).items():
            self.words[name][str(count)] += 1


def inspect(shards: Location, *, most: int = 10_000) -> Inspection:
    """Look into a finished dataset.

    Args:
        shards: The dataset, a path or a URL.
        most: Records to read for the histograms, from shards all over the dataset.

    Returns:
        The plan, the counts, a histogram of each parameter, and a few pairs.

    Raises:
        DatasetError: There is no finished dataset, or a shard cannot be read.
        RecipeError: Its recipe has an operator that is not known.
    """
    if most < 1:
        raise DatasetError(f"most: must be >= 1 (got {most})")
    dataset = Dataset.open_finished(shards)
    report = Report.load(dataset.folder)
    names = [name for name in dataset.plan.shards if dataset.manifest(name).pairs]
    drawn, fresh = Draws(), Draws()
    for index, (record, frame) in enumerate(_records(dataset, names, most)):
        drawn.add(record.to_dict()["steps"])
        again = dataset.plan.recipe.sample(record.size, seed=-1, key="inspect", variant=index, frame=frame)
        fresh.add(again.to_dict()["steps"])
    return Inspection(
        location=str(dataset.folder),
        plan=dataset.plan,
        report=report,
        rows_read=drawn.records,
        recipes=drawn.recipes,
        histograms=tuple(compare(drawn, fresh)),
        rows=tuple(row for tile in spread_rows(dataset, _SHOWN_ROWS) for row in tile),
    )


def _records(dataset: Dataset, names: list[str], most: int) -> Iterator[tuple[Degradation, Frame]]:
    """Yield degradations of shards all over the dataset, the same number from each, with the frames of their tiles."""
    chosen = names[:: max(1, -(-len(names) // min(100, most)))]
    for name in chosen:
        rows = islice(dataset.rows_without_pictures(name), max(1, most // len(chosen)))
        for index, row in enumerate(rows):
            try:
                yield Degradation.from_json(row.degradation), row.tile.frame
            except RecordError as error:
                file = f"{dataset.file(name)}, row {index}"
                raise DatasetError(
                    f"shards: {file}: its record cannot be used: {error}; {VERIFY} (got {dataset.folder.location!r})"
                ) from None


def compare(drawn: Draws, fresh: Draws) -> Iterator[Histogram]:
    """Yield a histogram for each parameter."""
    for name in sorted({*drawn.numbers, *fresh.numbers}):
        yield _of_numbers(name, drawn.numbers[name], fresh.numbers[name], drawn.records)
    for name in sorted({*drawn.words, *fresh.words}):
        pair = [draws.words[name] for draws in (drawn, fresh)]
        if name.endswith(HOW_OFTEN):
            pair = [counts + Counter({"0": drawn.records - counts.total()}) for counts in pair]
        labels = sorted({*pair[0], *pair[1]}, key=lambda label: (len(label) if label.isdecimal() else 0, label))
        counts = [[each[label] for label in labels] for each in pair]
        yield _compared(name, labels, counts, drawn.records, None, None)


def _of_numbers(name: str, drawn: list[float], fresh: list[float], records: int) -> Histogram:
    distinct = sorted({*drawn, *fresh})
    if len(distinct) == 1 or (len(distinct) <= _BINS and all(value.is_integer() for value in distinct)):
        labels = [f"{value:g}" for value in distinct]
        counts = [[Counter(values)[value] for value in distinct] for values in (drawn, fresh)]
        return _compared(name, labels, counts, records, None, None)
    usual, count = Counter(fresh or drawn).most_common(1)[0]
    if count > 1 and count > _ATOM * records:  # such as theta of isotropic kernels; its bin would dwarf the others
        name += f" (where not {usual:g})"
        drawn, fresh = ([value for value in values if value != usual] for values in (drawn, fresh))
        distinct.remove(usual)
    low, high = distinct[0], distinct[-1]
    bins, width = _bins(distinct)
    counts = []
    for values in (drawn, fresh):
        binned = Counter(min(int((value - low) / width), bins - 1) for value in values)
        counts.append([binned[index] for index in range(bins)])
    starts = (low + index * width for index in range(bins))
    labels = [f"{start if abs(start) > width / 100 else 0:.3g}" for start in starts]
    return _compared(name, labels, counts, records, low, high)


def _bins(distinct: list[float]) -> tuple[int, float]:
    """Return the number of bins from the lowest to the highest of these values, and their width.

    Integers get bins of equally many of them, as far as their number can be divided: otherwise an even distribution
    would look like a comb.
    """
    low, high = distinct[0], distinct[-1]
    if all(value.is_integer() for value in distinct):
        unit = math.gcd(*(int(value - low) for value in distinct)) or 1  # 2 for sizes of kernels, which are odd
        values = int(high - low) // unit + 1
        least = -(-values // _BINS)
        each = next((count for count in range(least, 2 * least) if values % count == 0), least)
        return -(-values // each), each * unit
    return _BINS, (high - low) / _BINS or 1.0


def _compared(
    name: str, labels: list[str], counts: list[list[int]], records: int, low: float | None, high: float | None
) -> Histogram:
    shares = [[count / records for count in each] for each in counts]
    distance = total = 0.0
    for one, other in zip(*shares, strict=True):
        total += one - other
        distance = max(distance, abs(total))
    # Kolmogorov and Smirnov for two samples of this size; rarer than 1 in 10,000.
    allowed = 2.23 * (2 / records) ** 0.5
    return Histogram(name, tuple(labels), tuple(shares[0]), tuple(shares[1]), low, high, distance, allowed)
