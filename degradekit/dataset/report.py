"""What a dataset amounts to, summed up from the manifests of its shards; and what one run did."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from degradekit.dataset.layout import REPORT, SKIPPED, split_of
from degradekit.dataset.manifest import Manifest, Skipped
from degradekit.errors import DatasetError, UnavailableError
from degradekit.picture_folders import LeftOut
from degradekit.storage import Folder


@dataclass(frozen=True)
class Report:
    """What the shards of a dataset hold.

    Attributes:
        photos: Number of photos.
        pairs: Number of rows by split.
        bytes: Size of the shards by split.
        shards: Number of files.
        skipped: Photos that could not be used, each with its reason.
        left_out: Files that the scan did not take, by reason.
        counts: What was left out by choice while building, or stood out, by description.
        digest: A hash of the content, the same for any worker count, engine, restart, shard size and format.
        format: Name of the format of the shards.
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

    def texts(self) -> dict[str, str]:
        """Return the content of the files that hold the report, by name."""
        lines = [json.dumps(skipped._asdict(), ensure_ascii=False) + "\n" for skipped in self.skipped]
        data = vars(self) | {"skipped": len(self.skipped)}
        return {SKIPPED: "".join(lines), REPORT: json.dumps(data, indent=1, ensure_ascii=False) + "\n"}

    @classmethod
    def load(cls, folder: Folder) -> "Report":
        """Read the report of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged.
        """
        try:
            data = json.loads(folder.read_text(REPORT))
            lines = folder.read_text(SKIPPED).split("\n")  # `splitlines` would split at U+2028 in a key too
            return cls(**data | {"skipped": tuple(Skipped(**json.loads(line)) for line in lines if line)})
        except UnavailableError:
            raise
        except (OSError, ValueError, KeyError, TypeError):
            raise DatasetError(f"{REPORT}: is missing or damaged (got {folder.location!r})") from None


@dataclass(frozen=True)
class Outcome:
    """What one run did.

    Attributes:
        report: What the dataset holds, or the shards of the slice.
        built_pairs: Rows that this run has built.
        seconds: How long it took.
        complete: Whether the dataset is finished now; if not, this was a slice of it.
    """

    report: Report
    built_pairs: int
    seconds: float
    complete: bool


def summarize(manifests: Iterable[Manifest], left_out: dict[str, int], format: str) -> Report:
    """Return the report over shards.

    Args:
        manifests: The manifests of the shards, in order; each is read once and not kept.
        left_out: Files that the scan did not take, by reason.
        format: Name of the format of the shards.
    """
    pairs: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    counts = LeftOut()
    skipped: list[Skipped] = []
    digest = hashlib.sha256()
    photos = shards = 0
    for manifest in manifests:
        split = split_of(manifest.shard)
        pairs[split] += manifest.pairs
        sizes[split] += manifest.bytes
        for text, count in manifest.counts.items():
            reason, names_photo, key = text.partition(": ")
            if names_photo:
                counts.add(reason, key)
            else:
                counts[reason] += count
        skipped += manifest.skipped
        photos += len(manifest.photos)
        shards += 1
        for photo in manifest.photos:
            digest.update(json.dumps([split, photo.key, photo.digest]).encode("ascii") + b"\n")
    splits = [split for split in pairs if pairs[split]]  # `datasets` cannot open a split without a row
    return Report(
        photos=photos,
        pairs={split: pairs[split] for split in splits},
        bytes={split: sizes[split] for split in splits},
        shards=shards,
        skipped=tuple(skipped),
        left_out=left_out,
        counts=counts.named(),
        digest=digest.hexdigest(),
        format=format,
    )
