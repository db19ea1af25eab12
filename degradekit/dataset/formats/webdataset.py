"""Tar shards for WebDataset: of each pair `NAME.hr.png`, `NAME.lr.png` and `NAME.json`."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence

from degradekit.dataset.formats.base import Format, Row
from degradekit.storage import Folder, sha256


class WebDataset(Format):
    """Plain USTAR with all headers but name and size fixed, so that the bytes depend on the content alone."""

    extension = ".tar"

    def __init__(self, folder: Folder, shard: str) -> None:
        """Open a shard of this name."""
        super().__init__(folder, shard)
        self._new = folder.new(self.file(shard))
        self._tar = tarfile.open(self._new.path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115
        self._pairs = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile; each becomes a sample with a copy of the HR."""
        for row in rows:
            name = f"{self.shard}-{self._pairs:06d}"
            facts = json.dumps(row.facts(), separators=(",", ":")).encode("ascii")
            for extension, data in (("hr.png", row.hr), ("lr.png", row.lr), ("json", facts)):
                header = tarfile.TarInfo(f"{name}.{extension}")
                header.size = len(data)
                self._tar.addfile(header, io.BytesIO(data))
            self._pairs += 1

    def close(self) -> tuple[int, str]:
        """Close the archive and publish it."""
        self._tar.close()
        size, digest = self._new.path.stat().st_size, sha256(self._new.path)
        self._new.publish()
        return size, digest

    def discard(self) -> None:
        """Close and delete the unfinished file."""
        try:
            self._tar.close()
        finally:
            self._new.discard()

    @staticmethod
    def read(folder: Folder, file: str) -> Iterator[Row]:
        """The rows, in the order of the archive."""
        with folder.open(file) as opened, tarfile.open(fileobj=opened, mode="r|") as tar:
            parts: list[bytes] = []
            for member in tar:
                content = tar.extractfile(member)
                assert content is not None, "shards hold files only"
                parts.append(content.read())
                if len(parts) == 3:
                    yield Row.of(parts[0], parts[1], json.loads(parts[2]))
                    parts = []
