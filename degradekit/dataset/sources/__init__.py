"""Finds the photos that a build reads."""

from collections import Counter
from collections.abc import Iterable

from degradekit.dataset.sources import files, hub
from degradekit.dataset.sources.source import DATASETS, Scan, Source, refuse_twins
from degradekit.errors import DatasetError

__all__ = ["DATASETS", "Scan", "Source", "scan"]


def scan(roots: Iterable[str], include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Scan:
    """Find the photos in several places.

    A place is a folder, a file, a glob, or a `.txt` list of files, each as a path or an fsspec URL, or
    `datasets:NAME[:COLUMN]`. In folders and globs, files are taken by extension, in subfolders too. Folders named as
    LR or LQ are left out. Photos in folders named as valid or val become the split `validation`, in those named as
    test the split `test`, all others `train`; the names of the roots themselves count where there are several. Hidden
    files are left out.

    Args:
        roots: The places.
        include: Globs on the path below a root (`*` matches `/` too): only what matches one is taken, from LR
            folders too.
        exclude: Globs of what to leave out.

    Raises:
        DatasetError: There is no such place, no photo in any, or two photos have the same key.
    """
    left_out: Counter[str] = Counter()
    sources: dict[str, Source] = {}
    roots = tuple(roots)
    for root in roots:
        if root.startswith(DATASETS):
            if include or exclude:
                raise DatasetError(
                    f"include, exclude: look at paths, which a Hugging Face dataset has not (got {root!r})"
                )
            found: Iterable[Source] = hub.scan(root, left_out)
        else:
            found = files.scan(root, include, exclude, left_out, several=len(roots) > 1)
        for source in found:
            refuse_twins(sources, source)
            sources[source.key] = source
    if not sources:
        reasons = "".join(f"; left out {count}: {reason}" for reason, count in sorted(left_out.items()))
        raise DatasetError(f"source: no images found in {', '.join(map(repr, roots))}{reasons}")
    return Scan(tuple(sources[key] for key in sorted(sources)), dict(sorted(left_out.items())))
