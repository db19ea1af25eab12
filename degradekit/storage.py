"""Folders on a local disk, or behind a URL that fsspec knows."""

import errno
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from degradekit import locks
from degradekit.errors import DatasetError, InaccessibleError
from degradekit.limits import MAX_FILE_BYTES
from degradekit.locations import Location, is_url, plain_path, working_folder
from degradekit.regular_files import NOT_REGULAR, open_regular
from degradekit.retrying import unavailable_error
from degradekit.safe_paths import refuse_odd_name, refuse_outside
from degradekit.services import MISSING, call_service, files_below, filesystem, one_at_a_time, retrying_file
from degradekit.whole_files import LocalFile, NewFile, Upload

_FIRST_BYTES = 2**16


@dataclass(frozen=True)
class Folder(ABC):
    """A folder; the names of files are relative to it, with slashes.

    Attributes:
        location: A local path or an fsspec URL.
    """

    location: str

    @staticmethod
    def of(location: "Location | Folder") -> "Folder":
        """Return the folder at a path or URL.

        Raises:
            DatasetError: It is empty, which would be the current folder, or lies in one that was deleted.
        """
        if isinstance(location, Folder):
            return location
        text = plain_path(os.fspath(location))
        if not text or "\0" in text:
            fault = "has a null character" if text else "is empty"
            raise DatasetError(f"folder: must be a path or a URL, and {fault} (got {text!r})")
        if is_url(text):
            return _RemoteFolder(text)
        if not os.path.isabs(text):  # noqa: PTH117
            working_folder()
        return _LocalFolder(text)

    def __str__(self) -> str:
        return self.location

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return the number of bytes of a file, or None where there is no such file."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file to read it.

        Raises:
            FileNotFoundError: There is no such file.
            OSError: It is not a regular file.
            InaccessibleError: It cannot be opened now, or by this user.
            DatasetError: It lies outside of the folder, by its name or through a link.
        """

    @abstractmethod
    def names(self, below: str = "") -> list[str]:
        """Return the files below a subfolder at any depth, and links, sorted; none where there is no such subfolder."""

    def links(self) -> list[str]:
        """Return the links to files or folders in the folder, at any depth; links are not followed."""
        return []

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete a file if it exists."""

    @abstractmethod
    def new(self, name: str) -> NewFile:
        """Begin a file that is to be written whole."""

    @abstractmethod
    def contains(self, other: "Folder") -> bool:
        """Return whether another folder is this one, or lies below it."""

    def local_path(self, name: str) -> Path | None:
        """Return the path of a file that can be linked to, or None."""
        return None

    def readable_path(self, name: str) -> Path | None:
        """Return the path of a file that can be mapped into memory, or None; refuses what `open` refuses."""
        return None

    def locked(self, *, shared: bool = False) -> AbstractContextManager[bool]:
        """Lock the folder until the end of the block or of the process, as `locks.locked` does; a bucket has no locks.

        Raises:
            OSError: The folder cannot be made or opened.
        """
        return nullcontext(True)

    def remove_if_empty(self, below: str = "") -> None:
        """Delete the folder itself, or a subfolder, if nothing is in it; a bucket has no folders."""
        return

    def read_bytes(self, name: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """Return the content of a file.

        Raises:
            FileNotFoundError, OSError, DatasetError: As `open`; or the file is longer than it may be.
        """
        with self.open(name) as file:
            # All of most files, as `read` sets memory aside for all that it is asked for.
            first = min(_FIRST_BYTES, max_bytes + 1)
            data = file.read(first)
            if len(data) == first:
                data += file.read(max_bytes + 1 - first)
        if len(data) > max_bytes:
            raise DatasetError(f"{name}: must have at most {max_bytes:,} bytes (got {self.location!r})")
        return data

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        """Return the bytes of a file from `start` to `stop`, or to its end; several threads may read at once.

        Raises:
            FileNotFoundError, OSError, DatasetError: As `open`.
        """
        with self.open(name) as file:
            file.seek(start)
            return file.read(stop - start)

    def read_text(self, name: str) -> str:
        """Return the content of a UTF-8 file."""
        return self.read_bytes(name).decode("utf-8")

    def write_bytes(self, name: str, data: bytes, sync: bool = True) -> None:
        """Write a small file whole."""
        with self.new(name).published(sync) as path:
            path.write_bytes(data)

    def write_text(self, name: str, text: str) -> None:
        """Write a small UTF-8 file whole."""
        self.write_bytes(name, text.encode("utf-8"))


class _LocalFolder(Folder):
    """A folder on a disk of this machine."""

    def _path(self, name: str) -> Path:
        return Path(f"{self.location}/{name}")

    def local_path(self, name: str) -> Path:
        return self._path(name)

    def readable_path(self, name: str) -> Path:
        self.open(name).close()
        return self._path(name)

    def size(self, name: str) -> int | None:
        try:
            status = os.stat(f"{self.location}/{name}")  # noqa: PTH116 - twice as fast, and called for each shard
        except MISSING:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise self._unreadable(name, error) from error
        return status.st_size if stat.S_ISREG(status.st_mode) else None

    def open(self, name: str) -> IO[bytes]:
        refuse_outside(self.location, name)
        try:
            return open_regular(f"{self.location}/{name}")
        except MISSING:
            raise
        except OSError as error:
            if error.errno in (*NOT_REGULAR, errno.ENAMETOOLONG):
                raise
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: OSError) -> InaccessibleError:
        return unavailable_error("folder: a file in it cannot be read", f"{self.location}/{name}", error)

    def names(self, below: str = "") -> list[str]:
        return sorted(self._walk(below, links_only=False))

    def links(self) -> list[str]:
        return sorted(self._walk("", links_only=True))

    def _walk(self, below: str, *, links_only: bool) -> Iterator[str]:
        try:
            with os.scandir(f"{self.location}/{below}") as scanned:
                entries = list(scanned)
        except (*MISSING, PermissionError):  # nothing is written where nothing can be seen
            return
        for entry in entries:
            name = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(name, links_only=links_only)
            elif not links_only or entry.is_symlink():
                yield name

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def new(self, name: str) -> NewFile:
        return LocalFile(self._path(name))

    def contains(self, other: Folder) -> bool:
        outer = os.path.realpath(self.location)
        return isinstance(other, _LocalFolder) and Path(os.path.realpath(other.location)).is_relative_to(outer)

    def remove_if_empty(self, below: str = "") -> None:
        with suppress(OSError):  # it is not empty, or a link
            self._path(below).rmdir()

    def locked(self, *, shared: bool = False) -> AbstractContextManager[bool]:
        return locks.locked(Path(self.location), shared=shared)


class _RemoteFolder(Folder):
    """A folder behind a URL; every access asks the service."""

    def _system(self) -> tuple[Any, str]:
        system, root = call_service(self.location, lambda: filesystem(self.location))
        return system, root.rstrip("/")

    def size(self, name: str) -> int | None:
        try:
            system, root = self._system()
            return int(call_service(self.location, lambda: system.info(f"{root}/{name}")["size"]))
        except MISSING:
            return None

    def open(self, name: str) -> IO[bytes]:
        refuse_odd_name(name)
        system, root = self._system()
        return retrying_file(call_service(self.location, lambda: system.open(f"{root}/{name}", "rb")), self.location)

    def read_range(self, name: str, start: int, stop: int) -> bytes:
        refuse_odd_name(name)
        system, root = self._system()
        with one_at_a_time(system):
            return bytes(call_service(self.location, lambda: system.cat_file(f"{root}/{name}", start=start, end=stop)))

    def names(self, below: str = "") -> list[str]:
        try:
            system, root = self._system()
            system.invalidate_cache()  # other processes may write there
            paths = [path for path, _ in files_below(self.location, system, f"{root}/{below}" if below else root)]
        except FileNotFoundError:
            return []
        system.invalidate_cache()
        return sorted(path.strip("/").removeprefix(root.strip("/")).lstrip("/") for path in paths)

    def delete(self, name: str) -> None:
        system, root = self._system()
        with suppress(FileNotFoundError):
            call_service(self.location, lambda: system.rm_file(f"{root}/{name}"))

    def new(self, name: str) -> NewFile:
        system, root = self._system()
        return Upload(system, f"{root}/{name}")

    def contains(self, other: Folder) -> bool:
        return f"{other.location.rstrip('/')}/".startswith(f"{self.location.rstrip('/')}/")
