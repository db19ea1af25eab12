"""Where a dataset lives: a folder on a local disk, or a place that fsspec knows by its URL.

A reader, or the next run, sees a whole file or none. On a disk a file is written under a temporary name, synced and
renamed; elsewhere it is made here and put there at once.
"""

import hashlib
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from degradekit.errors import DatasetError, DegradekitError

_TEMPORARY = ".tmp"


def filesystem(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        DatasetError: No such protocol, or its package is not installed.
    """
    return _filesystem(url, os.getpid())


@lru_cache(maxsize=64)
def _filesystem(url: str, process: int) -> tuple[Any, str]:  # noqa: ARG001 - connections do not survive a fork
    import fsspec

    try:
        found, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise DatasetError(f"URL: {error} (got {url!r})") from None
    return found, str(path)


def is_url(text: str) -> bool:
    """Whether it names a place by a protocol, such as s3://bucket/folder."""
    return "://" in text


def plain_path(text: str) -> str:
    """A URL of this machine's own files as a path; anything else as it is."""
    for protocol in ("file://", "local://"):
        if text.startswith(protocol):
            return text.removeprefix(protocol)
    return text


@contextmanager
def reachable(place: str) -> Iterator[None]:
    """Tell in words that a service refuses or does not answer; that a file is not there stays what it is.

    Raises:
        DatasetError: It does.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, DatasetError):
        raise
    except Exception as error:  # Services raise exceptions of their own.
        raise DatasetError(f"URL: cannot be reached: {str(error) or type(error).__name__} (got {place!r})") from None


def is_temporary(name: str) -> bool:
    """Whether a file is one that is still being written."""
    return name.endswith(_TEMPORARY)


def sha256(path: Path) -> str:
    """Of a local file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class Folder:
    """A dataset's folder; names are relative to it, with slashes.

    Attributes:
        place: A local path or an fsspec URL.
    """

    place: str

    @classmethod
    def of(cls, place: "str | os.PathLike[str] | Folder") -> "Folder":
        """From a path, a URL or a folder."""
        return place if isinstance(place, Folder) else cls(plain_path(os.fspath(place)))

    @property
    def is_local(self) -> bool:
        """Whether it is a path on this machine."""
        return not is_url(self.place)

    def __str__(self) -> str:
        return self.place

    def path(self, name: str = "") -> str:
        """Where a file is, for the folder's own file system."""
        root = self.place if self.is_local else filesystem(self.place)[1].rstrip("/")
        return f"{root}/{name}" if name else root

    def size(self, name: str) -> int | None:
        """Bytes of a file, or None where there is none."""
        try:
            if self.is_local:
                return Path(self.path(name)).stat().st_size
            with reachable(self.place):
                return int(filesystem(self.place)[0].size(self.path(name)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, name: str) -> IO[bytes]:
        """A file to read."""
        if self.is_local:
            return Path(self.path(name)).open("rb")
        with reachable(self.place):
            opened: IO[bytes] = filesystem(self.place)[0].open(self.path(name), "rb")
        return opened

    def read_text(self, name: str) -> str:
        """A whole text file."""
        return self.read_bytes(name).decode("utf-8")

    def read_bytes(self, name: str) -> bytes:
        """A whole file."""
        with self.open(name) as file:
            return file.read()

    def names(self, folder: str = "") -> list[str]:
        """The files below a folder at any depth, sorted; none where there is no such folder."""
        if self.is_local:
            base = Path(self.path(folder))
            root = Path(self.place)
            return sorted(path.relative_to(root).as_posix() for path in base.rglob("*") if path.is_file())
        system, _ = filesystem(self.place)
        system.invalidate_cache()
        root_path = self.path().strip("/")
        try:
            with reachable(self.place):
                found = system.find(self.path(folder))
        except FileNotFoundError:
            return []
        system.invalidate_cache()  # other processes may write there
        return sorted(str(path).strip("/").removeprefix(root_path).lstrip("/") for path in found)

    def new(self, name: str) -> "NewFile":
        """A file to be written whole."""
        return NewFile(self, name)

    def write_text(self, name: str, text: str) -> None:
        """Write a small text file whole."""
        self.write_bytes(name, text.encode("utf-8"))

    def write_bytes(self, name: str, data: bytes, sync: bool = True) -> None:
        """Write a small file whole."""
        with self.new(name).published(sync) as path:
            path.write_bytes(data)

    def delete(self, name: str) -> None:
        """Delete a file if it is there."""
        try:
            if self.is_local:
                Path(self.path(name)).unlink()
            else:
                filesystem(self.place)[0].rm_file(self.path(name))
        except FileNotFoundError:
            pass

    def clear(self, owned: Callable[[str], bool]) -> None:
        """Delete the files whose names are `owned`, and on a disk the folders that are empty then, but not this one."""
        for name in self.names():
            if owned(name):
                self.delete(name)
        if self.is_local:
            for folder, _, _ in os.walk(self.place, topdown=False):
                if Path(folder) != Path(self.place) and not any(Path(folder).iterdir()):
                    Path(folder).rmdir()

    def remove_if_empty(self) -> None:
        """Delete the folder itself if nothing is in it; buckets have no folders."""
        if self.is_local and Path(self.place).is_dir() and not any(Path(self.place).iterdir()):
            Path(self.place).rmdir()

    def sweep(self) -> None:
        """Delete what interrupted runs have left behind."""
        for name in self.names():
            if is_temporary(name):
                self.delete(name)

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[bool]:
        """Whether this process has the folder for itself, or shares it, until the end of the block or of the process.

        Only a folder on a disk, on a system with `flock`, locks; elsewhere the answer is always yes.
        """
        try:
            import fcntl
        except ImportError:  # Windows
            yield True
            return
        if not self.is_local:
            yield True
            return
        Path(self.place).mkdir(parents=True, exist_ok=True)
        handle = os.open(self.place, os.O_RDONLY)
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


class NewFile:
    """A file that appears under its name only when it is whole.

    Attributes:
        path: Where to write it, on the local disk.
    """

    path: Path

    def __init__(self, folder: Folder, name: str) -> None:
        self._folder, self._name = folder, name
        if folder.is_local:
            target = Path(folder.path(name))
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}{_TEMPORARY}")
        else:
            handle, path = tempfile.mkstemp(prefix="degradekit-", suffix=_TEMPORARY)
            os.close(handle)
            self.path = Path(path)

    def publish(self, sync: bool = True) -> None:
        """Give the finished file its name; on a disk once it is sure to be there, unless `sync` is False."""
        if self._folder.is_local:
            if sync:
                with self.path.open("rb+") as file:
                    os.fsync(file.fileno())
            self.path.replace(self._folder.path(self._name))
        else:
            system, _ = filesystem(self._folder.place)
            target = self._folder.path(self._name)
            system.makedirs(target.rpartition("/")[0], exist_ok=True)
            system.put_file(str(self.path), target)
            self.path.unlink()

    def discard(self) -> None:
        """Leave nothing behind."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def published(self, sync: bool = True) -> Iterator[Path]:
        """Publish at the end of the block, or discard where it fails."""
        try:
            yield self.path
            self.publish(sync)
        except BaseException:
            self.discard()
            raise


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
