"""Paired folders, from which BasicSR, KAIR, traiNNer-redux and neosr train.

They are SPLIT/HR, SPLIT/LR and, for the sharpened HR, SPLIT/HR_USM, with a meta_info file that lists the names of each.
"""

import hashlib
import json
import os
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from degradekit.dataset.formats.base import Format, Reader, Writer
from degradekit.dataset.layout import PICTURE, split_of
from degradekit.dataset.pictures import PictureFormat
from degradekit.dataset.row import Row
from degradekit.dataset.stored import lines, mapping
from degradekit.errors import DatasetError, Mistake
from degradekit.storage import Folder

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,250}\.(?:png|webp)")


class _FolderWriter(Writer):
    """Writes files of one name for each pair; on a disk the HR of a tile's variants is one file with several names.

    The file of the shard, JSON lines, holds the names and everything else, and is published last.
    """

    def __init__(
        self, folder: Folder, shard: str, file: str, pictures: Sequence[str], picture_format: PictureFormat = "png"
    ) -> None:
        super().__init__(folder, shard, file, pictures, picture_format)
        self._lines: list[str] = []
        self._files: set[str] = set()

    def add(self, rows: Sequence[Row]) -> None:
        written: dict[bytes, str] = {}
        for row in rows:
            name = f"{_name(row, several=len(rows) > 1)}.{self.picture_format}"
            files = {kind: _picture(self.shard, kind, name) for kind in self.pictures}
            if not self._files.isdisjoint(files.values()):
                raise DatasetError(
                    f"shards: two rows of {row.key!r} have the same tile and variant (got {self.file!r})"
                )
            self._files.update(files.values())
            for kind, file in files.items():
                data: bytes = getattr(row, kind)
                if kind == "lr" or data not in written or not self._link(written[data], file):
                    self.folder.write_bytes(file, data, sync=False)
                    self.picture_bytes += len(data)
                    written[data] = file
            self._lines.append(json.dumps({"name": name} | row.facts(), separators=(",", ":")) + "\n")

    def close(self) -> None:
        if self.folder.local_path("") is not None and hasattr(os, "sync"):
            os.sync()  # once, for all pictures
        self.new.path.write_text("".join(self._lines), encoding="ascii", newline="\n")

    def discard(self) -> None:
        self.new.discard()
        if self.folder.size(self.file) is None:  # or another slice has finished the same shard
            for file in self._files:
                self.folder.delete(file)

    def _link(self, existing: str, name: str) -> bool:
        target, source = self.folder.local_path(name), self.folder.local_path(existing)
        if target is None or source is None:
            return False
        target.unlink(missing_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError):  # no links on this disk
            target.hardlink_to(source)
            return True
        return False


class _OtherFiles(Container[str]):
    """The names of all pictures of photos, and of the lists of their splits."""

    def __init__(
        self, photos: Iterable[tuple[str, str]], pictures: Sequence[str], picture_format: PictureFormat
    ) -> None:
        self._extension = picture_format
        self._folders = {kind.upper() for kind in pictures}
        self._photos: set[str] = set()
        self._lists: set[str] = set()
        for split, key in photos:
            photo = f"{split}/{photo_name(key)}".casefold()  # some disks take HR/a.png and HR/A.png for one
            if photo in self._photos:
                raise DatasetError(
                    f"source: two photos would have pictures of the same name, {photo}; rename one (got {key!r})"
                )
            self._photos.add(photo)
            self._lists.add(f"{split}/meta_info.txt")

    def __contains__(self, name: object) -> bool:
        match = PICTURE.fullmatch(str(name))
        return name in self._lists or (
            match is not None
            and match["folder"] in self._folders
            and match["extension"] == self._extension
            and f"{match['split']}/{match['photo']}".casefold() in self._photos
        )


class _FolderReader(Reader):
    """Reads the list and, row by row, the pictures."""

    def rows(self) -> Iterator[Row]:
        shard = PurePosixPath(self.file).stem
        for name, facts, where in self.entries():
            pictures = {kind: self.folder.read_bytes(_picture(shard, kind, name)) for kind in self.pictures}
            yield Row.from_facts(facts, where, **pictures)

    def rows_without_pictures(self) -> Iterator[Row]:
        return (row for _, row in self.named_rows_without_pictures())

    def named_rows_without_pictures(self) -> Iterator[tuple[str, Row]]:
        """Yield the names of the pictures of each row, and the row with empty pictures."""
        for name, facts, where in self.entries():
            yield name, Row.from_facts(facts, where, **dict.fromkeys(self.pictures, b""))

    def entries(self) -> Iterator[tuple[str, dict[str, Any], str]]:
        """Yield of each line the name of the pictures, what it holds of the row, and where it stands, for messages.

        Raises:
            DatasetError: A line is not a mapping in JSON, or the name is not one of a picture beside the others.
        """
        with self.folder.open(self.file) as file:
            for index, line in enumerate(lines(file), 1):
                where = f"{self.file}, line {index}"
                try:
                    facts = mapping(line)
                except DatasetError as error:
                    raise DatasetError(f"{where}: {error}") from None
                name = facts.pop("name", None)
                if not isinstance(name, str) or not _NAME.fullmatch(name):
                    rule = "must be that of a PNG or WebP file of letters, digits, dots, - and _"
                    raise DatasetError(Mistake("name", rule, name)).in_file(where)
                yield name, facts, where


def _picture(shard: str, kind: str, name: str) -> str:
    return f"{split_of(shard)}/{kind.upper()}/{name}"


def _name(row: Row, several: bool) -> str:
    """Return a flat name without spaces and extension, of one row: the photo's name, a hash of its key, the tile."""
    # To millionths, because 400 / 533 is 0.750 to thousandths, which is another size of the same photo.
    resized = f"_f{round(row.tile.factor * 10**6)}" if row.tile.factor != 1 else ""
    variant = f"_v{row.variant}" if several else ""
    return f"{photo_name(row.key)}{resized}_y{row.tile.y}_x{row.tile.x}{variant}"


def photo_name(key: str) -> str:
    """Return a flat name without spaces and extension for a photo: its own name, and a hash of its key."""
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", PurePosixPath(key).stem).strip("-")[:80]
    return f"{stem}_{_hash(key)}"


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def _write_meta_info(folder: Folder, split: str, files: Sequence[str]) -> None:
    """Write meta_info.txt: a line `NAME (height,width,3)` for each pair, as BasicSR reads it."""
    with (
        folder.new(f"{split}/meta_info.txt").published() as path,
        path.open("w", encoding="ascii", newline="\n") as out,
    ):
        for file in files:
            for name, row in _FolderReader(folder, file, ("hr", "lr")).named_rows_without_pictures():
                height, width = row.drawn_for().size
                out.write(f"{name} ({height},{width},3)\n")


def _card_text(pictures: Sequence[str], _: PictureFormat) -> str:
    *others, last = (f"`SPLIT/{kind.upper()}`" for kind in pictures)
    return f"""
{", ".join(others)} and {last} hold the pairs under the same names, `SPLIT/meta_info.txt` lists them, and
`data/*.jsonl` have a line for each pair: the exact degradation, where the tile lies in which photo, and which of the
degradations it is.
"""


FOLDER = Format(
    name="folder",
    extension=".jsonl",
    writer=_FolderWriter,
    reader=_FolderReader,
    open_hint="train from {0}/train/{target} and {0}/train/LR, listed in {0}/train/meta_info.txt",
    finish=_write_meta_info,
    other_files=_OtherFiles,
    card_text=_card_text,
)
