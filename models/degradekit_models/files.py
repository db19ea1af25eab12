"""Files that appear whole or not at all."""

from pathlib import Path

from degradekit.errors import DegradekitError
from degradekit.storage import Folder


class FileError(DegradekitError):
    """A file that cannot be written."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, or leave the one of before.

    Raises:
        FileError: It cannot be written; what was there stays.
    """
    try:
        Folder.of(path.parent).write_bytes(path.name, data)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error})") from None


def first_line(error: Exception) -> str:
    """What an error says, in one line of at most 200 characters."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
