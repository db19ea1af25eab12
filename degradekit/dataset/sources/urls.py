"""Photos behind URLs that fsspec knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from degradekit.dataset.sources.base import Candidate, Source
from degradekit.dataset.sources.paths import WILDCARD, fixed_part
from degradekit.errors import DatasetError
from degradekit.storage import filesystem, reachable


@dataclass(frozen=True, slots=True)
class UrlSource(Source):
    """A file by its fsspec URL."""

    def fetch(self) -> bytes:
        """Return the bytes of the file."""
        system, path = filesystem(self.location)
        try:
            return bytes(system.cat_file(path))
        except OSError:
            raise
        except Exception as error:  # services raise exceptions of their own
            raise OSError(str(error) or type(error).__name__) from error


def find_urls(text: str) -> tuple[str, Iterable[Candidate]]:
    """Return the name of the root, and the files below a folder, in a glob, or the one file.

    Args:
        text: A URL, which may contain wildcards or be chained, as in zip://folder::s3://bucket/photos.zip.

    Raises:
        DatasetError: There is no such folder or file, or the service does not answer.
    """
    system, path = filesystem(text)
    path = path.rstrip("/")
    head, chained, chain = text.partition("::")
    try:
        with reachable(text):
            if WILDCARD.search(path) and not system.exists(path):
                base, head = fixed_part(path), fixed_part(head)
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
    candidates = []
    for name, entry in sorted((str(name), entry) for name, entry in entries.items() if entry["type"] == "file"):
        relative = name.strip("/").removeprefix(base.strip("/")).lstrip("/")
        candidates.append(Candidate(relative, f"{head}/{relative}{chained}{chain}", entry["size"]))
    return PurePosixPath(base).name, candidates
