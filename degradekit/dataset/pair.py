"""A pair as it is read for training: the row of a shard with its pictures decoded."""

from typing import NamedTuple

from degradekit.dataset.formats import RowGroup
from degradekit.dataset.opening import Dataset
from degradekit.dataset.row import Row
from degradekit.dataset.tiles import Tile
from degradekit.types import Pixels


class Pair(NamedTuple):
    """One row, its pictures decoded.

    Attributes:
        hr: (H, W, 3) uint8 RGB.
        lr: (H / scale, W / scale, 3) uint8 RGB.
        degradation: The record, JSON, for `Degradation.from_json`, whose `target` has the sharpened HR.
        key: The key of the photo.
        tile: The part of the photo.
        variant: Which of the degradations of the tile.
    """

    hr: Pixels
    lr: Pixels
    degradation: str
    key: str
    tile: Tile
    variant: int

    @classmethod
    def of(cls, row: Row, shared: "SharedPictures | None" = None) -> "Pair":
        """Return a row with its pictures decoded.

        Args:
            row: The row.
            shared: HRs that were decoded for other rows.

        Raises:
            ImageError: A picture cannot be decoded.
            DatasetError: It does not fit the other one, the tile or the record.
        """
        row.refuse_contradiction()
        hr = row.decode("hr") if shared is None else shared.hr(row)
        return cls(hr, row.decode("lr"), row.degradation, row.key, row.tile, row.variant)


class SharedPictures:
    """The HRs that were decoded last, as the variants of a tile share theirs.

    Args:
        max_bytes: The memory for their pixels; the last HR is kept in any case.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._bytes = max_bytes, 0
        self._kept: dict[tuple[str, Tile], tuple[bytes, Pixels]] = {}

    def hr(self, row: Row) -> Pixels:
        """Return the pixels of a row's HR, a copy that the caller may change.

        Raises:
            ImageError: It cannot be decoded.
        """
        name = row.key, row.tile
        data, pixels = self._kept.get(name, (None, None))
        if pixels is None or data != row.hr:
            pixels = row.decode("hr")
            self._keep(name, row.hr, pixels)
        return pixels.copy()

    def _keep(self, name: tuple[str, Tile], data: bytes, pixels: Pixels) -> None:
        if name in self._kept:
            self._bytes -= self._kept.pop(name)[1].nbytes
        self._kept[name] = data, pixels
        self._bytes += pixels.nbytes
        while self._bytes > self._max_bytes and len(self._kept) > 1:
            self._bytes -= self._kept.pop(next(iter(self._kept)))[1].nbytes


class PairGroup:
    """The pairs of a row group, each decoded when it is asked for."""

    def __init__(self, dataset: Dataset, file: str, rows: RowGroup) -> None:
        self._dataset, self._file, self._rows = dataset, file, rows

    def __len__(self) -> int:
        return len(self._rows)

    def pair(self, index: int, shared: SharedPictures | None = None) -> Pair:
        """Return a pair; see `Pair.of`."""
        with self._dataset.read_errors(self._file):
            return Pair.of(self._dataset.checked(self._rows[index]), shared)
