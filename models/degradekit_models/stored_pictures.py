"""Pictures where people keep them: in files, and in cells of Hugging Face datasets."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

from degradekit.errors import ImageError
from degradekit.limits import MAX_PHOTO_BYTES
from degradekit.picture_files import decode
from degradekit.picture_headers import PictureInfo, read_picture_info
from degradekit.regular_files import open_regular
from degradekit.retrying import reason_of, with_retries
from degradekit.types import Pixels


class StoredPicture(ABC):
    """A picture that is read when it is asked for; it pickles and forks, and its text says where it is."""

    @abstractmethod
    def open(self) -> IO[bytes]:
        """Open the picture's file to read it.

        Raises:
            OSError: It cannot be read.
        """

    def read(self, max_pixels: int) -> Pixels:
        """Return the picture as (H, W, 3) uint8 RGB.

        Raises:
            ImageError: It cannot be read or decoded, or has more pixels.
        """
        try:
            return decode(with_retries(self._bytes, final=(FileNotFoundError,)), max_pixels)
        except (OSError, ImageError) as error:
            raise ImageError(f"{self}: cannot be read ({reason_of(error)})") from None

    def read_info(self, max_pixels: int) -> PictureInfo:
        """Return size and fingerprint, without decoding the picture.

        Raises:
            ImageError: It cannot be read, or is not a whole picture.
        """
        try:
            with closing(with_retries(self.open, final=(FileNotFoundError,))) as file:
                return read_picture_info(file, max_pixels)
        except (OSError, ImageError) as error:
            raise ImageError(f"{self}: cannot be read ({reason_of(error)})") from None

    def _bytes(self) -> bytes:
        with closing(self.open()) as file:
            return file.read()


class StoredPair(NamedTuple):
    """A pair; `lr` is None among HRs alone."""

    hr: StoredPicture
    lr: StoredPicture | None


@dataclass(frozen=True, slots=True)
class FilePicture(StoredPicture):
    """A picture in a file of its own."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def open(self) -> IO[bytes]:
        """Open the file."""
        return open_regular(self.path, MAX_PHOTO_BYTES)


@dataclass(frozen=True, slots=True)
class CellPicture(StoredPicture):
    """A picture in a row of a Hugging Face dataset.

    Attributes:
        rows: The dataset in the format `arrow`, which copies no bytes.
        column: Name of the column.
        row: Index.
    """

    rows: Any
    column: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}"

    def open(self) -> IO[bytes]:
        """Open the bytes of the cell, or the file that it names."""
        import pyarrow

        cell = self.rows[self.row][self.column][0]
        if pyarrow.types.is_struct(cell.type):
            if not cell["bytes"].is_valid and cell["path"].is_valid:
                return open_regular(cell["path"].as_py(), MAX_PHOTO_BYTES)
            cell = cell["bytes"]
        if not cell.is_valid:
            raise FileNotFoundError("has no picture")
        opened: IO[bytes] = pyarrow.BufferReader(cell.as_buffer())
        return opened


@dataclass(frozen=True)
class CellPairs(Sequence[StoredPair]):
    """The pairs of two columns of a Hugging Face dataset."""

    rows: Any
    columns: tuple[str, str]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        hr, lr = self.columns
        return StoredPair(CellPicture(self.rows, hr, index), CellPicture(self.rows, lr, index))
