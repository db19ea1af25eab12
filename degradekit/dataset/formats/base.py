"""What a format of shards is: a descriptor, a writer and a reader."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from degradekit.dataset.layout import DATA
from degradekit.dataset.pictures import Encoding, PictureFormat
from degradekit.dataset.row import Row
from degradekit.locations import is_url
from degradekit.storage import Folder
from degradekit.types import Size
from degradekit.whole_files import NewFile, sha256


@dataclass(frozen=True)
class Format:
    """All that the builder, the card and the command line know of a format.

    Attributes:
        name: What `Options.format` and `--format` take.
        extension: The extension of a shard's file, with its dot.
        writer: Writes one shard.
        reader: Reads one shard; None where no rows are kept.
        card_text: Returns the part of the dataset card about the files, Markdown, from the columns of pictures and the
            format of the pictures.
        open_hint: How to open the dataset on a disk, with `{}` for its folder and `{target}` for that of targets.
        open_url_hint: How to open it behind a URL, with `{}` for the URL.
        compresses_pictures: Whether shards are compressed where they hold pictures that are not.
        opens_with_datasets: Whether `datasets.load_dataset` opens the folder by its card.
        finish: Writes what a split has besides its shards, from the folder, the split and the files of its shards.
        other_files: Returns what contains the names of all files besides those of the shards, from the splits and keys
            of the photos, the columns of pictures and their format; it raises a DatasetError where two photos would
            have files of one name.
    """

    name: str
    extension: str
    writer: "type[Writer]"
    reader: "type[Reader] | None"
    card_text: Callable[[Sequence[str], PictureFormat], str]
    open_hint: str
    open_url_hint: str = "all of it is in {}"
    compresses_pictures: bool = False
    opens_with_datasets: bool = False
    finish: Callable[[Folder, str, Sequence[str]], None] | None = None
    other_files: Callable[[Iterable[tuple[str, str]], Sequence[str], PictureFormat], Container[str]] | None = None

    def how_to_open(self, location: str, pictures: Sequence[str]) -> str:
        """Return how to open a dataset with these columns of pictures, for people."""
        hint = self.open_url_hint if is_url(location) else self.open_hint
        return hint.format(location.rstrip("/"), target="HR_USM" if "hr_usm" in pictures else "HR")

    def encoding(self, pictures: PictureFormat) -> Encoding:
        """Return how pictures of a format are encoded in these shards."""
        return "uncompressed png" if pictures == "png" and self.compresses_pictures else pictures

    def file(self, shard: str) -> str:
        """Return the file of a shard, relative to the folder of the dataset."""
        return f"{DATA}/{shard}{self.extension}"


class Writer(ABC):
    """Writes the rows of one shard; its file appears only when it is whole.

    Args:
        folder: The folder of the dataset.
        shard: Name of the shard, without extension.
        file: The file of the shard, relative to the folder.
        pictures: The columns of pictures to write.
        picture_format: The format of the pictures.

    Attributes:
        picture_bytes: Size of the pictures that were written as files of their own.
    """

    def __init__(
        self, folder: Folder, shard: str, file: str, pictures: Sequence[str], picture_format: PictureFormat = "png"
    ) -> None:
        self.folder, self.shard, self.file = folder, shard, file
        self.pictures, self.picture_format = pictures, picture_format
        self.picture_bytes = 0
        self.new: NewFile = folder.new(file)

    @abstractmethod
    def add(self, rows: Sequence[Row]) -> None:
        """Take all rows of one tile, which share their HR, and their sharpened HR if they are sharpened alike."""

    @abstractmethod
    def close(self) -> None:
        """Write what is left and close the file."""

    def publish(self) -> tuple[int, str]:
        """Close the file and give it its name; return its number of bytes and its SHA-256."""
        self.close()
        size, digest = self.new.path.stat().st_size, sha256(self.new.path)
        self.new.publish()
        return size, digest

    def discard(self) -> None:
        """Close the file and delete it."""
        try:
            self.close()
        finally:
            self.new.discard()


class Reader(ABC):
    """Reads the rows of one shard.

    Args:
        folder: The folder of the dataset.
        file: The file of the shard, relative to the folder.
        pictures: The columns of pictures that it has.
    """

    def __init__(self, folder: Folder, file: str, pictures: Sequence[str]) -> None:
        self.folder, self.file, self.pictures = folder, file, pictures

    @abstractmethod
    def rows(self) -> Iterator[Row]:
        """Yield the rows, in order, each with its fields checked.

        Raises:
            DatasetError: A row breaks a rule.
        """

    def rows_without_pictures(self) -> Iterator[Row]:
        """Yield the rows, in order, without reading pictures where the format allows that: they may be empty."""
        return self.rows()


class RowGroup(Protocol):
    """Rows that are stored together; the pictures of a row are copied when the row is asked for."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def __getitem__(self, index: int) -> Row:
        """Return a row by its index, which is not negative.

        Raises:
            DatasetError: The row breaks a rule.
        """


class GroupReader(ABC):
    """Reads single row groups of a shard in any order.

    Attributes:
        starts: The index of the first row of each group, and the number of rows.
        kept_bytes: Bytes of memory that it keeps.
    """

    starts: Sequence[int]
    kept_bytes: int

    @abstractmethod
    def group(self, index: int) -> RowGroup:
        """Return the rows of a group."""


class IndexedReader(Reader):
    """A reader that finds any row quickly: rows are stored in groups, and reading one row reads its group.

    Attributes:
        starts: The index of the first row of each group, and the number of rows.
    """

    starts: Sequence[int]

    @abstractmethod
    def in_any_order(self) -> GroupReader:
        """Return a reader of single groups, which keeps less than this one."""

    @abstractmethod
    def runs(self) -> list[range]:
        """Return the groups in runs of neighbors, each of about the size that is best read at once."""

    @abstractmethod
    def groups(self, run: range) -> list[RowGroup]:
        """Return the rows of neighboring groups; several threads may ask at once."""

    @abstractmethod
    def smallest_tile(self) -> tuple[str, Size]:
        """Return the key of the photo whose tile has the shortest side, and the tile's size; no picture is read."""
