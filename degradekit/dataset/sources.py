"""Finds the photos in a folder as people have it on disk."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from degradekit.errors import DatasetError

EXTENSIONS = frozenset((".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif"))

# Folder names such as LR, DIV2K_train_LR_bicubic, Flickr2K_LR_unknown, LRbicx4, LRx4, LQ.
_LOW_RESOLUTION = re.compile(r"(?:^|[^a-z])(?:lr|lq)(?:$|[^a-z]|x\d|bic)", re.IGNORECASE)
_VALIDATION = re.compile(r"(?:^|[^a-z])(?:val|valid|validation)(?:$|[^a-z])", re.IGNORECASE)
_TEST = re.compile(r"(?i:(?:^|[^a-z])test(?:$|[^a-z]))|[a-z]Test(?:$|[^a-z])")


@dataclass(frozen=True)
class Source:
    """One photo: where it is, what it is called in the dataset, and the split it belongs to."""

    path: str
    key: str
    split: str


@dataclass(frozen=True)
class Scan:
    """The photos found, by key, and how many files were left out for which reason."""

    sources: tuple[Source, ...]
    left_out: dict[str, int]


def scan(root: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Scan:
    """Find the photos under a folder, or take a single file.

    Files are taken by extension, in subfolders too. Folders named as LR or LQ are left out. Photos in folders named
    as valid or val become the split `validation`, in those named as test the split `test`, all others `train`. Hidden
    files are left out.

    Args:
        root: A folder or one image file.
        include: Globs on the path below the root (`*` matches `/` too): only what matches one is taken, from LR
            folders too.
        exclude: Globs of what to leave out.

    Raises:
        DatasetError: No such folder, or no photo in it, or two photos of one name after Unicode normalization.
    """
    if not root.exists():
        raise DatasetError(f"source: no such folder or file (got {os.fspath(root)!r})")
    base = root if root.is_dir() else root.parent
    name = Path(os.path.abspath(base)).name  # noqa: PTH100 - resolving links would rename the root
    left_out: Counter[str] = Counter()
    sources: dict[str, Source] = {}
    for relative in _files(base, left_out) if root.is_dir() else iter((PurePosixPath(root.name),)):
        reason = _why_not(relative, include, exclude)
        if reason:
            left_out[reason] += 1
            continue
        key = _portable(f"{name}/{relative}" if name else str(relative))
        if key in sources:
            raise DatasetError(f"source: two photos have the same name after Unicode normalization (got {key!r})")
        sources[key] = Source(os.fspath(base / relative), key, _split(relative))
    if not sources:
        found = "".join(f"; left out {count}: {reason}" for reason, count in sorted(left_out.items()))
        raise DatasetError(f"source: no images found in {os.fspath(root)!r}{found}")
    return Scan(tuple(sources[key] for key in sorted(sources)), dict(sorted(left_out.items())))


def _files(base: Path, left_out: Counter[str]) -> Iterator[PurePosixPath]:
    """All files below, by relative path; links are followed, but no folder is entered twice."""

    def unreadable(error: OSError) -> None:
        left_out[f"folder that cannot be read: {_portable(str(Path(str(error.filename)).relative_to(base)))}"] += 1

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
    text = str(relative)
    if any(part.startswith(".") for part in relative.parts):
        return "hidden files"
    if relative.suffix.lower() not in EXTENSIONS:
        return "not images by their names"
    if any(fnmatchcase(text, pattern) for pattern in exclude):
        return "excluded by --exclude"
    if include:
        return None if any(fnmatchcase(text, pattern) for pattern in include) else "not matched by --include"
    for part in relative.parts[:-1]:
        if _LOW_RESOLUTION.search(part):
            return f"LR images in {_portable(part)}/ (--include takes them)"
    return None


def _split(relative: PurePosixPath) -> str:
    folders = relative.parts[:-1]
    if any(_VALIDATION.search(folder) for folder in folders):
        return "validation"
    return "test" if any(_TEST.search(folder) for folder in folders) else "train"


def _portable(path: str) -> str:
    """A path as text that is the same on every system: NFC, undecodable bytes escaped."""
    decodable = os.fsencode(path).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", decodable)
