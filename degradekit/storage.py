"""Folders on a local disk, or behind a URL that fsspec knows.

A reader, or the next run, sees a whole file or none. On a disk a file is written under a temporary name, synced and
renamed; for a URL it is written on the local disk and uploaded at once.
"""

import hashlib
import io
import os
import re
import tempfile
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any, TypeVar, cast

from degradekit.errors import DatasetError, DegradekitError
from degradekit.retrying import reason, retried, unavailable

_TEMPORARY = re.compile(r"\.[0-9a-f]{8}\.tmp$")
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


def is_url(text: str) -> bool:
    """Return whether a text starts with a protocol, as s3://bucket/folder does."""
    return "://" in text


def plain_path(text: str) -> str:
    """Return a URL of this machine's own files as a path, and anything else unchanged."""
    for protocol in ("file://", "local://"):
        if text.startswith(protocol):
            return text.removeprefix(protocol)
    return text


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


def final_name(name: str) -> str:
    """Return the name that a file gets when it is whole, which differs for one that is still being written."""
    return _TEMPORARY.sub("", name)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a local file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Folder(ABC):
    """A folder; the names of files are relative to it, with slashes.

    Attributes:
        location: A local path or an fsspec URL.
    """

    location: str

    @staticmethod
    def of(location: "str | os.PathLike[str] | Folder") -> "Folder":
        """Return the folder at a path or URL."""
        if isinstance(location, Folder):
            return location
        text = plain_path(os.fspath(location))
        return _RemoteFolder(text) if is_url(text) else _LocalFolder(text)

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
        """Return the files below a subfolder at any depth, sorted; none where there is no such subfolder."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Delete a file if it exists."""

    @abstractmethod
    def new(self, name: str) -> "NewFile":
        """Begin a file that is to be written whole."""

    @abstractmethod
    def contains(self, other: "Folder") -> bool:
        """Return whether another folder is this one, or lies below it."""

    def local_path(self, name: str) -> Path | None:
        """Return the path of a file that can be mapped into memory or linked to, or None."""
        return None

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[bool]:
        """Lock the folder until the end of the block or of the process; yield False where another process has it.

        Only a folder on a disk, on a system with `flock`, can be locked; the others always yield True.
        """
        yield True

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
        start = os.path.normpath(self.location)
        names = []
        for folder, _, files in os.walk(os.path.normpath(f"{self.location}/{below}")):
            prefix = Path(folder).relative_to(start).as_posix()
            names += files if prefix == "." else [f"{prefix}/{file}" for file in files]
        return sorted(names)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def new(self, name: str) -> "NewFile":
        target = self._path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        return _LocalFile(target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.tmp"), target)

    def contains(self, other: Folder) -> bool:
        return isinstance(other, _LocalFolder) and Path(other.location).resolve().is_relative_to(
            Path(self.location).resolve()
        )

    def remove_if_empty(self, below: str = "") -> None:
        with suppress(OSError):  # it is not empty, or a link
            self._path(below).rmdir()

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[bool]:
        try:
            import fcntl
        except ImportError:  # Windows
            yield True
            return
        with as_dataset_error("target: cannot be made", self.location):
            try:
                Path(self.location).mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                raise DatasetError(f"target: exists and is not a folder (got {self.location!r})") from None
            handle = os.open(self.location, os.O_RDONLY)
        _locks.add(handle)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        except OSError:  # a disk that cannot lock
            yield True
        else:
            yield True
        finally:
            if handle in _locks:
                _locks.remove(handle)
                os.close(handle)


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

    def new(self, name: str) -> "NewFile":
        handle, path = tempfile.mkstemp(prefix="degradekit-", suffix=".tmp")
        os.close(handle)
        system, root = self._system()
        return _Upload(Path(path), system, f"{root}/{name}")

    def contains(self, other: Folder) -> bool:
        return f"{other.location.rstrip('/')}/".startswith(f"{self.location.rstrip('/')}/")


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


class _LocalFile(NewFile):
    def __init__(self, path: Path, target: Path) -> None:
        super().__init__(path)
        self._target = target

    def publish(self, sync: bool = True) -> None:
        if sync:
            with self.path.open("rb+") as file:
                os.fsync(file.fileno())
        self.path.replace(self._target)


class _Upload(NewFile):
    def __init__(self, path: Path, system: Any, target: str) -> None:
        super().__init__(path)
        self._system, self._target = system, target

    def publish(self, sync: bool = True) -> None:
        retried(partial(self._system.makedirs, self._target.rpartition("/")[0], exist_ok=True))
        retried(partial(self._system.put_file, str(self.path), self._target))
        self.path.unlink()


_locks: set[int] = set()


def _close_locks() -> None:
    """Let a lock end with the process that took it, and not with the last of its forked children."""
    for handle in _locks:
        os.close(handle)
    _locks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_locks)


def write_whole(path: Path, data: bytes) -> None:
    """Write a local file as a whole.

    Raises:
        DegradekitError: The file cannot be written; one that was there before is kept.
    """
    try:
        Folder.of(path.parent).write_bytes(path.name, data)
    except OSError as error:
        raise DegradekitError(f"{path}: cannot be written ({error.strerror or error})") from None
