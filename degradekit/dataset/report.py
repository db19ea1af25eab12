"""What a dataset amounts to, summed up from the manifests of its shards; and what one run did."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from pydantic import ConfigDict

from degradekit.dataset.formats import find_format
from degradekit.dataset.layout import REPORT, SKIPPED, split_of
from degradekit.dataset.manifest import Manifest, Skipped
from degradekit.dataset.stored import (
    Count,
    Counts,
    Listed,
    Sha256,
    SplitCounts,
    StoredType,
    errors_as_damage,
    lines,
    mapping,
)
from degradekit.errors import DatasetError, Mistake
from degradekit.fields import Text
from degradekit.limits import MAX_JSON_BYTES
from degradekit.picture_folders import LeftOut
from degradekit.retrying import as_dataset_error
from degradekit.storage import Folder
from degradekit.wording import byte_size, counted

_CURE = "run the command that built the dataset again, which writes it anew"


@dataclass(frozen=True)
class Report:
    """What the shards of a dataset hold.

    Attributes:
        photos: Number of photos.
        pairs: Number of rows by split.
        bytes: Size of the shards by split, with the pictures that are files of their own.
        shards: Number of shards.
        skipped: Photos that could not be used, each with its reason.
        left_out: Files that the scan did not take, by reason.
        counts: What was left out by choice while building, or stood out, by description.
        digest: A hash of the content, the same for any worker count, engine, restart, shard size and format.
        format: Name of the format of the shards.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    photos: Count
    pairs: SplitCounts
    bytes: SplitCounts
    shards: Count
    skipped: Listed[Skipped]
    left_out: Counts
    counts: Counts
    digest: Sha256
    format: Text

    def texts(self) -> dict[str, str]:
        """Return the content of the files that hold the report, by name."""
        skipped = "".join(json.dumps(photo._asdict(), ensure_ascii=False) + "\n" for photo in self.skipped)
        data = vars(self) | {"skipped": len(self.skipped)}
        return {SKIPPED: skipped, REPORT: json.dumps(data, indent=1, ensure_ascii=False) + "\n"}

    def _repr_html_(self) -> str:
        """Return the report as a table, for notebooks."""
        return _html(self, {})

    @classmethod
    def load(cls, folder: Folder) -> "Report":
        """Read the report of a dataset.

        Raises:
            DatasetError: There is none, or it is damaged.
        """
        with as_dataset_error(f"dataset: its {REPORT} cannot be read", folder.location, cure=_CURE):
            content = folder.read_bytes(REPORT, MAX_JSON_BYTES)
        with errors_as_damage(REPORT, folder, _CURE):
            data = mapping(content)
            count = data.get("skipped")
            if type(count) is not int or count < 0:
                raise DatasetError(Mistake("skipped", "must be an integer >= 0", count))
            report = _STORED.from_data(data | {"skipped": _load_skipped(folder, count)})
            if not report.pairs or report.pairs.keys() != report.bytes.keys() or not all(report.pairs.values()):
                raise DatasetError("pairs and bytes must be of the same splits, at least one, each of which has pairs")
            find_format(report.format)
        return report


def _load_skipped(folder: Folder, count: int) -> tuple[Skipped, ...]:
    if not count:
        return ()
    with (
        as_dataset_error(f"dataset: its {SKIPPED} cannot be read", folder.location, cure=_CURE),
        folder.open(SKIPPED) as file,
    ):
        read = enumerate(islice(lines(file), count), 1)
        skipped = tuple(_SKIPPED.from_json(line, f"{SKIPPED}, line {line_number}") for line_number, line in read)
    if len(skipped) < count:
        raise DatasetError(f"skipped: must be the number of lines of {SKIPPED}, {len(skipped)} (got {count})")
    return skipped


_STORED = StoredType(Report)
_SKIPPED = StoredType(Skipped)


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

    def _repr_html_(self) -> str:
        """Return the outcome as a table, for notebooks."""
        built = f"{counted(self.built_pairs, 'pair')} in {self.seconds:.1f} s"
        return _html(self.report, {"built now": built if self.built_pairs else "nothing, as nothing was missing"})


def _html(report: Report, others: dict[str, str]) -> str:
    from degradekit.pages import render

    size = byte_size(sum(report.bytes.values()))
    facts = {
        "photos": report.photos,
        "pairs": ", ".join(f"{split} {count}" for split, count in report.pairs.items()),
        "size": f"{size} in {counted(report.shards, 'shard')}, {report.format}",
        "digest": report.digest,
    }
    lists = {
        "left out, or noted": [f"{count}: {reason}" for reason, count in (report.left_out | report.counts).items()],
        "skipped photos": [f"{photo.key}: {photo.reason}" for photo in report.skipped],
    }
    return render("notebook/facts.html", facts=facts | others, lists=lists)


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
        sizes[split] += manifest.bytes + manifest.picture_bytes
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
