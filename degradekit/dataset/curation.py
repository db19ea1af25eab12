"""Chooses among the photos before a build."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from degradekit.dataset.plan import Options
from degradekit.dataset.sources import Scan, Source
from degradekit.errors import DatasetError


def curate(scan: Scan, options: Options) -> Scan:
    """Leave out duplicates and set validation photos apart, as the options say.

    Raises:
        DatasetError: Not so many photos are there to be set apart.
    """
    sources, left_out = scan.sources, dict(scan.left_out)
    if options.dedupe:
        sources, same = _without_duplicates(sources)
        if same:
            left_out["the same file as another photo (--dedupe)"] = same
    return Scan(_with_validation(sources, options), left_out)


def _without_duplicates(sources: Iterable[Source]) -> tuple[tuple[Source, ...], int]:
    """Of files that are the same to the byte, the one whose key comes first."""
    kept: list[Source] = []
    seen: set[bytes] = set()
    same = 0
    for source in sources:
        try:
            digest = hashlib.sha256(source.read()).digest()
        except OSError:
            kept.append(source)  # told when it is to be built
            continue
        if digest in seen:
            same += 1
        else:
            seen.add(digest)
            kept.append(source)
    return tuple(kept), same


def _with_validation(sources: tuple[Source, ...], options: Options) -> tuple[Source, ...]:
    """Photos of the smallest hashes: adding a photo moves at most one other."""
    if not options.val:
        return sources
    train = [source for source in sources if source.split == "train"]
    if options.val >= len(train):
        raise DatasetError(f"val: must be less than the number of training photos, {len(train)} (got {options.val})")

    def place(source: Source) -> bytes:
        return hashlib.sha256(f"{options.seed}/{source.key}".encode()).digest()

    chosen = {source.key for source in sorted(train, key=place)[: options.val]}
    return tuple(replace(source, split="validation") if source.key in chosen else source for source in sources)
