"""Text files that list photos, one a line."""

import codecs
import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from degradekit.dataset.sources.paths import size_of
from degradekit.errors import DatasetError
from degradekit.storage import filesystem, is_url, reachable

_SIZE = re.compile(r" \(\d+,\d+,\d+\)$")
"""What follows the name in the lists of BasicSR."""


class Line(NamedTuple):
    """A photo that a list names.

    Attributes:
        text: The line.
        location: A path or a URL.
        key: Its name in the dataset.
        folder: The folders whose names decide the split.
        size: In bytes, or None where that cannot be seen.
    """

    text: str
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
    with reachable(text):
        system, path = filesystem(text)
        return bool(system.isfile(path))


def read_list(text: str) -> Iterator[Line]:
    """Yield the photos of a list; relative lines lie below the folder of the list.

    Raises:
        DatasetError: It is not UTF-8 text, or a line is a folder.
    """
    with reachable(text):
        system, path = filesystem(text)
        content = system.cat_file(path).removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise DatasetError(f"source: must be a text file with one path a line, in UTF-8 (got {text!r})")
    root = PurePosixPath(path.rpartition("/")[0]).name
    for number, raw in enumerate(content.split(b"\n"), 1):
        line = _SIZE.sub("", os.fsdecode(raw.removesuffix(b"\r")))
        if not line.strip() or line.startswith("#"):
            continue
        if is_url(line) or line.startswith("/"):
            location, key = line, line.partition("://")[2] or posixpath.normpath(line).lstrip("/")
            # Folders further up say nothing about the photos.
            folder = PurePosixPath(line).parent.name
        else:
            line = posixpath.normpath(line)
            location = f"{text.rpartition('/')[0]}/{line}" if "/" in text else line
            key = posixpath.normpath(f"{root}/{line}").removeprefix("../")
            folder = posixpath.dirname(line)
        if not is_url(location) and Path(location).is_dir():
            raise DatasetError(f"source: line {number} of {text!r} is a folder; a list names files (got {line!r})")
        yield Line(line, location, key, folder, None if is_url(location) else size_of(location))
