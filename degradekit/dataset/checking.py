"""Checks one shard: its hash, every row, and that LRs and sharpened HRs follow from HR and record."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from degradekit.dataset.manifest import Manifest, Photo
from degradekit.dataset.opening import Dataset
from degradekit.dataset.progress import OnProgress, counted_rows
from degradekit.dataset.row import Row, pixel_digest
from degradekit.degradation import Degradation
from degradekit.errors import DatasetError, DegradekitError, InaccessibleError
from degradekit.functional.levels import to_float
from degradekit.step import Step
from degradekit.storage import Folder
from degradekit.types import Pixels
from degradekit.wording import counted, printable

_PART_BYTES = 2**20
"""A file is read in parts of this size."""
_MOST_VARIANTS = 8
"""Variants of a tile that a sentence names."""


@dataclass(frozen=True)
class Verification:
    """The result of a check.

    Attributes:
        pairs: Rows that were read.
        derived: Rows among them whose LR was made again.
        problems: A sentence each; none if all is well.
        note: Why no LR could be made again, if none could.
        damaged: Files of the dataset to delete, relative to its folder. The command that built the dataset, run again,
            builds those and all that is missing.
    """

    pairs: int
    derived: int
    problems: tuple[str, ...]
    note: str = ""
    damaged: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        """Return the result as a table, for notebooks."""
        from degradekit.pages import render

        facts = {"pairs read": self.pairs, "LRs made again": self.derived, "problems": len(self.problems) or "none"}
        facts |= {"note": self.note} if self.note else {}
        return render("notebook/facts.html", facts=facts, lists={"problems": self.problems, "damaged": self.damaged})


@dataclass(frozen=True)
class CheckShard:
    """The task of checking one shard.

    Attributes:
        dataset: The dataset of the shard.
        manifest: What the shard should hold.
        sample: The share of rows whose LR is made again.
    """

    dataset: Dataset
    manifest: Manifest
    sample: float

    @property
    def photos(self) -> int:
        """Number of photos, the unit of progress."""
        return len(self.manifest.photos)

    def run(self, on_progress: OnProgress) -> Verification:
        """Look at every row."""
        rows = _Rows(self.dataset, self.sample)
        problems: list[str] = []
        try:
            problems += self._check(rows, on_progress)
        except InaccessibleError:
            raise  # this is no damage of the shard
        except Exception as error:  # readers raise exceptions of many kinds at damaged files
            problems.append(f"cannot be read: {str(error) or type(error).__name__}")
        file = self.dataset.file(self.manifest.shard)
        named = tuple(f"{file}: {problem}" for problem in problems + rows.problems)
        return Verification(rows.count, rows.derived, named, damaged=(file,) * bool(named))

    def _check(self, rows: "_Rows", on_progress: OnProgress) -> Iterator[str]:
        dataset, manifest = self.dataset, self.manifest
        if _sha256(dataset.folder, dataset.file(manifest.shard), lambda: on_progress(0)) != manifest.sha256:
            yield "its SHA-256 is not the one in its manifest"
        unseen = {photo.key: photo for photo in manifest.photos}
        read = counted_rows(dataset.reader(manifest.shard).rows(), manifest.pairs, self.photos, on_progress)
        for key, of_photo in groupby(read, key=lambda row: row.key):
            expected, seen = unseen.pop(key, None), rows.photo(key, of_photo)
            if seen is not None and seen != expected:
                yield f"the rows of {key!r} are not those that were written"
        for key, photo in unseen.items():
            if photo.pairs:
                yield f"the rows of {key!r} are missing"


class _Rows:
    """Looks at the rows of a shard, one after the other.

    Attributes:
        count: Rows that were looked at.
        derived: Rows among them whose LR was made again.
    """

    def __init__(self, dataset: Dataset, sample: float) -> None:
        self.count = self.derived = 0
        self._dataset, self._sample = dataset, sample
        self._hr: tuple[bytes, Pixels, bytes] | None = None
        self._sharpened: set[tuple[bytes, Sequence[Step]]] = set()
        self._problems: dict[tuple[str, str], list[int]] = {}

    @property
    def problems(self) -> list[str]:
        """What is wrong with single rows, in a sentence for all variants of a tile that have it, as by a shared HR."""
        return [f"{tile}, {_named(variants)}: {problem}" for (tile, problem), variants in self._problems.items()]

    def photo(self, key: str, rows: Iterable[Row]) -> Photo | None:
        """Return what the manifest of a shard with these rows holds of their photo.

        It is None where a row has no digest: one of the problems has the reason.
        """
        first, digest, digested = self.count, hashlib.sha256(), 0
        for row in rows:
            self.count += 1
            try:
                hr, lr = self._digest(row, digest)
                digested += 1
                self._derive(row, hr, lr)
            except DegradekitError as error:
                tile, problem = printable(row.tile.key(row.key)), str(error).removeprefix(f"{row.name}: ")
                self._problems.setdefault((tile, problem), []).append(row.variant)
        count = self.count - first
        return Photo(key, count, digest.hexdigest()) if digested == count else None

    def _digest(self, row: Row, digest: Any) -> tuple[Pixels, Pixels]:
        """Add a row to the digest of its photo, and return its HR and its LR.

        Raises:
            DegradekitError: A picture is damaged, or something in the row contradicts something else.
        """
        self._dataset.checked(row).refuse_contradiction()
        if self._hr is None or self._hr[0] != row.hr:  # variants share their HR
            self._hr = None
            self._sharpened.clear()
            hr = row.decode("hr")
            self._hr = row.hr, hr, pixel_digest(hr)
        _, hr, hr_digest = self._hr
        lr = row.decode("lr")
        digest.update(row.digest(hr_digest, pixel_digest(lr)))
        return hr, lr

    def _derive(self, row: Row, hr: Pixels, lr: Pixels) -> None:
        """Compare the sharpened HR of a row, and the LR if the row is in the sample, with what the record makes.

        Raises:
            DegradekitError: One differs, or the record cannot be applied.
        """
        if "hr_usm" in self._dataset.plan.options.pictures:
            self._check_sharpened(row, hr)
        if self._is_chosen(row):
            self.derived += 1
            _compare(row, "LR", lr, _recomputed(row, Degradation.from_json, hr))

    def _check_sharpened(self, row: Row, hr: Pixels) -> None:
        """Check the sharpened HR of a row: all of them, as no digest covers them."""
        shared = row.hr_usm, row.target().steps
        if shared not in self._sharpened:  # variants that are sharpened alike share it
            hr_usm = row.decode("hr_usm")
            if self._sample:
                _compare(row, "sharpened HR", hr_usm, _recomputed(row, Degradation.target_from_json, hr))
            self._sharpened.add(shared)

    def _is_chosen(self, row: Row) -> bool:
        """Choose the same rows for any number of workers."""
        name = f"{row.tile.key(row.key)}/{row.variant}".encode()
        return int.from_bytes(hashlib.sha256(name).digest()[:4]) < self._sample * 2**32


def _named(variants: Sequence[int]) -> str:
    """Return which variants of a tile have a problem."""
    if len(variants) == 1:
        return f"variant {variants[0]}"
    *most, last = map(str, variants[:_MOST_VARIANTS])
    rest = len(variants) - _MOST_VARIANTS
    return (
        f"variants {', '.join([*most, last])} and {rest} more" if rest > 0 else f"variants {', '.join(most)} and {last}"
    )


def _recomputed(row: Row, read: Callable[[str], Degradation], hr: Pixels) -> Pixels:
    """Return the picture that the record of a row, as `read` reads it, makes from the HR.

    Raises:
        DatasetError: The record cannot be read or applied.
    """
    try:
        return read(row.degradation).to_pixels(to_float(hr))
    except DegradekitError as error:
        raise DatasetError(f"{row.name}: {error}") from None


def _compare(row: Row, name: str, picture: Pixels, expected: Pixels) -> None:
    """Compare a picture of a row with what it should be.

    Raises:
        DatasetError: It differs; the message has `name` for it.
    """
    if expected.shape != picture.shape:
        sizes = f"{picture.shape[1]} x {picture.shape[0]} instead of {expected.shape[1]} x {expected.shape[0]}"
        raise DatasetError(f"{row.name}: the {name} is {sizes}")
    differing = int(np.count_nonzero((expected != picture).any(axis=2)))
    if differing:
        verb = "differs" if differing == 1 else "differ"
        raise DatasetError(f"{row.name}: {counted(differing, 'pixel')} of the {name} {verb}")


def _sha256(folder: Folder, name: str, on_part: Callable[[], object]) -> str:
    digest = hashlib.sha256()
    with folder.open(name) as file:
        while part := file.read(_PART_BYTES):
            digest.update(part)
            on_part()
    return digest.hexdigest()
