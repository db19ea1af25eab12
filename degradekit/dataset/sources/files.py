"""Photos in folders, on a disk or behind a URL, as people have them."""

import codecs
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from degradekit.dataset.sources.source import Source, portable
from degradekit.errors import DatasetError
from degradekit.picture_files import EXTENSIONS
from degradekit.storage import filesystem, is_url, plain_path, reachable

_MAGIC = re.compile(r"[*?\[]")
_SIZE = re.compile(r" \(\d+,\d+,\d+\)$")
"""What follows the name in the lists of BasicSR."""

# Folder names such as LR, DIV2K_train_LR_bicubic, Flickr2K_LR_unknown, LRbicx4, LRx4, LQ.
_LOW_RESOLUTION = re.compile(r"(?:^|[^a-z])(?:lr|lq)(?:$|[^a-z]|x\d|bic)", re.IGNORECASE)
_VALIDATION = re.compile(r"(?:^|[^a-z])(?:val|valid|validation)(?:$|[^a-z])", re.IGNORECASE)
_TEST = re.compile(r"(?i:(?:^|[^a-z])test(?:$|[^a-z]))|[a-z]Test(?:$|[^a-z])")

Found = Iterable[tuple[PurePosixPath, str, int | None]]
"""Path below the root, place, bytes."""


def scan(
    text: str, include: tuple[str, ...], exclude: tuple[str, ...], left_out: Counter[str], several: bool = False
) -> Iterator[Source]:
    """The photos of one folder, file, glob, or list of files, each a path or a URL.

    Args:
        text: The place.
        include: Globs on the path below the root, of what to take.
        exclude: Globs of what to leave out.
        left_out: Counts what is not taken, by reason.
        several: Whether it is one of several, so that its own name tells the split too.

    Raises:
        DatasetError: There is no such thing, or it cannot be reached.
    """
    text = plain_path(text)
    if PurePosixPath(text).suffix == ".txt" and _is_file(text):
        for line, source in _listed(text):
            reason = _chosen(line, include, exclude)
            if reason:
                left_out[reason] += 1
            else:
                yield source
        return
    name, found = _look(text, left_out)
    for relative, place, size in found:
        reason = _why_not(relative, include, exclude)
        if reason:
            left_out[reason] += 1
        else:
            key = portable(f"{name}/{relative}" if name else str(relative))
            yield Source(place, key, _split(name / relative if several else relative), size)


def _look(text: str, left_out: Counter[str]) -> tuple[str, Found]:
    """The root's name, and the files below it."""
    if is_url(text):
        return _look_behind_url(text)
    root = Path(text)
    if root.is_dir():
        return _name(root), ((path, os.fspath(root / path), _size(root / path)) for path in _files(root, left_out))
    if root.exists():
        return _name(root.parent), [(PurePosixPath(root.name), text, _size(root))]
    if _MAGIC.search(text):
        base = Path(_fixed_part(text))
        matched = base.glob(os.path.relpath(text, base))
        files = {path / below for path in matched for below in (_files(path, left_out) if path.is_dir() else [""])}
        found = [
            (PurePosixPath(path.relative_to(base).as_posix()), os.fspath(path), _size(path)) for path in sorted(files)
        ]
        return _name(base), found
    raise DatasetError(f"source: no such folder or file (got {text!r})")


def _look_behind_url(text: str) -> tuple[str, Found]:
    system, path = filesystem(text)
    path = path.rstrip("/")
    head, chained, chain = text.partition("::")  # as in zip://folder::s3://bucket/photos.zip
    try:
        with reachable(text):
            if _MAGIC.search(path) and not system.exists(path):
                base, head = _fixed_part(path), _fixed_part(head)
                entries = system.glob(path, detail=True)
            else:
                if system.isdir(path):
                    base, head = path, head.rstrip("/")
                else:
                    base, head = path.rpartition("/")[0], head.rpartition("/")[0]
                entries = system.find(path, detail=True)
    except FileNotFoundError:
        entries = {}
    if not entries:
        raise DatasetError(f"source: no such folder or file, or nothing in it (got {text!r})")
    found = []
    for name, entry in sorted((str(name), entry) for name, entry in entries.items() if entry["type"] == "file"):
        relative = name.strip("/").removeprefix(base.strip("/")).lstrip("/")
        found.append((PurePosixPath(relative), f"{head}/{relative}{chained}{chain}", entry["size"]))
    return PurePosixPath(base).name, found


def _listed(text: str) -> Iterator[tuple[PurePosixPath, Source]]:
    """The files that a text file names, one a line, and the lines; relative ones lie below the list's folder."""
    with reachable(text):
        system, path = filesystem(text)
        content = system.cat_file(path).removeprefix(codecs.BOM_UTF8)
    if b"\0" in content:
        raise DatasetError(f"source: must be a text file with one path a line, in UTF-8 (got {text!r})")
    folder = path.rpartition("/")[0]
    for number, raw in enumerate(content.split(b"\n"), 1):
        line = _SIZE.sub("", os.fsdecode(raw.removesuffix(b"\r")))
        if not line.strip() or line.startswith("#"):
            continue
        if is_url(line) or line.startswith("/"):
            place, key = line, line.partition("://")[2] or posixpath.normpath(line).lstrip("/")
            named = PurePosixPath(*PurePosixPath(line).parts[-2:])  # folders further up say nothing about the photos
        else:
            line = posixpath.normpath(line)
            place = f"{text.rpartition('/')[0]}/{line}" if "/" in text else line
            named = PurePosixPath(line)
            key = posixpath.normpath(f"{PurePosixPath(folder).name}/{line}").removeprefix("../")
        if _is_folder(place):
            raise DatasetError(f"source: line {number} of {text!r} is a folder; a list names files (got {line!r})")
        size = None if is_url(place) else _size(Path(place))
        yield PurePosixPath(line), Source(place, portable(key), _split(named), size)


def _is_file(text: str) -> bool:
    if not is_url(text):
        return Path(text).is_file()
    with reachable(text):
        system, path = filesystem(text)
        return bool(system.isfile(path))


def _is_folder(text: str) -> bool:
    return not is_url(text) and Path(text).is_dir()


def _name(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name  # noqa: PTH100 - resolving links would rename the root


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None  # told when it is read


def _fixed_part(pattern: str) -> str:
    """The folders before the first one with a wildcard."""
    parts = pattern.split("/")
    fixed = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ".")


def _files(base: Path, left_out: Counter[str]) -> Iterator[PurePosixPath]:
    """All files below, by relative path; links are followed, but no folder is entered twice."""

    def unreadable(error: OSError) -> None:
        left_out[f"folder that cannot be read: {portable(str(Path(str(error.filename)).relative_to(base)))}"] += 1

    entered: set[tuple[int, int]] = set()
    for folder, subfolders, files in os.walk(base, onerror=unreadable, followlinks=True):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in entered:
            subfolders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        subfolders.sort()
        relative = PurePosixPath(Path(folder).relative_to(base).as_posix())
        for file in sorted(files):
            yield relative / file


def _why_not(relative: PurePosixPath, include: tuple[str, ...], exclude: tuple[str, ...]) -> str | None:
    """Why a file is left out, or None."""
    if any(part.startswith(".") for part in relative.parts):
        return "hidden files"
    if relative.suffix.lower() not in EXTENSIONS:
        return "not images by their names"
    if include or exclude:
        reason = _chosen(relative, include, exclude)
        if reason or include:
            return reason
    for part in relative.parts[:-1]:
        if _LOW_RESOLUTION.search(part):
            return f"LR images in {portable(part)}/ (--include takes them)"
    return None


def _chosen(relative: PurePosixPath, include: tuple[str, ...], exclude: tuple[str, ...]) -> str | None:
    """Why the person who builds leaves a file out, or None."""
    text = str(relative)
    if any(fnmatchcase(text, pattern) for pattern in exclude):
        return "excluded by --exclude"
    if include and not any(fnmatchcase(text, pattern) for pattern in include):
        return "not matched by --include"
    return None


def _split(relative: PurePosixPath) -> str:
    folders = relative.parts[:-1]
    if any(_VALIDATION.search(folder) for folder in folders):
        return "validation"
    return "test" if any(_TEST.search(folder) for folder in folders) else "train"
