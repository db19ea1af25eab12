"""A person's own pairs to train on, used as they are."""

import hashlib
from typing import NamedTuple

from degradekit.errors import DatasetError, ImageError, Mistake
from degradekit.limits import MAX_PIXELS
from degradekit.picture_folders import LeftOut, left_out_lines
from degradekit.picture_headers import PictureInfo
from degradekit.rng import Stream
from degradekit_models.config import ConfigError
from degradekit_models.pair_locations import find_pairs
from degradekit_models.pairing import NAME_BOTH, WantedPairs
from degradekit_models.patch_sources import PatchSource, TrainingPair
from degradekit_models.stored_pictures import StoredPair


class _Smallest(NamedTuple):
    """The HR with the shortest side."""

    side: int
    name: str
    size: str


class OwnPairs(PatchSource):
    """Pairs of a folder, of two, of a list or of a Hugging Face dataset; the HR is the target as it is.

    The constructor reads the size of every picture, and computes a digest of the ends of all files, in the order of the
    pairs. So files may be moved or touched, and other pictures are noticed.

    Args:
        text: Names the pairs, see `find_pairs`.
        scale: HR side / LR side that they must have; None takes that of the first pair.
        max_pixels: Refuse pictures with more pixels.

    Attributes:
        notes: Lines for people about what is left out.

    Raises:
        ConfigError: There are no pairs, one cannot be read, or an HR is not `scale` times its LR.
    """

    unit = "pairs"

    def __init__(self, text: str, scale: int | None = None, max_pixels: int = MAX_PIXELS) -> None:
        left_out = LeftOut()
        self._pairs = find_pairs(text, WantedPairs("pairs", ("train",), scale), left_out)
        self.name, self._max_pixels = text, max_pixels
        self.notes = [f"{text}: {line}" for line in left_out_lines(left_out.named())]
        self._smallest = _Smallest(2**63, "", "")
        digest = hashlib.sha256()
        rule = f"{scale} times its LR, as in the other data" if scale else "a multiple of its LR"
        for pair in self._pairs:
            hr, lr = self._infos(pair)
            (height, width), (lr_height, lr_width) = hr.size, lr.size
            scale = scale or max(1, height // lr_height)
            if (height, width) != (scale * lr_height, scale * lr_width):
                sizes = f"{pair.hr} has {width} x {height}, and {pair.lr} has {lr_width} x {lr_height}"
                raise ConfigError(Mistake("pairs", f"every HR must be {rule}; {sizes}", text))
            rule = f"{scale} times its LR, as in the other data"
            if min(hr.size) < self._smallest.side:
                self._smallest = _Smallest(min(hr.size), str(pair.hr), f"{width} x {height}")
            digest.update(hr.fingerprint + lr.fingerprint)
        if scale is None or not self._pairs:
            raise ConfigError(Mistake("pairs", "must have at least one pair", text))
        self.scale, self.digest = scale, digest.hexdigest()

    def __len__(self) -> int:
        return len(self._pairs)

    def pair(self, index: int, rng: Stream) -> TrainingPair:
        """Read a pair; nothing is drawn."""
        pair = self._pairs[index]
        try:
            hr, lr = (picture.read(self._max_pixels) for picture in pair if picture)
        except ImageError as error:
            raise DatasetError(f"pairs: {error}") from None
        is_changed = hr.shape != (lr.shape[0] * self.scale, lr.shape[1] * self.scale, 3)
        if is_changed or min(hr.shape[:2]) < self._smallest.side:
            raise DatasetError(f"pairs: {pair.hr} and {pair.lr} have other sizes than when the run began")
        return TrainingPair(hr, lr)

    def require_side(self, patch: int) -> None:
        """Refuse a patch that is larger than some HR."""
        side, name, size = self._smallest
        if side < patch:
            raise ConfigError(Mistake("patch", f"must be at most the side of every HR; {name} has {size}", patch))

    def _infos(self, pair: StoredPair) -> list[PictureInfo]:
        if pair.lr is None:
            raise ConfigError(
                Mistake("pairs", f"must have an LR for each HR, and has HRs only; {NAME_BOTH}", self.name)
            )
        try:
            return [picture.read_info(self._max_pixels) for picture in (pair.hr, pair.lr)]
        except ImageError as error:
            raise ConfigError(f"pairs: {error}") from None
