"""What a finished shard holds; its manifest is the mark that the shard is finished."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from degradekit.dataset.layout import manifest_file
from degradekit.storage import Folder


class Photo(NamedTuple):
    """A photo in a shard: its number of pairs, and a SHA-256 of the digests of its rows."""

    key: str
    pairs: int
    digest: str


class Skipped(NamedTuple):
    """A photo that could not be used, and why."""

    key: str
    reason: str


@dataclass(frozen=True)
class Manifest:
    """One shard.

    Attributes:
        plan: Hash of the plan that the shard belongs to.
        shard: Name of the shard.
        pairs: Number of rows.
        bytes: Size of the shard's file.
        sha256: SHA-256 of the shard's file.
        photos: The photos that could be used, in order.
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
        """Write the manifest into the folder of its dataset."""
        data = vars(self) | {
            "photos": [photo._asdict() for photo in self.photos],
            "skipped": [skipped._asdict() for skipped in self.skipped],
        }
        folder.write_text(manifest_file(self.shard), json.dumps(data, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Folder, shard: str) -> "Manifest | None":
        """Return the manifest of a shard, or None where there is none that is whole.

        Raises:
            OSError, DatasetError: It cannot be read, so that nobody knows whether there is one.
        """
        try:
            content = folder.read_bytes(manifest_file(shard))
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            data = json.loads(content)
            data["photos"] = tuple(Photo(**photo) for photo in data["photos"])
            data["skipped"] = tuple(Skipped(**skipped) for skipped in data["skipped"])
            return cls(**data)
        except (ValueError, TypeError, KeyError):
            return None
