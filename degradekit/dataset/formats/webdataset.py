"""Tar shards for WebDataset: of each pair `NAME.hr.png`, `NAME.lr.png` and the like, and `NAME.json`."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import PurePosixPath
from typing import IO

from degradekit.dataset.formats.base import Format, Reader, Writer
from degradekit.dataset.row import Row
from degradekit.dataset.stored import mapping
from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES
from degradekit.storage import Folder


class _TarWriter(Writer):
    """Writes plain USTAR with all headers but name and size fixed, so that the bytes depend on the content alone."""

    def __init__(self, folder: Folder, shard: str, file: str, pictures: Sequence[str]) -> None:
        super().__init__(folder, shard, file, pictures)
        self._tar = tarfile.open(self.new.path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
        self._pairs = 0

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            facts = json.dumps(row.facts(), separators=(",", ":")).encode("ascii")
            for extension, data in [*((f"{kind}.png", getattr(row, kind)) for kind in self.pictures), ("json", facts)]:
                header = tarfile.TarInfo(f"{self.shard}-{self._pairs:06d}.{extension}")
                header.size = len(data)
                self._tar.addfile(header, io.BytesIO(data))
            self._pairs += 1

    def close(self) -> None:
        self._tar.close()


class _TarReader(Reader):
    """Reads the rows in the order of the archive: members of the names and the kind that are written, and no others.

    Headers are read without `tarfile`, which follows extended headers, links and sparse members to
    any place and any size.
    """

    def rows(self) -> Iterator[Row]:
        shard = PurePosixPath(self.file).stem
        extensions = (*(f"{kind}.png" for kind in self.pictures), "json")
        with self.folder.open(self.file) as file:
            for index in count():
                where = f"{self.file}, row {index}"
                parts = {name: self._member(file, f"{shard}-{index:06d}.{name}", where) for name in extensions}
                if not any(parts.values()):
                    return
                try:
                    facts = mapping(parts.pop("json"))
                except DatasetError as error:
                    raise DatasetError(f"{where}: {error}") from None
                pictures = {name.removesuffix(".png"): data for name, data in parts.items()}
                yield Row.from_facts(facts, where, **pictures)

    def _member(self, file: IO[bytes], name: str, where: str) -> bytes:
        """Return the content of the next member, or nothing at the end of the archive.

        Raises:
            DatasetError: It is not a regular file of this name, or larger than it may be or than what is left.
        """
        block = file.read(tarfile.BLOCKSIZE)
        if not block.strip(b"\0"):
            return b""
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise DatasetError(f"{where}: a header of the archive is damaged ({error})") from None
        if header.name != name or header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise DatasetError(f"{where}: must be a regular file {name} (got {header.name!r})")
        if not 0 <= header.size <= MAX_FILE_BYTES:
            raise DatasetError(f"{where}: {name} must have at most {MAX_FILE_BYTES:,} bytes (got {header.size})")
        data = file.read(header.size)
        if len(data) < header.size:
            raise DatasetError(f"{where}: the archive ends within {name}")
        file.read(-header.size % tarfile.BLOCKSIZE)
        return data


def _card_text(pictures: Sequence[str]) -> str:
    names = ", ".join(f"`NAME.{kind}.png`" for kind in pictures)
    return f"""
Tar shards under `data/`: of each pair {names}, and `NAME.json` with the exact degradation that made the
LR, where the tile lies in which photo, and which of the degradations of the tile it is.
"""


WEBDATASET = Format(
    name="webdataset",
    extension=".tar",
    writer=_TarWriter,
    reader=_TarReader,
    open_hint='open with webdataset.WebDataset(sorted(glob.glob("{}/data/train-*.tar")))',
    card_text=_card_text,
)
