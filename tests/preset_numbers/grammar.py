"""Which steps may come in which order, with which probability.

A recipe is a tree of `Line`, `Seq`, `Maybe`, `Either` and `Shuffle`; a word is the steps' ops, in order. A tree can do
two things: give the exact probability of every word, reduced to some of the ops, and name the lines of the table that
the steps of a word may come from.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import product
from typing import Any

from preset_numbers.laws import Law, as_law

Word = tuple[str, ...]
Words = dict[Word, float]
Lines = tuple["Line", ...]
Parses = dict[tuple[int, Lines], float]
"""By where they end in the word and the lines up to there: the probabilities."""


class Node(ABC):
    """A part of a recipe."""

    @abstractmethod
    def words(self, ops: Collection[str]) -> Words:
        """Return the probability of each word; steps of other ops are left out of it."""

    @abstractmethod
    def match(self, word: Word, start: int) -> Parses:
        """Return all ways to begin the word after `start` with this part, with their probabilities."""

    @abstractmethod
    def ops(self) -> set[str]:
        """Return the ops of all steps."""


class Line(Node):
    """One step.

    Attributes:
        name: What it is called in messages.
        op: The step's op.
        variants: For each variant its weight, and the laws of all the fields, in an order in which each follows from
            those before it.
    """

    def __init__(self, name: str, op: str, /, *variants: tuple[float, Mapping[str, Any]], **fields: Any) -> None:
        self.name, self.op = name, op
        if fields or not variants:
            variants = ((1.0, fields), *variants)
        total = sum(weight for weight, _ in variants)
        self.variants: list[tuple[float, dict[str, Law]]] = [
            (weight / total, {field: as_law(law) for field, law in laws.items()}) for weight, laws in variants
        ]

    def __repr__(self) -> str:
        return f"{self.name} ({self.op})"

    def words(self, ops: Collection[str]) -> Words:
        return {(self.op,) if self.op in ops else (): 1.0}

    def match(self, word: Word, start: int) -> Parses:
        return {(start + 1, (self,)): 1.0} if word[start : start + 1] == (self.op,) else {}

    def ops(self) -> set[str]:
        return {self.op}


class Seq(Node):
    """All parts in this order."""

    def __init__(self, *parts: Node) -> None:
        self.parts = parts

    def words(self, ops: Collection[str]) -> Words:
        result: Words = {(): 1.0}
        for part in self.parts:
            result = _joined(result, part.words(ops))
        return result

    def match(self, word: Word, start: int) -> Parses:
        result: Parses = {(start, ()): 1.0}
        for part in self.parts:
            longer: Parses = defaultdict(float)
            for (end, lines), probability in result.items():
                for (further, more), factor in part.match(word, end).items():
                    longer[further, lines + more] += probability * factor
            result = longer
        return result

    def ops(self) -> set[str]:
        return set().union(*(part.ops() for part in self.parts))


class Either(Node):
    """One of several parts, by their weights."""

    def __init__(self, *parts: tuple[float, Node]) -> None:
        total = sum(weight for weight, _ in parts)
        self.parts = [(weight / total, part) for weight, part in parts]

    def words(self, ops: Collection[str]) -> Words:
        result: Words = defaultdict(float)
        for weight, part in self.parts:
            for word, probability in part.words(ops).items():
                result[word] += weight * probability
        return result

    def match(self, word: Word, start: int) -> Parses:
        result: Parses = defaultdict(float)
        for weight, part in self.parts:
            for key, probability in part.match(word, start).items():
                result[key] += weight * probability
        return result

    def ops(self) -> set[str]:
        return set().union(*(part.ops() for _, part in self.parts))


def Maybe(probability: float, part: Node) -> Either:  # noqa: N802 - it reads as the other nodes
    """Return a part that is there with a probability."""
    return Either((probability, part), (1 - probability, Seq()))


class Shuffle(Node):
    """All parts in random order, every order being equally likely.

    `in_order` are further parts; each of them takes one of the positions, but they keep their order among themselves.
    `first` is how many are kept, from the beginning of the shuffled order; None is all.
    """

    def __init__(self, *parts: Node, in_order: tuple[Node, ...] = (), first: int | None = None) -> None:
        self.parts, self.in_order = parts, in_order
        self.first = len(parts) + len(in_order) if first is None else first

    def words(self, ops: Collection[str]) -> Words:
        if self.first == len(self.parts) + len(self.in_order):
            # The others do not change the order of those that have a step.
            loose = [words for part in self.parts if (words := part.words(ops)) != {(): 1.0}]
            queue = [part.words(ops) for part in self.in_order]
            return self._arranged(loose, queue, len(loose) + len(queue))
        loose = [part.words(ops) for part in self.parts]
        return self._arranged(loose, [part.words(ops) for part in self.in_order], self.first)

    def _arranged(self, loose: list[Words], queue: list[Words], count: int) -> Words:
        kinds = list({id(words): words for words in loose}.values())
        kinds = [words for index, words in enumerate(kinds) if words not in kinds[:index]]
        many = tuple(sum(words == kind for words in loose) for kind in kinds)
        memo: dict[Any, Words] = {}

        def rest(many: tuple[int, ...], queued: int, count: int) -> Words:
            if count == 0:
                return {(): 1.0}
            if (many, queued, count) in memo:
                return memo[many, queued, count]
            total = sum(many) + queued
            result: Words = defaultdict(float)
            for index, number in enumerate(many):
                if number:
                    fewer = (*many[:index], number - 1, *many[index + 1 :])
                    _add(result, number / total, _joined(kinds[index], rest(fewer, queued, count - 1)))
            if queued:
                _add(result, queued / total, _joined(queue[-queued], rest(many, queued - 1, count - 1)))
            memo[many, queued, count] = result
            return result

        return rest(many, len(queue), count)

    def match(self, word: Word, start: int) -> Parses:
        """Parts that may have no step are first taken as there or not, so that each order is looked at once."""
        result: Parses = defaultdict(float)
        if self.first != len(self.parts) + len(self.in_order):
            return self._orders(word, start, self.parts, self.first)
        choices = [part.parts if isinstance(part, Either) else [(1.0, part)] for part in self.parts]
        for chosen in product(*choices):
            probability = 1.0
            for weight, _ in chosen:
                probability *= weight
            parts = tuple(part for _, part in chosen if not (isinstance(part, Seq) and not part.parts))
            if probability and all(part.ops() & set(word[start:]) for part in parts):
                _add(result, probability, self._orders(word, start, parts, len(parts) + len(self.in_order)))
        return result

    def _orders(self, word: Word, start: int, parts: tuple[Node, ...], count: int) -> Parses:
        memo: dict[Any, Parses] = {}

        def rest(remaining: tuple[Node, ...], queued: int, start: int, count: int) -> Parses:
            if count == 0:
                return {(start, ()): 1.0}
            key = remaining, queued, start, count
            if key in memo:
                return memo[key]
            total = len(remaining) + queued
            result: Parses = defaultdict(float)
            for part, number in Counter(remaining).items():
                for (end, lines), probability in part.match(word, start).items():
                    index = remaining.index(part)
                    fewer = remaining[:index] + remaining[index + 1 :]
                    for (further, more), factor in rest(fewer, queued, end, count - 1).items():
                        result[further, lines + more] += number / total * probability * factor
            if queued:
                for (end, lines), probability in self.in_order[-queued].match(word, start).items():
                    for (further, more), factor in rest(remaining, queued - 1, end, count - 1).items():
                        result[further, lines + more] += queued / total * probability * factor
            memo[key] = result
            return result

        return rest(parts, len(self.in_order), start, count)

    def ops(self) -> set[str]:
        return set().union(*(part.ops() for part in (*self.parts, *self.in_order)))


def parses(recipe: Node, word: Word) -> dict[Lines, float]:
    """Return from which lines the steps of a word may come, each with its probability given the word."""
    ways = {lines: p for (end, lines), p in recipe.match(word, 0).items() if end == len(word) and p > 0}
    total = sum(ways.values())
    return {lines: p / total for lines, p in ways.items()}


def _joined(left: Words, right: Words) -> Words:
    result: Words = defaultdict(float)
    for a, p in left.items():
        for b, q in right.items():
            result[a + b] += p * q
    return result


def _add(result: Any, factor: float, more: Any) -> None:
    for key, probability in more.items():
        result[key] += factor * probability
