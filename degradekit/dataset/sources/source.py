"""One photo that a build reads."""

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from degradekit.errors import DatasetError
from degradekit.storage import filesystem, is_url

DATASETS = "datasets:"


@dataclass(frozen=True, slots=True)
class Source:
    """A photo: where it is, what it is called in the dataset, and the split it belongs to.

    Attributes:
        place: A path, an fsspec URL, or a row of a Hugging Face dataset.
        key: Its name in the dataset: root folder and path below it, the same on every machine.
        split: `train`, `validation` or `test`.
        size: Bytes when it was found, or None where that could not be seen.
    """

    place: str
    key: str
    split: str
    size: int | None

    def read(self) -> bytes:
        """The file's bytes.

        Raises:
            OSError: It cannot be read, or is of another size than when it was found.
        """
        if self.place.startswith(DATASETS):
            from degradekit.dataset.sources import hub

            return hub.read(self.place)
        if is_url(self.place):
            data = _read_url(self.place)
        else:
            path = Path(self.place)
            if not stat.S_ISREG(path.stat().st_mode):
                raise OSError("no regular file")  # reading a named pipe would wait for ever
            data = path.read_bytes()
        if self.size is not None and len(data) != self.size:
            raise OSError(f"changed after the plan was made: {len(data)} bytes, {self.size} before")
        return data


@dataclass(frozen=True)
class Scan:
    """The photos found, by key, and how many files were left out for which reason."""

    sources: tuple[Source, ...]
    left_out: dict[str, int]


def portable(path: str) -> str:
    """A path as text that is the same on every system: NFC, slashes, undecodable bytes escaped."""
    decodable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", decodable)


def _read_url(place: str) -> bytes:
    system, path = filesystem(place)
    try:
        return bytes(system.cat_file(path))
    except OSError:
        raise
    except Exception as error:  # Services raise exceptions of their own.
        raise OSError(str(error) or type(error).__name__) from error


def refuse_twins(sources: dict[str, Source], new: Source) -> None:
    """Two photos of one key cannot be told apart in a dataset.

    Raises:
        DatasetError: The key is taken by another place.
    """
    if new.key in sources and not _is_same(sources[new.key].place, new.place):
        raise DatasetError(
            f"source: two photos have the same key {new.key!r}, their path from the root folder on, after Unicode"
            f" normalization; rename one (got {sources[new.key].place!r} and {new.place!r})"
        )


def _is_same(place: str, other: str) -> bool:
    """Whether two places are one, perhaps by other spellings or links."""
    try:
        return place == other or Path(place).samefile(other)
    except OSError:
        return False
