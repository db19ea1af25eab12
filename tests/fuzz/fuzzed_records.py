"""Records: JSON of drawn degradations, damaged."""

import random
from pathlib import Path

from applying import check_degradation
from damage import damaged
from examples import ALL
from fuzzed import Kind, Uses
from odd_data import changed, to_json

from degradekit import Degradation


class Records(Kind):
    """Read, and applied."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        sizes = ((32, 48), (24, 24))
        drawn = [op.sample(size, seed=7) for op in ALL.values() for size in sizes]
        self._records = [degradation.to_dict() for degradation in drawn]
        self._texts = [degradation.to_json().encode() for degradation in drawn]

    def make(self, draw: random.Random, folder: Path) -> str:
        """Return the text of a damaged record."""
        if draw.random() < 0.2:
            return damaged(draw.choice(self._texts), self._texts, draw).decode("utf-8", "surrogateescape")
        return to_json(changed(draw.choice(self._records), draw), draw)

    def uses(self, made: str) -> Uses:
        """Read the record, and apply it."""
        yield "from_json", lambda: check_degradation(Degradation.from_json(made))
