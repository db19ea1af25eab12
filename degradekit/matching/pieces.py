"""The pieces of a fitted span that differ in density: its shape in few numbers that are easy to read."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from degradekit.matching.results import FieldFit

_FEWEST_ERRORS, _LEAST_RATIO, _MOST_PIECES = 3.0, 2.0, 4
"""Neighboring parts of a span differ if their densities are this many standard errors and this factor apart."""


@dataclass(frozen=True)
class Piece:
    """A part of a fitted span, in which values are spread as those of the recipe are.

    Attributes:
        low, high: Its ends.
        share: How many of the fitted values lie in it.
        prior: How many of the recipe's values lie in it.
        error: Standard error of the share.
    """

    low: float
    high: float
    share: float
    prior: float
    error: float

    @property
    def density(self) -> float:
        """The share for each unit of the recipe's."""
        return self.share / self.prior

    def joined(self, right: "Piece") -> "Piece":
        """Return this piece together with the next one to the right."""
        error = math.hypot(self.error, right.error)
        return Piece(self.low, right.high, self.share + right.share, self.prior + right.prior, error)

    def errors_to(self, other: "Piece") -> float:
        """Return by how many standard errors the densities of two pieces differ."""
        error = math.hypot(self.error / self.prior, other.error / other.prior)
        return abs(self.density - other.density) / max(error, 1e-9)

    def differs_from(self, other: "Piece") -> bool:
        """Return whether the densities are further apart than chance brings them, and enough to write it down."""
        low, high = sorted((self.density, other.density))
        return self.errors_to(other) >= _FEWEST_ERRORS and high >= _LEAST_RATIO * low


def pieces_of(fit: FieldFit) -> list[Piece]:
    """Return the fitted span in pieces of different density, or as one piece if there is no evidence for several.

    Neighboring bins are joined, first those that differ least, until all neighbors differ and the pieces are few. Bins
    that lie only partly in the span are no evidence: they go on as their neighbors do.
    """
    bins = [
        each
        for each in zip(pairwise(fit.edges), fit.fitted, fit.prior, fit.errors, strict=True)
        if each[0][0] < each[0][1]
    ]
    pieces = [
        Piece(low, high, *numbers)
        for (low, high), *numbers in bins
        if fit.low <= low and high <= fit.high and numbers[1] > 0
    ]
    while len(pieces) > 1:
        pairs = list(pairwise(pieces))
        differ = [left.differs_from(right) for left, right in pairs]
        if all(differ) and len(pieces) <= _MOST_PIECES:
            break
        index = min(range(len(pairs)), key=lambda index: (differ[index], pairs[index][0].errors_to(pairs[index][1])))
        pieces[index : index + 2] = [pairs[index][0].joined(pairs[index][1])]
    if not pieces:
        return []
    pieces[0] = replace(pieces[0], low=fit.low)
    pieces[-1] = replace(pieces[-1], high=fit.high)
    return [_stretched(piece, sum(_prior_inside(piece, *each[0], each[2]) for each in bins)) for piece in pieces]


def _prior_inside(piece: Piece, left: float, right: float, prior: float) -> float:
    """Return how much of the recipe's share of a bin lies in a piece."""
    return prior * max(0.0, min(right, piece.high) - max(left, piece.low)) / (right - left)


def _stretched(piece: Piece, prior: float) -> Piece:
    """Return the piece with the same density over more of the recipe's values."""
    factor = prior / piece.prior
    return replace(piece, share=factor * piece.share, prior=prior, error=factor * piece.error)


def rounded_end(end: float, width: float) -> float:
    """Return an end of a span to the digits that matter: about a fiftieth of the span, a tenth of the end itself."""
    finest = min(width / 50, abs(end) / 10) or abs(end)
    return float(round(end, 1 - math.ceil(math.log10(finest)))) if finest > 0 else end


def rounded_shares(shares: tuple[float, ...]) -> tuple[float, ...]:
    """Return shares of all in whole hundredths, the largest one such that they add up to 1."""
    total = sum(shares)
    hundredths = [round(100 * share / total) for share in shares]
    hundredths[hundredths.index(max(hundredths))] += 100 - sum(hundredths)
    return tuple(each / 100 for each in hundredths)
