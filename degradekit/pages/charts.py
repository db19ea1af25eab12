"""The geometry of the charts of pages, in units of a drawing that is 240 wide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

_WIDTH, _HEIGHT, _HIGHEST = 240, 100, 96
_MARGIN = 4
_MOST_UPRIGHT = 24
_TICKS = 4
"""Labels below bins of numbers, besides that of the end."""
_CHARACTER = 6
"""About the width of a character of a label."""
_UPRIGHT = 20
"""Characters of an upright label, which is as long as a chart is high."""


class Bar(NamedTuple):
    """One bar: left, top, width and height, the ends of its error, and what is read where a pointer rests on it."""

    x: str
    y: str
    width: str
    height: str
    middle: str
    error_top: str
    error_bottom: str
    title: str


class Label(NamedTuple):
    """A label below the bars, or upright in its bar."""

    x: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Histogram:
    """Shares as bars, and other shares of the same bins as lines.

    Attributes:
        bars: The share of each bin.
        lines: Further shares of each bin, by the class that gives the line its style.
        labels: What each bin stands for: its name, or the number where it starts.
        ends: The text below the left and the right end, for bins of numbers.
        edges: Edges of bins that differ in width, one more than bars; such bins show shares by width.
        errors: Standard errors of the bars; empty for none.
    """

    bars: Sequence[float]
    lines: Mapping[str, Sequence[float]] = field(default_factory=dict)
    labels: Sequence[str] = ()
    ends: tuple[str, str] | None = None
    edges: Sequence[float] = ()
    errors: Sequence[float] = ()

    @property
    def rects(self) -> Iterator[Bar]:
        """The bars."""
        errors = self._heights(self.errors) if self.errors else [0.0] * len(self.bars)
        titles = map(self._title, range(len(self.bars)))
        heights = self._heights(self.bars)
        for left, right, share, error, title in zip(self._x, self._x[1:], heights, errors, titles, strict=False):
            width = max(right - left - 1, 1)
            tops = (self._y(share), self._y(share + error), self._y(max(share - error, 0)))
            top, error_top, error_bottom = map(_units, tops)
            middle, height = _units(left + width / 2), _units(_HEIGHT - tops[0])
            yield Bar(_units(left), top, _units(width), height, middle, error_top, error_bottom, title)

    @property
    def polylines(self) -> Iterator[tuple[str, str]]:
        """The lines, each as the class and the points."""
        for name, shares in self.lines.items():
            steps = zip(self._x, self._x[1:], map(self._y, self._heights(shares)), strict=False)
            yield name, " ".join(f"{left:.1f},{y:.1f} {right:.1f},{y:.1f}" for left, right, y in steps)

    @property
    def texts(self) -> Iterator[Label]:
        """The labels below the bars."""
        if self.ends is not None:
            yield from _ends(*self.ends)
            yield from self._ticks
        elif self._labels_fit:
            yield from (Label(f"{x:.0f}", "middle", text) for x, text in zip(self._middles, self.labels, strict=True))
        elif not self._are_upright:
            yield from _ends(self.labels[0], self.labels[-1])

    @property
    def upright_texts(self) -> Iterator[Label]:
        """Labels that are longer than their bars are wide, which stand upright in them."""
        if self._are_upright:
            for x, text in zip(self._middles, self.labels, strict=True):
                shown = text if len(text) <= _UPRIGHT else f"{text[: _UPRIGHT - 3]}..."
                yield Label(f"{x + 3:.0f}", "start", shown)

    @property
    def _ticks(self) -> Iterator[Label]:
        """The labels of bins of numbers between the ends, where they do not touch these."""
        every = -(-len(self.labels) // _TICKS)
        for index in range(every, len(self.labels), every or 1):
            x, half = self._x[index], len(self.labels[index]) * _CHARACTER / 2
            low, high = (len(end) * _CHARACTER for end in self.ends or ("", ""))
            if low < x - half - _CHARACTER and x + half + _CHARACTER < _WIDTH - high:
                yield Label(f"{x:.0f}", "middle", self.labels[index])

    def _title(self, index: int) -> str:
        shares = {"": self.bars, **self.lines}
        words = ", ".join(f"{name} {each[index]:.1%}".strip() for name, each in shares.items())
        return f"{self.labels[index]}: {words}" if self.labels else words

    @cached_property
    def _x(self) -> list[float]:
        """Where the bins begin, and where the last one ends."""
        if self.edges:
            low, high = self.edges[0], self.edges[-1]
            return [(edge - low) / ((high - low) or 1) * _WIDTH for edge in self.edges]
        return [index * _WIDTH / max(len(self.bars), 1) for index in range(len(self.bars) + 1)]

    @cached_property
    def _middles(self) -> list[float]:
        return [(left + right) / 2 for left, right in zip(self._x, self._x[1:], strict=False)]

    def _heights(self, shares: Sequence[float]) -> list[float]:
        """Return shares, or shares by width where bins differ in it."""
        if not self.edges:
            return list(shares)
        widths = (right - left for left, right in zip(self._x, self._x[1:], strict=False))
        return [share / max(width, 1e-9) for share, width in zip(shares, widths, strict=True)]

    @cached_property
    def _highest(self) -> float:
        bars = [share + error for share, error in zip(self.bars, self.errors or [0.0] * len(self.bars), strict=True)]
        return max(height for shares in (bars, *self.lines.values()) for height in self._heights(shares)) or 1.0

    def _y(self, height: float) -> float:
        return _HEIGHT - height / self._highest * _HIGHEST

    @cached_property
    def _labels_fit(self) -> bool:
        widest = max(map(len, self.labels), default=0) * _CHARACTER
        return widest + _MARGIN <= _WIDTH / max(len(self.bars), 1)

    @cached_property
    def _are_upright(self) -> bool:
        return self.ends is None and not self._labels_fit and len(self.labels) <= _MOST_UPRIGHT


@dataclass(frozen=True)
class Range:
    """A range as a bar with errors of its ends, over another one as a line.

    Attributes:
        line: The ends of the range that is a line.
        bar: The ends of the range that is a bar.
        errors: The standard errors of the bar's ends; empty for none.
    """

    line: tuple[float, float]
    bar: tuple[float, float]
    errors: Sequence[float] = ()

    @property
    def line_x(self) -> tuple[str, str]:
        """Where the line begins and ends."""
        return self._x(self.line[0]), self._x(self.line[1])

    @property
    def bar_x(self) -> tuple[str, str]:
        """Where the bar begins, and how wide it is, which is never nothing."""
        low, high = (float(self._x(end)) for end in self.bar)
        return _units(low), _units(max(high - low, 2))

    @property
    def error_x(self) -> Iterator[tuple[str, str]]:
        """Where the error of each end of the bar begins and ends."""
        for end, error in zip(self.bar, self.errors, strict=False):
            yield self._x(end - error), self._x(end + error)

    @cached_property
    def _limits(self) -> tuple[float, float]:
        ends = [*self.line, *self.bar, *(end - error for end, error in zip(self.bar, self.errors, strict=False))]
        ends += [end + error for end, error in zip(self.bar, self.errors, strict=False)]
        return min(ends), max(ends)

    def _x(self, value: float) -> str:
        low, high = self._limits
        return _units(_MARGIN + (value - low) / ((high - low) or 1) * (_WIDTH - 2 * _MARGIN))


def _ends(low: str, high: str) -> Iterator[Label]:
    yield Label("0", "start", low)
    yield Label(str(_WIDTH), "end", high)


def _units(value: float) -> str:
    return f"{value:.1f}"
