"""Photos in tar files, as WebDataset and img2dataset write them: the members of a folder that is one file.

The scan walks from header to header and keeps where each member lies, so that a build reads any of them at once. The
names of members are keys and never paths; what is not a plain file, such as a link or a device, is left out.
"""

import io
import posixpath
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from degradekit.dataset.sources.base import Candidate, FileSource, Source, downward, portable
from degradekit.dataset.sources.scan_filter import ARCHIVE, ScanFilter
from degradekit.errors import DatasetError, DegradekitError
from degradekit.retrying import unavailable_error, with_retries

_PLAIN = (tarfile.REGTYPE, tarfile.AREGTYPE)
_WITHOUT_PHOTO = (tarfile.DIRTYPE, tarfile.XGLTYPE)
_NO_PHOTOS = {"lr": "LR images", "lq": "LR images", "hr_usm": "sharpened images", "gt_usm": "sharpened images"}
"""What members of these extensions are, as in NAME.lr.png, beside NAME.hr.png."""


@dataclass(frozen=True, slots=True)
class TarArchive:
    """A tar file.

    Attributes:
        file: The file, wherever it is.
    """

    file: FileSource

    def source(self, location: str, key: str, split: str, size: int | None) -> "TarMember":
        """Return a member as a photo."""
        return TarMember(location, key, split, size, self)

    def members(self, folder: str, scan_filter: ScanFilter) -> Iterator[Candidate]:
        """Yield the photos among the members.

        Args:
            folder: The path of the archive below the root, without its extension; members count as lying in it.
            scan_filter: Decides what is taken.

        Raises:
            DatasetError: The file is not a whole tar file.
            UnavailableError: It cannot be read now.
        """
        location, end = self.file.location, 0
        try:
            with with_retries(self.file.open) as opened, tarfile.open(fileobj=opened, mode="r:") as tar:
                while (member := tar.next()) is not None:
                    tar.members.clear()  # type: ignore[attr-defined] # it keeps all of them otherwise
                    if member.offset < end or member.size < 0:
                        raise tarfile.ReadError(f"the header at byte {member.offset} is damaged")
                    name = f"{folder}/{downward(member.name)}"
                    end = member.offset_data + (member.size if member.type in _PLAIN else 0)
                    if member.type in _PLAIN and not member.issparse():
                        if _takes(name, scan_filter):
                            yield Candidate(name, f"{location}#{member.offset}-{end}", member.size)
                    elif member.type not in _WITHOUT_PHOTO:
                        scan_filter.leave_out("links and devices in archives", name)
                _refuse_damaged_header(opened, tar.offset)
        except DegradekitError:
            raise
        except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
            raise DatasetError(
                f"source: is not a whole tar file: {error}; replace it, or leave it out with `exclude`"
                f" (got {location!r})"
            ) from None
        except Exception as error:  # services raise exceptions of their own
            raise unavailable_error("source: an archive cannot be read", location, error) from error


@dataclass(frozen=True, slots=True)
class TarMember(Source):
    """A member of a tar file; behind `#`, its location has where it begins, its headers included, and where it ends."""

    archive: TarArchive

    def fetch(self) -> bytes:
        """Return the bytes of the member, if it is still where the scan has seen it."""
        start, end = map(int, self.location.rpartition("#")[2].split("-"))
        data = self.archive.file.fetch_range(start, end)
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
                member = tar.next()
                if member is not None and member.type in _PLAIN and self._is_named(member.name):
                    return data[member.offset_data :]
        except tarfile.TarError:
            pass
        raise OSError("the archive changed after the plan was made")

    def _is_named(self, name: str) -> bool:
        return self.key.endswith(portable(f"/{downward(name)}"))


def _takes(name: str, scan_filter: ScanFilter) -> bool:
    extensions = posixpath.basename(name).lower().split(".")[1:-1]
    reason = next((f"{_NO_PHOTOS[each]} in archives" for each in extensions if each in _NO_PHOTOS), None)
    if reason is None and name.endswith(ARCHIVE):
        reason = "archives in archives"
    if reason:
        scan_filter.leave_out(reason, name)
    return not reason and scan_filter.takes(name)


def _refuse_damaged_header(opened: IO[bytes], offset: int) -> None:
    """Refuse an archive that goes on where `tarfile` has stopped: it takes a damaged header for the end."""
    opened.seek(offset)
    if any(opened.read(tarfile.BLOCKSIZE)):
        raise tarfile.ReadError(f"the header at byte {offset} is damaged")
