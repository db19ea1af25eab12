"""Lists folders on the disks of this machine for a scan, which no failure may make shorter."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from errno import ELOOP
from functools import partial
from pathlib import Path

from degradekit.dataset.layout import PLAN
from degradekit.dataset.sources.globs import Tree
from degradekit.dataset.sources.scan_filter import DATASET, ScanFilter
from degradekit.folder_walks import Listing, files_below, list_folder
from degradekit.retrying import is_denied, unavailable_error, with_retries

_NOTHING = (FileNotFoundError, NotADirectoryError, ValueError)  # the last for a name with a null character


@dataclass(frozen=True)
class DiskTree(Tree):
    """A folder of this machine; its methods raise UnavailableError, or DatasetError where this user may not read it.

    Attributes:
        path: The folder.
        scan_filter: Decides which folders need not be read.
    """

    path: str
    scan_filter: ScanFilter

    def listed(self, folder: str) -> Listing:
        """Return the names of the folders in a folder, and of everything else in it, sorted."""
        path = self._inner(folder)
        try:
            folders, others = with_retries(partial(list_folder, path), final=(PermissionError,))
        except OSError as error:
            if is_denied(error) and folder and not self.scan_filter.enters(folder):
                return [], []
            raise unavailable_error(
                "source: a folder cannot be read, and `exclude` does not leave it out", path, error
            ) from error
        if folder and "meta" in folders and Path(path, PLAN).exists():
            self.scan_filter.leave_out(DATASET, folder)
            return [], []
        return folders, others

    def is_link(self, path: str) -> bool:
        """Return whether a folder is a link to another."""
        return Path(self._inner(path)).is_symlink()

    def below(self, folder: str) -> Iterator[str]:
        """Yield all files below a folder; see `folder_walks.files_below`."""
        yield from files_below(folder, self.listed, lambda inner: status_of(self._inner(inner)))

    def _inner(self, path: str) -> str:
        return f"{self.path}/{path}" if path else self.path


def status_of(path: str) -> os.stat_result | None:
    """Return the status of a file or folder, links followed; None where there is nothing.

    Raises:
        DatasetError: This user may not read it.
        UnavailableError: It cannot be read now.
    """
    try:
        return os.stat(path)  # noqa: PTH116 - called for each photo, and twice as fast
    except _NOTHING:
        return None
    except OSError as error:
        if error.errno == ELOOP:  # a link in a circle
            return None
    try:
        return with_retries(Path(path).stat, final=(PermissionError, *_NOTHING))
    except _NOTHING:
        return None
    except OSError as error:
        raise unavailable_error("source: cannot be read", path, error) from error
