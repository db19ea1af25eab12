"""What a build amounts to, summed up from its shards' manifests."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from degradekit.dataset.plan import SPLITS
from degradekit.dataset.shard import Manifest, Skipped


@dataclass(frozen=True)
class Report:
    """What a finished dataset holds.

    Attributes:
        photos: Photos in it.
        pairs: Rows by split.
        bytes: Of the shards, by split.
        shards: Files.
        skipped: Photos that did not go in, each with its reason.
        left_out: Files that were no candidates, by reason.
        digest: Of the content: the same for any worker count, restart and shard size.
        built: Pairs built by this run, and the seconds it took.
    """

    photos: int
    pairs: dict[str, int]
    bytes: dict[str, int]
    shards: int
    skipped: tuple[Skipped, ...]
    left_out: dict[str, int]
    digest: str
    built: tuple[int, float]


def summarize(manifests: Sequence[Manifest], left_out: dict[str, int], built: tuple[int, float]) -> Report:
    """The report over all shards of a dataset.

    Args:
        manifests: Of all its shards.
        left_out: Of the scan.
        built: Pairs and seconds of this run.
    """
    # A split without a pair is none: `datasets` cannot open it.
    by_split = {split: [m for m in manifests if m.split == split and m.pairs] for split in SPLITS}
    photos = sorted((photo.key, manifest.split, photo.digest) for manifest in manifests for photo in manifest.photos)
    return Report(
        photos=len(photos),
        pairs={split: sum(m.pairs for m in group) for split, group in by_split.items() if group},
        bytes={split: sum(m.bytes for m in group) for split, group in by_split.items() if group},
        shards=len(manifests),
        skipped=tuple(skipped for manifest in manifests for skipped in manifest.skipped),
        left_out=left_out,
        digest=hashlib.sha256(json.dumps(photos).encode("ascii")).hexdigest(),
        built=built,
    )
