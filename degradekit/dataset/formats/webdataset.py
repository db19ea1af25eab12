"""Tar shards for WebDataset: of each pair `NAME.hr.png`, `NAME.lr.png` (or `.webp`) and the like, and `NAME.json`."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import PurePosixPath
from typing import IO, get_args

from degradekit.dataset.formats.base import Format, Reader, Writer
from degradekit.dataset.pictures import PictureFormat
from degradekit.dataset.row import Row
from degradekit.dataset.stored import mapping
from degradekit.errors import DatasetError
from degradekit.limits import MAX_FILE_BYTES
from degradekit.storage import Folder


class _TarWriter(Writer):
    """Writes plain USTAR with all headers but name and size fixed, so that the bytes depend on the content alone."""

    def __init__(
        self, folder: Folder, shard: str, file: str, pictures: Sequence[str], picture_format: PictureFormat = "png"
    ) -> None:
        super().__init__(folder, shard, file, pictures, picture_format)
        self._tar = tarfile.open(self.new.path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
        self._pairs = 0

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            facts = json.dumps(row.facts(), separators=(",", ":")).encode("ascii")
            pictures = [(f"{kind}.{self.picture_format}", getattr(row, kind)) for kind in self.pictures]
            for extension, data in [*pictures, ("json", facts)]:
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
        kinds = {kind: [f"{kind}.{extension}" for extension in get_args(PictureFormat)] for kind in self.pictures}
        kinds["json"] = ["json"]
        with self.folder.open(self.file) as file:
            for index in count():
                where = f"{self.file}, row {index}"
                parts = {
                    kind: self._member(file, [f"{shard}-{index:06d}.{extension}" for extension in extensions], where)
                    for kind, extensions in kinds.items()
                }
                if not any(parts.values()):
                    return
                try:
                    facts = mapping(parts.pop("json"))
                except DatasetError as error:
                    raise DatasetError(f"{where}: {error}") from None
                yield Row.from_facts(facts, where, **parts)

    def _member(self, file: IO[bytes], names: Sequence[str], where: str) -> bytes:
        """Return the content of the next member, or nothing at the end of the archive.

        Raises:
            DatasetError: It is not a regular file of one of these names, or larger than it may be or than what is left.
        """
        block = file.read(tarfile.BLOCKSIZE)
        if not block.strip(b"\0"):
            return b""
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise DatasetError(f"{where}: a header of the archive is damaged ({error})") from None
        if header.name not in names or header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise DatasetError(f"{where}: must be a regular file {' or '.join(names)} (got {header.name!r})")
        if not 0 <= header.size <= MAX_FILE_BYTES:
            raise DatasetError(f"{where}: {header.name} must have at most {MAX_FILE_BYTES:,} bytes (got {header.size})")
        data = file.read(header.size)
        if len(data) < header.size:
            raise DatasetError(f"{where}: the archive ends within {header.name}")
        file.read(-header.size % tarfile.BLOCKSIZE)
        return data


def _card_text(pictures: Sequence[str], picture_format: PictureFormat) -> str:
    names = ", ".join(f"`NAME.{kind}.{picture_format}`" for kind in pictures)
    return _TEXT.format(names=names, first=f"{pictures[0]}.{picture_format}", last=f"lr.{picture_format}")


_TEXT = """
```python
import glob

import webdataset

files = sorted(glob.glob("data/train-*.tar"))
pairs = webdataset.WebDataset(files, shardshuffle=False).decode("pil")
pair = next(iter(pairs))
print(pair["{first}"], pair["{last}"], pair["json"]["key"], pair["json"]["tile"])
```

Tar shards under `data/`: of each pair {names}, and `NAME.json` with the exact degradation that made the LR, where the
tile lies in which photo, and which of the degradations of the tile it is. Pairs are chosen by what was drawn for them:

```python
def has_strong_jpeg(pair):
    steps = pair["json"]["degradation"]["steps"]
    return any(step["op"] == "jpeg" and step["quality"] < 40 for step in steps)


chosen = pairs.select(has_strong_jpeg)
```
"""
WEBDATASET = Format(
    name="webdataset",
    extension=".tar",
    writer=_TarWriter,
    reader=_TarReader,
    open_hint='open with webdataset.WebDataset(sorted(glob.glob("{}/data/train-*.tar")))',
    card_text=_card_text,
)
