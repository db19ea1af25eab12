"""Scans sources for photos."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from degradekit.dataset.arrow_columns import numbers, to_numpy
from degradekit.dataset.photos import batches
from degradekit.dataset.sources.base import Candidate, FileSource, portable
from degradekit.dataset.sources.choice import Choice, split_by_name
from degradekit.dataset.sources.hub import PREFIX, find_rows
from degradekit.dataset.sources.lists import is_list, read_keys, read_list
from degradekit.dataset.sources.paths import PathSource, find_paths
from degradekit.dataset.sources.scan_filter import ARCHIVE, ScanFilter
from degradekit.dataset.sources.scans import Collector, MakeSource, Scan
from degradekit.dataset.sources.tars import TarArchive
from degradekit.dataset.sources.urls import UrlSource, find_urls
from degradekit.errors import DatasetError
from degradekit.locations import Location, is_url, plain_path, working_folder
from degradekit.picture_folders import left_out_lines
from degradekit.services import forget_archives
from degradekit.storage import Folder

MakeFile = Callable[[str, str, str, int | None], FileSource]
_CHAINED = {".zip": "zip", ".tgz": "tar", ".tar.gz": "tar", ".tar.bz2": "tar", ".tar.xz": "tar"}
"""Protocols of the archives that are read through a chained URL only, by their extensions."""


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
        photos_from: A CSV file, as a path or a URL, whose column `photo` has the keys of the photos to take, such as
            rows of the table of `measure`.
    """

    roots: Location | Iterable[Location]
    include: Iterable[str] = ()
    exclude: Iterable[str] = ()
    strict: bool = False
    photos_from: Location | None = None

    def __post_init__(self) -> None:
        for name in ("roots", "include", "exclude"):  # what can be gone through only once, as `Path.glob`, is kept
            object.__setattr__(self, name, _listed(getattr(self, name)))
        if not self.roots:
            raise DatasetError("source: must be at least one path, URL or glob (got none)")

    @classmethod
    def of(cls, sources: "Location | Iterable[Location] | Selection") -> "Selection":
        """Return a selection as it is, and roots as a selection of all their photos."""
        return sources if isinstance(sources, Selection) else cls(sources)

    def with_low_resolution(self) -> "Selection":
        """Return the selection with photos in folders named LR or LQ, unless `include` says what is taken."""
        if self.include or any(root.startswith(PREFIX) for root in _listed(self.roots)):  # whose rows have no folders
            return self
        return replace(self, include="*")


def scan(sources: Location | Iterable[Location] | Selection) -> Scan:
    """Find the photos of a selection.

    In folders and globs, files are taken by extension, in subfolders too. Folders named LR or LQ are left out.
    Photos in folders named valid or val belong to the split `validation`, those in folders named test to the split
    `test`, all others to `train`; the names of the roots themselves count where there are several. Hidden
    files are left out.

    Raises:
        DatasetError: A root does not exist, there are no photos, two photos have the same key, or `photos_from` names a
            photo that is not there.
    """
    selection = Selection.of(sources)
    keys = None if selection.photos_from is None else read_keys(plain_path(os.fspath(selection.photos_from)))
    roots = _listed(selection.roots)
    scan_filter = ScanFilter(Choice(_listed(selection.include), _listed(selection.exclude)))
    collector = Collector(scan_filter.left_out)
    forget_archives()
    for root in roots:
        if root.startswith(PREFIX):
            if scan_filter.choice != Choice():
                raise DatasetError(
                    f"include, exclude: match paths, and rows of a Hugging Face dataset have none (got {root!r})"
                )
            for row in find_rows(root, scan_filter):
                collector.add(row.column.source, row.location, row.key, row.split, row.size)
        elif is_list(plain_path(root)):
            _scan_list(plain_path(root), scan_filter, collector)
        else:
            _scan_files(plain_path(root), scan_filter, collector, several=len(roots) > 1)
    if not collector:
        reasons = "".join(f"; {line}" for line in left_out_lines(scan_filter.left_out.named()))
        raise DatasetError(f"source: no images found in {', '.join(map(repr, roots))}{reasons}")
    photos = _without_duplicates(collector.scan())
    return photos if keys is None else _chosen(photos, keys)


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


def _listed(items: Location | Iterable[Location]) -> tuple[str, ...]:
    """Return one item or several as a tuple; a text is one item, although it is a sequence of texts too.

    Raises:
        DatasetError: An item is empty, which would be the current folder.
    """
    listed = tuple(os.fspath(item) for item in ([items] if isinstance(items, str | os.PathLike) else items))
    if not all(map(plain_path, listed)):
        raise DatasetError("source: must be a path, a URL or a glob, and is empty")
    return listed


def _scan_files(root: str, scan_filter: ScanFilter, collector: Collector, several: bool) -> None:
    _refuse_archive(root)
    make: MakeFile = PathSource
    start = ""
    if is_url(root):
        name, url_root, candidates = find_urls(root, scan_filter)
        make = url_root.source
    else:
        name, candidates = find_paths(root, scan_filter)
        # Workers on another machine have other working directories; links in the path are kept.
        start = "" if os.path.isabs(root) else f"{working_folder()}/"  # noqa: PTH117
    prefix = f"{name}/" if name else ""
    files = (Candidate(relative, start + location, size) for relative, location, size in candidates)
    for make_photo, (relative, location, size) in _unpacked(files if start else candidates, make, scan_filter):
        folder = relative.rpartition("/")[0]
        split = split_by_name(f"{prefix}{folder}" if several else folder)
        collector.add(make_photo, location, portable(f"{prefix}{relative}"), split, size)


def _refuse_archive(root: str) -> None:
    """Refuse an archive that would be taken for a picture.

    Raises:
        DatasetError: It is one that is not read as a folder.
    """
    protocol = next((name for ending, name in _CHAINED.items() if root.lower().endswith(ending)), None)
    if protocol is not None and "::" not in root and (is_url(root) or os.path.isfile(root)):  # noqa: PTH113
        cure = f"name the photos in it by a chained URL, {protocol}://::{root}"
        raise DatasetError(f"source: is an archive, which is not read as a folder; {cure} (got {root!r})")


def _scan_list(file: str, scan_filter: ScanFilter, collector: Collector) -> None:
    for line in read_list(file, scan_filter):
        make: MakeFile = UrlSource if is_url(line.location) else PathSource
        named = Candidate(line.key, absolute(line.location), line.size)
        for make_photo, (key, location, size) in _unpacked([named], make, scan_filter):
            collector.add(make_photo, location, portable(key), split_by_name(line.folder), size)


def _unpacked(
    files: Iterable[Candidate], make: MakeFile, scan_filter: ScanFilter
) -> Iterator[tuple[MakeSource, Candidate]]:
    """Yield each file with what makes it a photo; instead of an archive, yield its members."""
    for file in files:
        if file.relative.endswith(ARCHIVE):
            archive = TarArchive(make(file.location, file.relative, "", file.size))
            for member in archive.members(file.relative.removesuffix(ARCHIVE), scan_filter):
                yield archive.source, member
        else:
            yield make, file


def _chosen(scan: Scan, keys: set[str]) -> Scan:
    """Return the photos of these keys.

    Raises:
        DatasetError: One of them is not there.
    """
    rows = np.flatnonzero([key in keys for part in batches(len(scan)) for key in scan.photos.keys[part].to_pylist()])
    if len(rows) < len(keys):
        missing = min(keys.difference(scan.photos.keys.take(numbers(rows)).to_pylist()))
        count = f"{len(keys) - len(rows)} of {len(keys)}"
        raise DatasetError(f"photos_from: names photos that are not in the sources, {count}, such as {missing!r}")
    left_out = {"not named by `photos_from`": len(scan) - len(rows)} if len(rows) < len(scan) else {}
    return replace(scan.take(rows), left_out=scan.left_out | left_out)


def _without_duplicates(scan: Scan) -> Scan:
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
