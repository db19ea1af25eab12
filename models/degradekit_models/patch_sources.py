"""What patches are cut out of: the tiles of shards, and in `own_pairs` a person's own pairs."""

import os
from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from degradekit.dataset import Pair, Pairs
from degradekit.dataset.layout import PLAN
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, Mistake, RecordError
from degradekit.operators.sharpen import SharpenStep
from degradekit.rng import Stream
from degradekit.storage import Folder
from degradekit.types import Pixels
from degradekit_models.sharpening import SIZE

NO_SHARPENING = np.zeros(2, np.float32)


class TrainingPair(NamedTuple):
    """A pair to cut patches out of.

    Attributes:
        hr, lr: (H, W, 3) uint8; the HR's sides are the scale times the LR's.
        sharpening: (2,) float32, weight and threshold of the sharpening that makes the target of the HR; zeros for the
            HR as it is.
    """

    hr: Pixels
    lr: Pixels
    sharpening: NDArray[np.float32] = NO_SHARPENING


class PatchSource(ABC):
    """Pairs by their indices; it pickles and forks.

    Attributes:
        name: What the person calls it.
        scale: HR side / LR side.
        digest: The digest of its content, by which a run knows it wherever it is.
        unit: What its items are, in the plural.
    """

    name: str
    scale: int
    digest: str
    unit: str

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def pair(self, index: int, rng: Stream) -> TrainingPair:
        """Read a pair; where an item has several, one of them is drawn.

        Raises:
            DatasetError: It cannot be read, or is another one than when the source was opened.
        """

    @abstractmethod
    def require_side(self, patch: int) -> None:
        """Refuse a patch that is larger than some HR.

        Raises:
            DegradekitError: It is; the message names the HR.
        """


class ShardTiles(PatchSource):
    """The tiles of a Parquet dataset's split `train`, each with one of its variants.

    Args:
        location: Folder or URL of the dataset.

    Raises:
        DatasetError: There is no such dataset, or it cannot be read.
    """

    unit = "tiles"

    def __init__(self, location: str | os.PathLike[str]) -> None:
        try:
            self._pairs = Pairs(location, "train")
        except DatasetError:
            if Folder.of(location).size(PLAN) is not None:
                raise
            rule = "must be a dataset that `degradekit synth` has built of photos; give your own pairs as `pairs`"
            raise DatasetError(Mistake("shards", rule, os.fspath(location))) from None
        self.name, self.scale, self.digest = os.fspath(location), self._pairs.scale, self._pairs.digest
        self._least = 0

    def __len__(self) -> int:
        return len(self._pairs) // self._pairs.variants

    def pair(self, index: int, rng: Stream) -> TrainingPair:
        """Read a tile with one of its variants.

        Raises:
            DatasetError: It cannot be read, or was sharpened in a way that training cannot repeat.
        """
        variants = self._pairs.variants
        pair = self._pairs[index * variants + rng.integer(0, variants - 1)]
        if min(pair.hr.shape[:2]) < self._least:
            tile = f"{pair.hr.shape[1]} x {pair.hr.shape[0]}"
            raise DatasetError(
                f"shards: {pair.key!r} has a tile of {tile}, which its plan does not have; verify the dataset"
            )
        return TrainingPair(pair.hr, pair.lr, _sharpening(pair))

    def require_side(self, patch: int) -> None:
        """Refuse a patch that is larger than some tile, without reading pictures."""
        self._least = patch
        key, (height, width) = self._pairs.smallest_tile()
        if min(height, width) < patch:
            which = f"{key!r} has one" if key else "these are"
            rule = f"must be at most the side of every HR tile; {which} of {width} x {height}"
            raise DatasetError(Mistake("patch", rule, patch))


def _sharpening(pair: Pair) -> NDArray[np.float32]:
    """Return weight and threshold of the sharpening that a record begins with, and zeros for other records.

    Only these steps are read: to check whole records for every patch would take longer than to cut the patch out.
    """
    try:
        steps = Degradation.target_from_json(pair.degradation).steps
    except RecordError as error:
        raise DatasetError(
            f"shards: the record of {pair.key!r} cannot be read: {error} (got {pair.degradation[:100]!r})"
        ) from None
    sharpening = [step for step in steps if isinstance(step, SharpenStep)]
    if not sharpening:
        return NO_SHARPENING
    first, *others = sharpening
    if others:
        raise DatasetError(
            Mistake("shards", f"the HR of {pair.key!r} must be sharpened once or not at all", len(sharpening))
        )
    if first.size != SIZE:
        rule = f"the HR of {pair.key!r} must be sharpened with {SIZE} taps or not at all"
        raise DatasetError(Mistake("shards", rule, first.size))
    return np.array([first.weight, first.threshold], np.float32)
