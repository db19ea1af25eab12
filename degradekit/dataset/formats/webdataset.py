"""Tar shards for WebDataset: of each pair `NAME.hr.png`, `NAME.lr.png` and `NAME.json`."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence

from degradekit.dataset.formats.base import Format, Reader, Writer
from degradekit.dataset.row import PICTURES, Row
from degradekit.storage import Folder


class _TarWriter(Writer):
    """Writes plain USTAR with all headers but name and size fixed, so that the bytes depend on the content alone."""

    def __init__(self, folder: Folder, shard: str, file: str) -> None:
        super().__init__(folder, shard, file)
        self._tar = tarfile.open(self.new.path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
        self._pairs = 0

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            facts = json.dumps(row.facts(), separators=(",", ":")).encode("ascii")
            parts = [(f"{name}.png", getattr(row, name)) for name in PICTURES] + [("json", facts)]
            for extension, data in parts:
                header = tarfile.TarInfo(f"{self.shard}-{self._pairs:06d}.{extension}")
                header.size = len(data)
                self._tar.addfile(header, io.BytesIO(data))
            self._pairs += 1

    def close(self) -> None:
        self._tar.close()


class _TarReader(Reader):
    """Reads the rows in the order of the archive."""

    def rows(self) -> Iterator[Row]:
        with self.folder.open(self.file) as opened, tarfile.open(fileobj=opened, mode="r|") as tar:
            parts: list[bytes] = []
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise ValueError(f"{member.name} is not a file")
                parts.append(content.read())
                if len(parts) == len(PICTURES) + 1:
                    *pictures, facts = parts
                    yield Row.from_facts(json.loads(facts), **dict(zip(PICTURES, pictures, strict=True)))
                    parts = []


WEBDATASET = Format(
    name="webdataset",
    extension=".tar",
    writer=_TarWriter,
    reader=_TarReader,
    open_hint='open with webdataset.WebDataset(sorted(glob.glob("{}/data/train-*.tar")))',
    card_text="""
Tar shards under `data/`: of each pair `NAME.hr.png`, `NAME.lr.png`, and `NAME.json` with the exact degradation that
made the one from the other, where the tile lies in which photo, and which of the degradations of the tile it is.
""",
)
