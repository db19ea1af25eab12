"""Paired folders, from which BasicSR, KAIR, traiNNer-redux and neosr train: SPLIT/HR, SPLIT/LR and a meta_info file."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from degradekit.dataset.formats.base import Format, Row
from degradekit.storage import Folder, sha256


class PairedFolder(Format):
    """Every pair is two files of one name; on a disk the HR of a tile's variants is one file with several names.

    The shard's own file, JSON lines, tells the names and everything else, and comes last.
    """

    extension = ".jsonl"

    def __init__(self, folder: Folder, shard: str) -> None:
        """Open a shard of this name."""
        super().__init__(folder, shard)
        self._split = shard.partition("-")[0]
        self._new = folder.new(self.file(shard))
        self._lines: list[str] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile."""
        first = None
        for row in rows:
            name = _name(row, several=len(rows) > 1)
            self._put(f"{self._split}/HR/{name}", row.hr, first)
            self._put(f"{self._split}/LR/{name}", row.lr, None)
            first = first or f"{self._split}/HR/{name}"
            self._lines.append(json.dumps({"name": name} | row.facts(), separators=(",", ":")) + "\n")

    def close(self) -> tuple[int, str]:
        """Publish the list of what is there."""
        if self.folder.is_local and hasattr(os, "sync"):
            os.sync()  # once, for all pictures
        self._new.path.write_text("".join(self._lines), encoding="ascii", newline="\n")
        size, digest = self._new.path.stat().st_size, sha256(self._new.path)
        self._new.publish()
        return size, digest

    def discard(self) -> None:
        """Forget the list; pictures stay for the next attempt, which makes the same ones."""
        self._new.discard()

    @staticmethod
    def read(folder: Folder, file: str) -> Iterator[Row]:
        """The rows, in the order in which they were made."""
        split = PurePosixPath(file).name.partition("-")[0]
        for line in folder.read_text(file).splitlines():
            facts = json.loads(line)
            hr, lr = (folder.read_bytes(f"{split}/{part}/{facts['name']}") for part in ("HR", "LR"))
            yield Row.of(hr, lr, facts)

    @classmethod
    def read_facts(cls, folder: Folder, file: str) -> Iterator[dict[str, Any]]:
        """From the list."""
        return map(json.loads, folder.read_text(file).splitlines())

    @classmethod
    def finish(cls, folder: Folder, split: str, shards: Sequence[str]) -> None:
        """Write meta_info.txt: a line `NAME (height,width,3)` for each pair, as BasicSR reads it."""
        with (
            folder.new(f"{split}/meta_info.txt").published() as path,
            path.open("w", encoding="ascii", newline="\n") as out,
        ):
            for shard in shards:
                for line in folder.read_text(cls.file(shard)).splitlines():
                    facts = json.loads(line)
                    height, width = facts["degradation"]["size"]
                    out.write(f"{facts['name']} ({height},{width},3)\n")

    def _put(self, name: str, data: bytes, same_as: str | None) -> None:
        if same_as and self.folder.is_local:
            target = Path(self.folder.path(name))
            target.unlink(missing_ok=True)
            try:
                os.link(self.folder.path(same_as), target)
                return
            except OSError:  # no links on this disk
                pass
        self.folder.write_bytes(name, data, sync=False)


def _name(row: Row, several: bool) -> str:
    """Flat, without spaces, and never the same for two rows: the photo's name, a hash of its key, the tile."""
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", PurePosixPath(row.key).stem).strip("-")[:80]
    hashed = hashlib.sha256(row.key.encode()).hexdigest()[:10]
    # To millionths, because 400 / 533 is 0.750 to thousandths, which is another size of the same photo.
    resized = f"_f{round(row.tile.factor * 10**6)}" if row.tile.factor != 1 else ""
    variant = f"_v{row.variant}" if several else ""
    return f"{stem}_{hashed}{resized}_y{row.tile.y}_x{row.tile.x}{variant}.png"
