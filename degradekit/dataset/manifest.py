"""What a finished shard holds; its manifest is the mark that the shard is finished."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ConfigDict

from degradekit.dataset.layout import manifest_file
from degradekit.dataset.stored import Count, Counts, Key, Listed, Sha256, StoredType
from degradekit.errors import DatasetError, Mistake
from degradekit.fields import Text
from degradekit.limits import MAX_JSON_BYTES
from degradekit.storage import Folder


class Photo(NamedTuple):
    """A photo in a shard: its number of pairs, and a SHA-256 of the digests of its rows."""

    key: Key
    pairs: Count
    digest: Sha256


class Skipped(NamedTuple):
    """A photo that could not be used, and why."""

    key: Key
    reason: Text


@dataclass(frozen=True)
class Manifest:
    """One shard.

    Attributes:
        plan: Hash of the plan that the shard belongs to.
        shard: Name of the shard.
        pairs: Number of rows.
        bytes: Size of the shard's file.
        picture_bytes: Size of its pictures, where they are files of their own.
        sha256: SHA-256 of the shard's file.
        photos: The photos that could be used, in order.
        skipped: Photos that could not be used.
        counts: What was left out by choice, or stood out, by description.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    plan: Sha256
    shard: Text
    pairs: Count
    bytes: Count
    picture_bytes: Count
    sha256: Sha256
    photos: Listed[Photo]
    skipped: Listed[Skipped]
    counts: Counts

    def save(self, folder: Folder) -> None:
        """Write the manifest into the folder of its dataset."""
        data = vars(self) | {
            "photos": [photo._asdict() for photo in self.photos],
            "skipped": [skipped._asdict() for skipped in self.skipped],
        }
        folder.write_text(manifest_file(self.shard), json.dumps(data, indent=1, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Folder, shard: str) -> "Manifest":
        """Read the manifest of a shard.

        Raises:
            OSError: There is none, or it cannot be read.
            DatasetError: It is damaged, or another shard's.
        """
        manifest = _STORED.from_json(folder.read_bytes(manifest_file(shard), MAX_JSON_BYTES))
        if manifest.shard != shard:
            raise DatasetError(Mistake("shard", f"must be {shard}", manifest.shard))
        if manifest.pairs != sum(photo.pairs for photo in manifest.photos):
            raise DatasetError(Mistake("pairs", "must be the sum of those of its photos", manifest.pairs))
        return manifest


_STORED = StoredType(Manifest)
