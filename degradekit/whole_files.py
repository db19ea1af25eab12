"""Files that appear under their names only when they are whole: a reader, or the next run, sees a whole file or none.

On a disk a file is written under a temporary name, synced and renamed; for a URL it is written on the local disk and
uploaded at once.
"""

import errno
import hashlib
import os
import re
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from degradekit.errors import DegradekitError
from degradekit.retrying import reason_of, with_retries

_TEMPORARY = re.compile(r"\.[0-9a-f]{8}\.tmp$")
_NAME_BYTES = 242
"""Bytes of a name that gets this ending, as disks take 255; a longer one is cut, at 4 bytes a character."""


class NewFile(ABC):
    """A file that appears under its name only when it is whole.

    Attributes:
        path: Where to write it, on the local disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def publish(self, sync: bool = True) -> None:
        """Give the finished file its name; on a disk once it is synced, unless `sync` is False."""

    def discard(self) -> None:
        """Delete what has been written."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def published(self, sync: bool = True) -> Iterator[Path]:
        """Publish the file at the end of the block, or discard it where the block fails."""
        try:
            yield self.path
            self.publish(sync)
        except BaseException:
            self.discard()
            raise


class LocalFile(NewFile):
    """A new file on a disk of this machine, whose folder is made if there is none.

    Args:
        target: The name that it gets.
    """

    def __init__(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        name = target.name if len(os.fsencode(target.name)) <= _NAME_BYTES else target.name[: _NAME_BYTES // 4]
        super().__init__(target.with_name(f"{name}.{uuid.uuid4().hex[:8]}.tmp"))
        self._target = target

    def publish(self, sync: bool = True) -> None:
        """Sync the finished file, and give it its name."""
        if sync:
            with self.path.open("rb+") as file:
                os.fsync(file.fileno())
        self.path.replace(self._target)


class Upload(NewFile):
    """A new file behind a URL.

    Args:
        system: An fsspec file system.
        target: The path in it.
    """

    def __init__(self, system: Any, target: str) -> None:
        handle, path = tempfile.mkstemp(prefix="degradekit-", suffix=".tmp")
        os.close(handle)
        super().__init__(Path(path))
        self._system, self._target = system, target

    def publish(self, sync: bool = True) -> None:
        """Upload the finished file."""
        put = partial(self._system.put_file, str(self.path), self._target)
        try:
            with_retries(put, final=(FileNotFoundError,))
        except FileNotFoundError:  # of a service whose folders must be made first, or of a bucket that is not there
            self._make_folder()
            with_retries(put)
        self.path.unlink()

    def _make_folder(self) -> None:
        """Make the folder of the target, but never the bucket or share that its path begins with."""
        folder = self._target.rpartition("/")[0]
        top = re.match("/*[^/]*", folder)[0]  # type: ignore[index]
        if not with_retries(partial(self._system.exists, top)):
            raise FileNotFoundError(errno.ENOENT, f"there is no {top!r}; make it, or correct its name")
        with_retries(partial(self._system.makedirs, folder, exist_ok=True))


def final_name(name: str) -> str:
    """Return the name that a file gets when it is whole, which differs for one that is still being written."""
    return _TEMPORARY.sub("", name)


def delete_unfinished(folder: Path, names: re.Pattern[str]) -> None:
    """Delete what a process that was killed has left of files with some names, while no other process writes them."""
    for path in folder.glob("*.tmp"):
        if (name := final_name(path.name)) != path.name and names.fullmatch(name):
            path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a local file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a local file as a whole; see `written_whole`."""
    with written_whole(path) as new:
        new.write_bytes(data)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield where to write a local file, which appears at the end of the block; where it is a link, the file behind it.

    Raises:
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    with _writing(path) as target, LocalFile(target).published() as new:
        yield new


def require_writable(path: Path) -> None:
    """Refuse what `write_whole` could not write, before the work for its content; make its folder if there is none.

    Raises:
        DegradekitError: The file cannot be written.
    """
    with _writing(path) as target:
        new = LocalFile(target)
        new.path.touch()
        new.discard()


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    """Yield the file that a path leads to, and raise errors of writing it as ours."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():  # renaming would replace a device
        raise DegradekitError(f"{path}: cannot be written (it is not a regular file)")
    try:
        yield target
    except FileExistsError as error:
        raise DegradekitError(f"{path}: cannot be written ({error.filename} is not a folder)") from None
    except OSError as error:
        raise DegradekitError(f"{path}: cannot be written ({reason_of(error)})") from None
