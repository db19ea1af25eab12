"""Chooses among the photos before a build."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from heapq import nsmallest

import numpy as np

from degradekit.dataset.layout import SPLITS
from degradekit.dataset.options import Options
from degradekit.dataset.photos import batches
from degradekit.dataset.sources import Scan
from degradekit.errors import DatasetError, ImageError


def curate(scan: Scan, options: Options) -> Scan:
    """Leave out duplicates and move photos to the split `validation`, by the options.

    Raises:
        UnavailableError: A photo that is to be compared cannot be read now; to leave it out, or to keep it, would make
            another dataset.
        DatasetError: There are not so many photos to move, or this user may not read one.
    """
    if options.dedupe:
        scan = _without_duplicates(scan)
    return _with_validation(scan, options) if options.val else scan


def _without_duplicates(scan: Scan) -> Scan:
    """Keep, of files that are equal, the one whose key comes first."""
    kept: list[int] = []
    seen: set[bytes] = set()
    for row, source in enumerate(scan):
        try:
            digest = hashlib.sha256(source.read()).digest()
        except ImageError:
            kept.append(row)  # it is skipped, with the reason, when its turn comes
            continue
        if digest not in seen:
            seen.add(digest)
            kept.append(row)
    duplicates = len(scan) - len(kept)
    if not duplicates:
        return scan
    left_out = scan.left_out | {"the same file as another photo (`dedupe`)": duplicates}
    return replace(scan.take(np.array(kept, np.int64)), left_out=left_out)


def _with_validation(scan: Scan, options: Options) -> Scan:
    """Move the photos of the smallest hashes, so that one more photo moves at most one other."""
    train = np.flatnonzero(scan.photos.splits == SPLITS.index("train"))
    if options.val >= len(train):
        raise DatasetError(f"val: must be less than the number of training photos, {len(train)} (got {options.val})")

    def hashes() -> Iterator[tuple[bytes, int]]:
        for part in batches(len(train)):
            rows = train[part]
            for row, key in zip(rows.tolist(), scan.photos.take(rows).keys.to_pylist(), strict=True):
                yield hashlib.sha256(f"{options.seed}/{key}".encode()).digest(), row

    splits = scan.photos.splits.copy()
    splits[[row for _, row in nsmallest(options.val, hashes())]] = SPLITS.index("validation")
    return replace(scan, photos=replace(scan.photos, splits=splits))
