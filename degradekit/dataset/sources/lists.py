"""Files that list photos: text, a path a line, or a table with their keys."""

import codecs
import csv
import io
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from degradekit.dataset.sources.disks import status_of
from degradekit.dataset.sources.scan_filter import ScanFilter
from degradekit.errors import DatasetError
from degradekit.limits import MAX_LIST_BYTES
from degradekit.locations import is_url
from degradekit.regular_files import read_regular
from degradekit.retrying import unavailable_error, with_retries
from degradekit.services import call_service, filesystem

_SIZE = re.compile(r" \(\d+,\d+,\d+\)$")
"""What follows the name in the lists of BasicSR."""


class Line(NamedTuple):
    """A photo that a list names.

    Attributes:
        location: A path or a URL.
        key: Its name in the dataset.
        folder: The folders whose names decide the split.
        size: Bytes of the file, or None where that is not known.
    """

    location: str
    key: str
    folder: str
    size: int | None


def is_list(text: str) -> bool:
    """Return whether a path or URL is a text file rather than a folder of that name."""
    if PurePosixPath(text).suffix != ".txt":
        return False
    if not is_url(text):
        return Path(text).is_file()
    system, path = filesystem(text)
    try:
        return bool(call_service(text, lambda: system.info(path))["type"] == "file")
    except FileNotFoundError:
        return False


def read_list(text: str, scan_filter: ScanFilter) -> Iterator[Line]:
    """Yield the photos of a list; relative lines lie below the folder of the list.

    Args:
        text: A path or URL.
        scan_filter: Decides which lines are taken.

    Raises:
        DatasetError: It is not UTF-8 text, or a line names something else than a file.
    """
    path, content = _read(text)
    if b"\0" in content:
        raise DatasetError(f"source: must be a text file with one path a line, in UTF-8 (got {text!r})")
    root = PurePosixPath(path.rpartition("/")[0]).name
    for line_number, raw in enumerate(content.split(b"\n"), 1):
        line = _SIZE.sub("", os.fsdecode(raw.removesuffix(b"\r")))
        if not line.strip() or line.startswith("#"):
            continue
        if is_url(line) or line.startswith("/"):
            location, key = line, line.partition("://")[2] or posixpath.normpath(line).lstrip("/")
            # Folders further up do not describe the photos.
            folder = PurePosixPath(line).parent.name
        else:
            line = posixpath.normpath(line)
            location = f"{text.rpartition('/')[0]}/{line}" if "/" in text else line
            key = posixpath.normpath(f"{root}/{line}").removeprefix("../")
            folder = posixpath.dirname(line)
        if not scan_filter.takes_line(line):
            continue
        size = None if is_url(location) else _size(location, f"line {line_number} of {text!r}", line)
        yield Line(location, key, folder, size)


def read_keys(text: str) -> set[str]:
    """Return the keys in the column `photo` of a CSV file, as `degradekit measure` writes it.

    Args:
        text: A path or URL.

    Raises:
        DatasetError: It cannot be read, has no such column, or names no photo.
    """
    try:
        table = csv.reader(io.StringIO(_read(text)[1].decode(), newline=""), strict=True)
        column = next(table, []).index("photo")
        keys = {row[column] for row in table if row}
    except (UnicodeDecodeError, IndexError, ValueError, csv.Error):
        rule = "must be a CSV file in UTF-8 with a column `photo`, as `degradekit measure` writes it"
        raise DatasetError(f"photos_from: {rule} (got {text!r})") from None
    if not keys:
        raise DatasetError(f"photos_from: must name at least one photo (got {text!r})")
    return keys


def _read(text: str) -> tuple[str, bytes]:
    """Return the path of a list in its file system, and its content."""
    if is_url(text):
        system, path = filesystem(text)
        content = call_service(text, lambda: bytes(system.cat_file(path)))
    else:
        path = os.path.abspath(text)  # noqa: PTH100 - resolving links would rename the root
        try:
            content = with_retries(partial(read_regular, text, MAX_LIST_BYTES))
        except OSError as error:
            raise unavailable_error("source: the list cannot be read", text, error) from error
    return path, content.removeprefix(codecs.BOM_UTF8)


def _size(path: str, where: str, line: str) -> int:
    status = status_of(path)
    if status is None:
        raise DatasetError(f"source: {where} names a file that does not exist (got {line!r})")
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, a socket or a device"
        raise DatasetError(f"source: {where} is {kind}; a list names files (got {line!r})")
    return status.st_size
