"""Folders on a local disk, or behind a URL that fsspec knows."""

import io
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from degradekit import locks
from degradekit.errors import DatasetError, DegradekitError
from degradekit.retrying import reason, retried, unavailable
from degradekit.whole_files import LocalFile, NewFile, Upload

_MISSING = (FileNotFoundError, NotADirectoryError)
T = TypeVar("T")


def filesystem(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL or path, and the path in it.

    Raises:
        DatasetError: The protocol is unknown, or its package is not installed.
    """
    return _filesystem(url, os.getpid())


@lru_cache(maxsize=64)
def _filesystem(url: str, process: int) -> tuple[Any, str]:  # noqa: ARG001 - connections do not survive a fork
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise DatasetError(f"URL: {error} (got {url!r})") from None
    return system, str(path)


def forget_archives() -> None:
    """Open archives behind chained URLs anew when they are asked for next: they may have been replaced."""
    _filesystem.cache_clear()


def is_url(text: str) -> bool:
    """Return whether a text starts with a protocol, as s3://bucket/folder does."""
    return "://" in text


def plain_path(text: str) -> str:
    """Return a URL of this machine's own files as a path, and anything else unchanged."""
    for protocol in ("file://", "local://"):
        if text.startswith(protocol):
            return text.removeprefix(protocol)
    return text


def working_folder() -> str:
    """Return the path of the current folder.

    Raises:
        DatasetError: It was deleted.
    """
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        raise DatasetError("the current folder no longer exists; change to another") from None


@contextmanager
def as_dataset_error(
    problem: str, location: str, *, cure: str = "", passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Turn what a disk or a service raises into a DatasetError that reads `PROBLEM: REASON; CURE (got LOCATION)`.

    Args:
        problem: What could not be done, such as `target: cannot be written`.
        location: The path or URL in question.
        cure: What the person may do about it.
        passing: Exceptions to leave as they are, besides degradekit's own.
    """
    try:
        yield
    except Exception as error:  # services raise exceptions of their own
        if isinstance(error, (DegradekitError, *passing)):
            raise
        raise DatasetError(f"{problem}: {reason(error)}{cure and f'; {cure}'} (got {location!r})") from error


def asked(url: str, action: Callable[[], T]) -> T:
    """Return what a service answers; where it fails, ask it again.

    Args:
        url: The URL in question.
        action: Asks for something as a whole, so that it can be repeated.

    Raises:
        FileNotFoundError, NotADirectoryError: There is nothing of that name.
        UnavailableError: The service cannot be reached now.
        DatasetError: It refuses this user.
    """
    try:
        return retried(action, answers=_MISSING)
    except (DegradekitError, *_MISSING):
        raise
    except Exception as error:  # services raise exceptions of their own
        raise unavailable("URL: cannot be reached", url, error) from error


def steady(file: Any, url: str) -> IO[bytes]:
    """Return a file of a service as one whose reads are tried again where they fail."""
    return cast(IO[bytes], _SteadyFile(file, url))


class _SteadyFile(io.RawIOBase):
    def __init__(self, file: Any, url: str) -> None:
        self._file, self._url = file, url

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        start = self.tell()

        def read() -> bytes:
            self._file.seek(start)
            return bytes(self._file.read(len(buffer)))

        data = asked(self._url, read)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


@dataclass(frozen=True)
class Folder(ABC):
    """A folder; the names of files are relative to it, with slashes.

    Attributes:
        location: A local path or an fsspec URL.
    """

    location: str

    @staticmethod
    def of(location: "str | os.PathLike[str] | Folder") -> "Folder":
        """Return the folder at a path or URL.

        Raises:
            DatasetError: It is empty, which would be the current folder, or lies in one that was deleted.
        """
        if isinstance(location, Folder):
            return location
        text = plain_path(os.fspath(location))
        if not text or "\0" in text:
            raise DatasetError(
                f"folder: must be a path or a URL, and is {'no path' if text else 'empty'} (got {text!r})"
            )
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
        """Open a file to read it."""

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
        """Return the path of a file that can be mapped into memory or linked to, or None."""
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

    def read_bytes(self, name: str) -> bytes:
        """Return the content of a file."""
        with self.open(name) as file:
            return file.read()

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

    def size(self, name: str) -> int | None:
        try:
            return os.stat(f"{self.location}/{name}").st_size  # noqa: PTH116 - twice as fast, and called for each shard
        except _MISSING:
            return None

    def open(self, name: str) -> IO[bytes]:
        return open(f"{self.location}/{name}", "rb")  # noqa: PTH123 - as above

    def names(self, below: str = "") -> list[str]:
        return sorted(self._walk(below, links_only=False))

    def links(self) -> list[str]:
        return sorted(self._walk("", links_only=True))

    def _walk(self, below: str, *, links_only: bool) -> Iterator[str]:
        try:
            with os.scandir(f"{self.location}/{below}") as scanned:
                entries = list(scanned)
        except (*_MISSING, PermissionError):  # nothing is written where nothing can be seen
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
        system, root = filesystem(self.location)
        return system, root.rstrip("/")

    def size(self, name: str) -> int | None:
        system, root = self._system()
        try:
            return int(asked(self.location, lambda: system.info(f"{root}/{name}")["size"]))
        except _MISSING:
            return None

    def open(self, name: str) -> IO[bytes]:
        system, root = self._system()
        return steady(asked(self.location, lambda: system.open(f"{root}/{name}", "rb")), self.location)

    def names(self, below: str = "") -> list[str]:
        system, root = self._system()
        system.invalidate_cache()  # other processes may write there
        try:
            paths = asked(self.location, lambda: system.find(f"{root}/{below}" if below else root))
        except FileNotFoundError:
            return []
        system.invalidate_cache()
        return sorted(str(path).strip("/").removeprefix(root.strip("/")).lstrip("/") for path in paths)

    def delete(self, name: str) -> None:
        system, root = self._system()
        with suppress(FileNotFoundError):
            asked(self.location, lambda: system.rm_file(f"{root}/{name}"))

    def new(self, name: str) -> NewFile:
        system, root = self._system()
        return Upload(system, f"{root}/{name}")

    def contains(self, other: Folder) -> bool:
        return f"{other.location.rstrip('/')}/".startswith(f"{self.location.rstrip('/')}/")
