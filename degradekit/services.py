"""Calls to services behind fsspec URLs, which are retried where they fail, and reading the files of services.

fsspec's own `exists`, `isdir`, `isfile` and `walk` report a failed request as a missing file, so none is used.
"""

import io
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import IO, Any, TypeVar

from degradekit.errors import DatasetError, DegradekitError
from degradekit.retrying import unavailable_error, with_retries

_BUFFER_BYTES = 2**18
MISSING = (FileNotFoundError, NotADirectoryError)
"""The exceptions that mean that there is no such file."""
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


def one_at_a_time(system: Any) -> AbstractContextManager[object]:
    """Return a context that one thread at a time can enter, unless the file system allows several calls at once.

    One that is not asynchronous may read from a single connection or archive.
    """
    return nullcontext() if system.async_impl else _turn_of(os.getpid())


@lru_cache(maxsize=1)
def _turn_of(process: int) -> threading.Lock:  # noqa: ARG001 - a fork may happen while another thread has its turn
    return threading.Lock()


def forget_archives() -> None:
    """Forget the open archives of chained URLs, which may have been replaced; they are opened again when needed."""
    _filesystem.cache_clear()


def call_service(url: str, action: Callable[[], T]) -> T:
    """Return what a call to a service returns; where it fails, repeat it after a pause.

    Args:
        url: The URL in question, for errors.
        action: The call, which can be repeated as a whole.

    Raises:
        FileNotFoundError, NotADirectoryError: There is nothing of that name.
        UnavailableError: The service cannot be reached now.
        DatasetError: The service denies access to this user.
    """
    try:
        return with_retries(action, final=MISSING)
    except (DegradekitError, *MISSING):
        raise
    except Exception as error:  # services raise exceptions of their own
        raise unavailable_error("URL: cannot be reached", url, error) from error


def files_below(url: str, system: Any, folder: str) -> Iterator[tuple[str, int | None]]:
    """Yield the path of each file below a folder, and its number of bytes where that can be seen.

    Args:
        url: The URL in question, for errors.
        system: The file system.
        folder: A path in it.

    Raises:
        FileNotFoundError: There is no such folder.
        DatasetError: As `call_service`.
    """
    if _lists_flat(system):
        entries = call_service(url, lambda: system.find(folder, detail=True)).values()
        yield from ((str(entry["name"]), entry["size"]) for entry in entries if entry["type"] == "file")
        return
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        folders, files = listed(url, system, folder)
        yield from files.items()
        waiting += reversed(folders)


def listed(url: str, system: Any, folder: str) -> tuple[list[str], dict[str, int | None]]:
    """Return the paths of the folders in a folder, sorted, and of the files in it with their numbers of bytes."""
    folders: list[str] = []
    files: dict[str, int | None] = {}
    for entry in call_service(url, lambda: list(system.ls(folder, detail=True))):
        path = str(entry["name"])
        if entry["type"] == "directory" and path.strip("/") != folder.strip("/"):
            folders.append(path.rstrip("/"))
        elif entry["type"] == "file":
            files[path] = entry["size"]
    return sorted(folders), files


def _lists_flat(system: Any) -> bool:
    """Return whether a file system lists all files below a folder by itself, as buckets do.

    Where it does not, fsspec's `find` lists one folder after another, and leaves out those that cannot be read.
    """
    from fsspec import AbstractFileSystem
    from fsspec.asyn import AsyncFileSystem

    if isinstance(system, AsyncFileSystem):
        return type(system)._find is not AsyncFileSystem._find
    return type(system).find is not AbstractFileSystem.find


def retrying_file(file: Any, url: str) -> IO[bytes]:
    """Return an open file of a service as one that repeats reads that fail."""
    return io.BufferedReader(_RetryingFile(file, url), _BUFFER_BYTES)


class _RetryingFile(io.RawIOBase):
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

        data = call_service(self._url, read)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
