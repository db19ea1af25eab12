"""Reading local files that people name: regular files only, and no longer than what is read from them may be.

To open a named pipe waits for a writer, perhaps forever, and a device may have no end.
"""

import os
import stat
from errno import EFBIG, EINVAL, EISDIR, ELOOP
from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
NOT_REGULAR = (EINVAL, EISDIR, ELOOP)
"""Error numbers of what is not a regular file."""
_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_regular(path: str | os.PathLike[str], max_bytes: int | None = None) -> BinaryIO:
    """Open a regular file to read it; links are followed, and nothing is waited for.

    Args:
        path: A local path.
        max_bytes: The most bytes that the file may have; None takes any size.

    Raises:
        OSError: It cannot be opened, is not a regular file, or has too many bytes; `strerror` has the reason in words.
        ValueError: The path has a null character.
    """
    name = os.fspath(path)
    status = os.stat(name)  # noqa: PTH116 - of each manifest; a device is not even opened, as some notice that
    if not stat.S_ISREG(status.st_mode):
        raise _not_regular(name, status.st_mode)
    file = os.fdopen(os.open(name, _FLAGS), "rb")
    try:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _not_regular(name, status.st_mode)
        if max_bytes is not None and status.st_size > max_bytes:
            raise _too_long(name, max_bytes)
    except BaseException:
        file.close()
        raise
    return file


def read_regular(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Return the content of a regular file; see `open_regular`.

    Raises:
        OSError, ValueError: As `open_regular`; or the file has grown too long.
    """
    with open_regular(path, max_bytes) as file:
        expected = min(os.fstat(file.fileno()).st_size + 2**16, max_bytes + 1)  # as `read` sets memory aside for it
        data = file.read(expected)
        if len(data) == expected:
            data += file.read(max_bytes + 1 - expected)
    if len(data) > max_bytes:
        raise _too_long(os.fspath(path), max_bytes)
    return data


def _not_regular(name: str, mode: int) -> OSError:
    if stat.S_ISDIR(mode):
        return IsADirectoryError(EISDIR, "must be a file, and is a folder", name)
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    return OSError(EINVAL, f"must be a regular file, and is {kind}", name)


def _too_long(name: str, max_bytes: int) -> OSError:
    return OSError(EFBIG, f"must have at most {max_bytes:,} bytes", name)
