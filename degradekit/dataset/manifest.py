"""What a finished shard holds; its manifest is the mark that the shard is finished."""

import json
from dataclasses import asdict, dataclass

from degradekit.dataset.formats import find_format
from degradekit.dataset.plan import Plan
from degradekit.storage import Folder


@dataclass(frozen=True)
class Photo:
    """A photo that went in: its number of pairs, and a hash of their content."""

    key: str
    pairs: int
    digest: str


@dataclass(frozen=True)
class Skipped:
    """A photo that did not go in, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """One shard.

    Attributes:
        plan: Hash of the plan it belongs to.
        shard: Its name.
        pairs: Rows.
        bytes: Of its file.
        sha256: Of its file.
        photos: In order.
        skipped: Photos that could not be used.
        counts: What was left out by choice, or stood out, by description.
    """

    plan: str
    shard: str
    pairs: int
    bytes: int
    sha256: str
    photos: tuple[Photo, ...]
    skipped: tuple[Skipped, ...]
    counts: dict[str, int]

    def save(self, folder: Folder) -> None:
        """Write it into its dataset's folder."""
        folder.write_text(path(self.shard), json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")


def path(shard: str) -> str:
    """Where the manifest of a shard is."""
    return f"meta/shards/{shard}.json"


def load(folder: Folder, shard: str) -> Manifest | None:
    """The manifest of a shard, or None where there is none that can be read."""
    try:
        data = json.loads(folder.read_text(path(shard)))
        data["photos"] = tuple(Photo(**photo) for photo in data["photos"])
        data["skipped"] = tuple(Skipped(**skipped) for skipped in data["skipped"])
        return Manifest(**data)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def finished(folder: Folder, plan: Plan, shard: str) -> Manifest | None:
    """The manifest of a shard of this plan that is there as its manifest says, or None."""
    manifest = load(folder, shard)
    if manifest is None or manifest.plan != plan.hash:
        return None
    return manifest if folder.size(find_format(plan.format).file(shard)) == manifest.bytes else None
