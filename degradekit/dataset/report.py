"""What a build amounts to, summed up from its shards' manifests."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from degradekit.dataset.manifest import Manifest, Skipped
from degradekit.errors import DatasetError
from degradekit.storage import Folder

PATH = "meta/report.json"
_FACTS = {"photos", "pairs", "bytes", "shards", "skipped", "left_out", "counts", "digest"}


@dataclass(frozen=True)
class Report:
    """What a finished dataset holds.

    Attributes:
        photos: Photos in it.
        pairs: Rows by split.
        bytes: Of the shards, by split.
        shards: Files.
        skipped: Photos that could not be used, each with its reason.
        left_out: Files that were found and not taken, by reason.
        counts: What was left out by choice while building, or stood out, by description.
        digest: Of the content: the same for any worker count, engine, restart, shard size and format.
        format: Name of the shards' format.
        built: Pairs built by this run, and the seconds it took.
        complete: Whether the dataset is closed; if not, this is a slice of it.
    """

    photos: int
    pairs: dict[str, int]
    bytes: dict[str, int]
    shards: int
    skipped: tuple[Skipped, ...]
    left_out: dict[str, int]
    counts: dict[str, int]
    digest: str
    format: str
    built: tuple[int, float] = (0, 0.0)
    complete: bool = True

    def dumps(self) -> str:
        """As JSON text, without what belongs to the run."""
        data = asdict(self)
        del data["built"], data["skipped"], data["complete"]
        return json.dumps(data | {"skipped": len(self.skipped)}, indent=1, ensure_ascii=False) + "\n"


def summarize(manifests: Iterable[Manifest], left_out: dict[str, int], format: str) -> Report:
    """The report over all shards of a dataset.

    Args:
        manifests: Of all its shards, in order; each is looked at once and let go.
        left_out: Of the scan.
        format: Of the shards.
    """
    pairs: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    skipped: list[Skipped] = []
    digest = hashlib.sha256()
    photos = shards = 0
    for manifest in manifests:
        split = manifest.shard.partition("-")[0]
        pairs[split] += manifest.pairs
        sizes[split] += manifest.bytes
        counts.update(manifest.counts)
        skipped += manifest.skipped
        photos += len(manifest.photos)
        shards += 1
        for photo in manifest.photos:
            digest.update(json.dumps([split, photo.key, photo.digest]).encode("ascii") + b"\n")
    splits = [split for split in pairs if pairs[split]]  # one without a pair is none: `datasets` cannot open it
    return Report(
        photos=photos,
        pairs={split: pairs[split] for split in splits},
        bytes={split: sizes[split] for split in splits},
        shards=shards,
        skipped=tuple(skipped),
        left_out=left_out,
        counts=dict(sorted(counts.items())),
        digest=digest.hexdigest(),
        format=format,
    )


def load_report(folder: Folder) -> dict[str, Any]:
    """The facts that `Report.dumps` wrote into a dataset.

    Raises:
        DatasetError: There are none, or they are damaged.
    """
    try:
        facts: dict[str, Any] = json.loads(folder.read_text(PATH))
        if facts.keys() >= _FACTS:
            return facts
    except (OSError, ValueError, AttributeError):
        pass
    raise DatasetError(f"{PATH}: is missing or damaged (got {folder.place!r})")
