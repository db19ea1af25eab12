"""Photos behind URLs that fsspec knows."""

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any

from degradekit.dataset.layout import PLAN
from degradekit.dataset.sources.base import Candidate, FileSource, Source, downward, refuse_dataset
from degradekit.dataset.sources.globs import WILDCARD, Tree, fixed_part
from degradekit.dataset.sources.scan_filter import DATASET, ScanFilter
from degradekit.errors import DatasetError, ImageError
from degradekit.folder_walks import Listing, joined
from degradekit.services import call_service, files_below, filesystem, listed, retrying_file

_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, NotImplementedError)
_CACHES = ("simplecache", "filecache", "blockcache")
"""Protocols that stand before a URL and take its path."""


@dataclass(frozen=True, slots=True)
class UrlRoot:
    """The folder that a URL names: how URLs name its files, and how its file system does.

    The names of files may have `::`, `?` or `#`, which have a meaning in URLs, so no path is parsed out of a URL.

    Attributes:
        url: A URL in the file system.
        head: What the URLs of files begin with.
        tail: What they end with: the rest of a chain, as in zip://folder/NAME::s3://bucket/photos.zip.
        base: What paths in the file system begin with.
    """

    url: str
    head: str
    tail: str
    base: str

    def source(self, location: str, key: str, split: str, size: int | None) -> "UrlSource":
        """Return a file below the folder as a photo."""
        return UrlSource(location, key, split, size, self)

    def location(self, path: str) -> str:
        """Return the URL of a file by its path below the folder."""
        return f"{self.head}{path}{self.tail}"

    def resolve(self, location: str) -> tuple[Any, str]:
        """Return the file system, and the path in it of a file that `location` has named."""
        path = location.removeprefix(self.head).removesuffix(self.tail)
        return filesystem(self.url)[0], joined(self.base, path)


@dataclass(frozen=True, slots=True)
class UrlSource(FileSource):
    """A file by its fsspec URL, perhaps one below a root."""

    root: UrlRoot | None = None

    def fetch(self) -> bytes:
        """Return the bytes of the file."""
        system, path = self._resolve()
        try:
            return bytes(system.cat_file(path))
        except Exception as error:  # services raise exceptions of their own
            if "::" in self.location and (isinstance(error, _DAMAGED) or "password required" in str(error)):
                raise ImageError(f"cannot be unpacked: {error}") from None
            raise

    def open(self) -> IO[bytes]:
        """Open the file to read it."""
        system, path = self._resolve()
        return retrying_file(system.open(path, "rb"), self.location)

    def fetch_range(self, start: int, end: int) -> bytes:
        """Return a part of the file."""
        system, path = self._resolve()
        return bytes(system.cat_file(path, start=start, end=end))

    def is_same(self, other: Source) -> bool:
        """Return whether another source is the same file."""
        return isinstance(other, UrlSource) and self.location == other.location

    def _resolve(self) -> tuple[Any, str]:
        return filesystem(self.location) if self.root is None else self.root.resolve(self.location)


@dataclass(frozen=True)
class _UrlTree(Tree):
    """A folder in a file system; its methods raise DatasetError where that cannot be listed.

    Attributes:
        url: The URL in question, for errors.
        system: The file system.
        base: The folder.
        sizes: Bytes of the files that were listed so far, by path, None where they are not known.
    """

    url: str
    system: Any
    base: str
    sizes: dict[str, int | None] = field(default_factory=dict)

    def listed(self, folder: str) -> Listing:
        """Return the names of the folders in a folder, and of everything else in it, sorted."""
        folders, files = listed(self.url, self.system, self._path(folder))
        self.sizes.update((self._below(path), size) for path, size in files.items())
        paths = (map(self._below, folders), map(self._below, files))
        names, file_names = (sorted(path.rpartition("/")[2] for path in each) for each in paths)
        return names, file_names

    def is_link(self, path: str) -> bool:
        """Return that no folder is a link: services have none, or do not report them."""
        return False

    def below(self, folder: str) -> Iterator[str]:
        """Yield all files below a folder."""
        for path, size in files_below(self.url, self.system, self._path(folder)):
            if not path.endswith("/"):  # some tools write an empty file for a folder
                self.sizes[self._below(path)] = size
                yield self._below(path)

    def _path(self, folder: str) -> str:
        return joined(self.base, folder) if folder else self.base

    def _below(self, name: str) -> str:
        return name.strip("/").removeprefix(self.base.strip("/")).lstrip("/")


def find_urls(text: str, scan_filter: ScanFilter) -> tuple[str, UrlRoot, Iterable[Candidate]]:
    """Return the name of the root, the root, and the photos below a folder, in a glob, or the one file.

    Args:
        text: A URL, which may contain wildcards or be chained, as in zip://folder::s3://bucket/photos.zip.
        scan_filter: Decides what is taken.

    Raises:
        DatasetError: There is no such folder or file, or the service refuses this user.
        UnavailableError: The service cannot be reached now.
    """
    front, link, tail = _split_chain(text)
    takes = scan_filter.takes
    nothing = DatasetError(f"source: no such folder or file, or nothing in it (got {text!r})")
    try:
        system, path = call_service(text, lambda: _opened(text))
        system.invalidate_cache()  # photos may have changed since the last build of this process
        path = path.rstrip("/")
        info = _info(text, system, path)
        if info is None and not WILDCARD.search(path):
            raise nothing
        if info is None:
            base, head = fixed_part(path).removeprefix("."), fixed_part(link)
        elif info["type"] == "directory":
            base, head = path, link.rstrip("/") if not link.endswith("://") else link[:-1]
        else:
            base, head = path.rpartition("/")[0], link.rpartition("/")[0]
        root = UrlRoot(text, f"{front}{head}/", tail, base)
        tree = _UrlTree(text, system, base)
        if info is None:
            paths = tree.matching(path.removeprefix(base).lstrip("/"))
        elif info["type"] == "directory":
            paths = list(tree.below(""))
            refuse_dataset(text, PLAN in tree.sizes)
        else:
            takes = scan_filter.takes_named
            paths = [path.rpartition("/")[2]]
            tree.sizes[paths[0]] = info["size"]
    except FileNotFoundError:
        paths = []
    if not paths:
        raise nothing
    for dataset in sorted(each.removesuffix(f"/{PLAN}") for each in tree.sizes if each.endswith(f"/{PLAN}")):
        scan_filter.leave_out(DATASET, dataset)
        paths = [each for each in paths if not each.startswith(f"{dataset}/")]
    files = ((downward(each), root.location(each), tree.sizes[each]) for each in paths)
    candidates = (Candidate(*file) for file in files if takes(file[0]))
    return PurePosixPath(base).name or _archive_name(tail), root, candidates


def _opened(text: str) -> tuple[Any, str]:
    """Return the file system of a URL, which may be an archive, and the path in it."""
    try:
        return filesystem(text)
    except _DAMAGED as error:
        raise DatasetError(f"source: is not a whole archive: {error}; replace it (got {text!r})") from None


def _info(text: str, system: Any, path: str) -> dict[str, Any] | None:
    """Return what a service knows of a file or folder, or None where there is none of that name."""
    if not path:
        return {"type": "directory"}  # the root of an archive
    try:
        info: dict[str, Any] = call_service(text, lambda: system.info(path))
    except FileNotFoundError:
        return None
    if "http" in system.protocol and system.isdir(path):  # a page of links is a file too
        return {"type": "directory"}
    return info


def _split_chain(text: str) -> tuple[str, str, str]:
    """Split a chained URL into what precedes the link with the path, that link, and the rest of the chain."""
    links = text.split("::")
    index = next((index for index, link in enumerate(links) if link not in _CACHES), 0)
    link = links[index] if "://" in links[index] else f"{links[index]}://"
    return "".join(f"{each}::" for each in links[:index]), link, "".join(f"::{each}" for each in links[index + 1 :])


def _archive_name(tail: str) -> str:
    """Return the name of the archive whose root is read, without its extension: the folder that it would unpack to."""
    links = [link for link in tail.split("::") if link and link not in _CACHES]
    return PurePosixPath(links[0].partition("?")[0]).stem if links else ""
