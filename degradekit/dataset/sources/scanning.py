"""Scans sources for photos, and keeps what it finds as columns."""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from degradekit.dataset.columns import binary, numbers, to_numpy
from degradekit.dataset.layout import PLAN, SPLITS
from degradekit.dataset.photos import BATCH_ROWS, UNKNOWN_SIZE, PhotoTable, batches
from degradekit.dataset.sources.base import Candidate, FileSource, Source, portable
from degradekit.dataset.sources.choice import Choice, split_by_name
from degradekit.dataset.sources.hub import PREFIX, find_rows
from degradekit.dataset.sources.lists import is_list, read_list
from degradekit.dataset.sources.paths import PathSource, find_paths
from degradekit.dataset.sources.sieve import ARCHIVE, Sieve
from degradekit.dataset.sources.tars import TarArchive
from degradekit.dataset.sources.urls import UrlSource, find_urls
from degradekit.errors import DatasetError
from degradekit.picture_folders import LeftOut, left_out_lines
from degradekit.storage import Folder, forget_archives, is_url, plain_path, working_folder

Location = str | os.PathLike[str]
MakeSource = Callable[[str, str, str, int | None], Source]
"""Makes a source from location, key, split and size."""
MakeFile = Callable[[str, str, str, int | None], FileSource]


@dataclass(frozen=True)
class Selection:
    """Which photos a build takes.

    Attributes:
        roots: Folders, files, globs or `.txt` lists of files, each as a path or an fsspec URL, or
            `datasets:NAME[:COLUMN][?config=...&split=...&revision=...]`; one or several. A `.tar` file counts as the
            folder of its members.
        include: Globs, or a single one, on the path below a root (`*` matches `/` too): only what matches is taken,
            from LR folders too.
        exclude: Globs, or a single one, of what to leave out.
        strict: Fail at the first photo that cannot be used, instead of skipping it.
    """

    roots: Location | Sequence[Location]
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    strict: bool = False

    @classmethod
    def of(cls, sources: "Location | Sequence[Location] | Selection") -> "Selection":
        """Return a selection as it is, and roots as a selection of all their photos."""
        return sources if isinstance(sources, Selection) else cls(sources)


@dataclass(frozen=True, eq=False)
class Scan:
    """The photos that a scan has found, by key; sources are made when they are asked for.

    Attributes:
        photos: Key, split and size of each.
        locations: The locations of the photos, an Arrow array of bytes in the encoding of the file system.
        kinds: Indices into `makers`, uint32.
        makers: What makes the sources of a kind.
        left_out: How many files were left out, by reason.
    """

    photos: PhotoTable
    locations: pa.Array
    kinds: NDArray[np.uint32]
    makers: tuple[MakeSource, ...]
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.photos)

    def __iter__(self) -> Iterator[Source]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Source:
        location = os.fsdecode(self.locations[index].as_py())
        size = int(self.photos.sizes[index])
        split = SPLITS[self.photos.splits[index]]
        return self.makers[int(self.kinds[index])](
            location, self.photos.keys[index].as_py(), split, None if size == UNKNOWN_SIZE else size
        )

    def take(self, rows: NDArray[Any]) -> "Scan":
        """Return the photos of these indices, in their order."""
        return replace(
            self, photos=self.photos.take(rows), locations=self.locations.take(numbers(rows)), kinds=self.kinds[rows]
        )

    def by_split(self) -> "Scan":
        """Return the photos by split and, within a split, by key."""
        return self.take(np.argsort(self.photos.splits, kind="stable"))

    def outside(self, folder: str) -> "Scan":
        """Return the photos that do not lie in a folder, given by its absolute path without links, or its URL."""
        inside: dict[bytes, bool] = {}
        outer, kept = os.fsencode(folder).rstrip(b"/") + b"/", []
        for part in batches(len(self)):
            for row, location in enumerate(self.locations[part].to_pylist(), part.start):
                parent = location.rpartition(b"/")[0]
                if parent not in inside:
                    normal = parent if b"://" in parent else os.path.realpath(parent)
                    inside[parent] = (normal + b"/").startswith(outer)
                if not inside[parent]:
                    kept.append(row)
        return self if len(kept) == len(self) else self.take(np.array(kept, np.int64))


def scan(sources: Location | Sequence[Location] | Selection) -> Scan:
    """Find the photos of a selection.

    In folders and globs, files are taken by extension, in subfolders too. Folders whose names say LR or LQ are left
    out. Photos in folders whose names say valid or val belong to the split `validation`, those where they say test to
    the split `test`, all others to `train`; the names of the roots themselves count where there are several. Hidden
    files are left out.

    Raises:
        DatasetError: A root does not exist, there are no photos, or two photos have the same key.
    """
    selection = Selection.of(sources)
    roots = _listed(selection.roots)
    sieve = Sieve(Choice(tuple(_listed(selection.include)), tuple(_listed(selection.exclude))))
    collector = _Collector(sieve.left_out)
    forget_archives()
    for root in roots:
        if root.startswith(PREFIX):
            if sieve.choice != Choice():
                raise DatasetError(
                    f"include, exclude: match paths, and rows of a Hugging Face dataset have none (got {root!r})"
                )
            for row in find_rows(root, sieve):
                collector.add(row.column.source, row.location, row.key, row.split, row.size)
        elif is_list(plain_path(root)):
            _scan_list(plain_path(root), sieve, collector)
        else:
            _scan_files(plain_path(root), sieve, collector, several=len(roots) > 1)
    if not len(collector.splits):
        reasons = "".join(f"; {line}" for line in left_out_lines(sieve.left_out.named()))
        raise DatasetError(f"source: no images found in {', '.join(map(repr, roots))}{reasons}")
    return _without_twins(collector.scan())


def absolute(location: str) -> str:
    """Return a path as an absolute one with its links kept, and a URL as it is."""
    return location if is_url(location) or os.path.isabs(location) else f"{working_folder()}/{location}"  # noqa: PTH117


def refuse_inside(selection: Selection, target: Folder) -> None:
    """Refuse roots in the target of a build, which takes nothing from there.

    Raises:
        DatasetError: A root is the target, or lies in it.
    """
    for root in _listed(selection.roots):
        if not root.startswith(PREFIX) and target.contains(Folder.of(root)):
            raise DatasetError(f"source: must not lie in the target, {target.location!r} (got {root!r})")


def _listed(items: Location | Sequence[Location]) -> list[str]:
    """Return one item or several as a list; a text is one item, although it is a sequence of texts too.

    Raises:
        DatasetError: An item is empty, which would be the current folder.
    """
    listed = [os.fspath(item) for item in ([items] if isinstance(items, str | os.PathLike) else items)]
    if not all(map(plain_path, listed)):
        raise DatasetError("source: must be a path, a URL or a glob, and is empty")
    return listed


def _scan_files(root: str, sieve: Sieve, collector: "_Collector", several: bool) -> None:
    if "::" not in root and Folder.of(root).size(PLAN) is not None:
        raise DatasetError(f"source: is a degradekit dataset; `redegrade` degrades its HR tiles anew (got {root!r})")
    make: MakeFile = PathSource
    start = ""
    if is_url(root):
        name, url_root, candidates = find_urls(root, sieve)
        make = url_root.source
    else:
        name, candidates = find_paths(root, sieve)
        # Workers on another machine have other working directories; links in the path are kept.
        start = "" if os.path.isabs(root) else f"{working_folder()}/"  # noqa: PTH117
    prefix = f"{name}/" if name else ""
    files = (each._replace(location=start + each.location) for each in candidates)
    for make_photo, (relative, location, size) in _unpacked(files, make, sieve):
        folder = relative.rpartition("/")[0]
        split = split_by_name(f"{prefix}{folder}" if several else folder)
        collector.add(make_photo, location, portable(f"{prefix}{relative}"), split, size)


def _scan_list(file: str, sieve: Sieve, collector: "_Collector") -> None:
    for line in read_list(file, sieve):
        make: MakeFile = UrlSource if is_url(line.location) else PathSource
        named = Candidate(line.key, absolute(line.location), line.size)
        for make_photo, (key, location, size) in _unpacked([named], make, sieve):
            collector.add(make_photo, location, portable(key), split_by_name(line.folder), size)


def _unpacked(files: Iterable[Candidate], make: MakeFile, sieve: Sieve) -> Iterator[tuple[MakeSource, Candidate]]:
    """Yield files with what makes them photos, and in place of an archive its members."""
    for file in files:
        if file.relative.endswith(ARCHIVE):
            archive = TarArchive(make(file.location, file.relative, "", file.size))
            for member in archive.members(file.relative.removesuffix(ARCHIVE), sieve):
                yield archive.source, member
        else:
            yield make, file


class _Collector:
    """Gathers photos, and turns them into columns a batch at a time: a million Python objects would take 400 MB."""

    def __init__(self, left_out: LeftOut) -> None:
        self._left_out = left_out
        self.splits, self._kinds = array("B"), array("I")
        self._sizes = array("q")
        self._makers: dict[MakeSource, int] = {}
        self._keys: list[bytes] = []
        self._locations: list[bytes] = []
        self._chunks: list[tuple[pa.Array, pa.Array]] = []

    def add(self, make: MakeSource, location: str, key: str, split: str, size: int | None) -> None:
        self._kinds.append(self._makers.setdefault(make, len(self._makers)))
        self._locations.append(os.fsencode(location))
        self._keys.append(key.encode())
        self.splits.append(SPLITS.index(split))
        self._sizes.append(UNKNOWN_SIZE if size is None else size)
        if len(self._keys) == BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._chunks.append(
            (binary(self._keys, large=True).cast(pa.large_string()), binary(self._locations, large=True))
        )
        self._keys, self._locations = [], []

    def scan(self) -> Scan:
        self._flush()
        keys, locations = (pa.concat_arrays(chunks) for chunks in zip(*self._chunks, strict=True))
        photos = PhotoTable(keys, np.array(self.splits), np.array(self._sizes))
        left_out = self._left_out.named()
        return Scan(photos, locations, np.array(self._kinds), tuple(self._makers), left_out)


def _without_twins(scan: Scan) -> Scan:
    """Return the photos by key, each once.

    Raises:
        DatasetError: Two photos have the same key, so that their rows could not be distinguished.
    """
    scan = scan.take(to_numpy(pc.sort_indices(scan.photos.keys), np.uint64))
    keys = scan.photos.keys
    repeated = to_numpy(pc.equal(keys[1:], keys[:-1]).cast(pa.uint8()), np.bool_)
    for row in np.flatnonzero(repeated).tolist():
        one, other = scan[row], scan[row + 1]
        if not one.is_same(other):
            raise DatasetError(
                f"source: two photos have the same key {one.key!r}, their path from the root folder on, after Unicode"
                f" normalization; rename one (got {one.location!r} and {other.location!r})"
            )
    return scan.take(np.flatnonzero(~np.concatenate([[False], repeated]))) if repeated.any() else scan
