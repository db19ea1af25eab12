"""Which files of a folder are photos for a build, and which split they belong to, by their names."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from degradekit.dataset.sources.base import portable
from degradekit.picture_folders import HIDDEN, why_not_a_picture

# Folder names such as LR, DIV2K_train_LR_bicubic, Flickr2K_LR_unknown, LRbicx4, LRx4, LQ.
LOW_RESOLUTION = re.compile(r"(?:^|[^a-z])(?:lr|lq)(?:$|[^a-z]|x\d|bic)", re.IGNORECASE)
SHARPENED = re.compile(r"(?:^|[^a-z])(?:hr|gt)_usm(?:$|[^a-z])", re.IGNORECASE)
_VALIDATION = re.compile(r"(?:^|[^a-z])(?:val|valid|validation)(?:$|[^a-z])", re.IGNORECASE)
_TEST = re.compile(r"(?i:(?:^|[^a-z])test(?:$|[^a-z]))|[a-z]Test(?:$|[^a-z])")


@dataclass(frozen=True)
class Choice:
    """Globs on the path below a root, in which `*` matches slashes too.

    Attributes:
        include: Only what matches one of these is taken, from LR folders too; if there are none, everything is.
        exclude: What matches one of these is left out.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def why_not_listed(self, path: str) -> str | None:
        """Return why a file that a list names is left out, or None if it is taken."""
        if any(fnmatchcase(path, pattern) for pattern in self.exclude):
            return "excluded by `exclude`"
        if self.include and not any(fnmatchcase(path, pattern) for pattern in self.include):
            return "not matched by `include`"
        return None

    def why_not_entered(self, folder: str) -> str | None:
        """Return why a folder or an archive is not looked into, or None if it is."""
        if any(part.startswith(".") for part in folder.split("/")):
            return HIDDEN
        excluded = any(fnmatchcase(path, pattern) for path in (folder, f"{folder}/") for pattern in self.exclude)
        return "excluded by `exclude`" if excluded else None

    def why_not(self, path: str) -> str | None:
        """Return why a file in a folder is left out, or None if it is taken."""
        folder, _, name = path.rpartition("/")
        hidden, no_photos = _look_at(folder)
        not_a_picture = HIDDEN if hidden else why_not_a_picture(name)
        if not_a_picture:
            return not_a_picture
        if self.include or self.exclude:
            reason = self.why_not_listed(path)
            if reason or self.include:
                return reason
        return no_photos and f"{no_photos} (`include` takes them)"


@lru_cache(maxsize=4096)
def _look_at(folder: str) -> tuple[bool, str | None]:
    """Return whether a path holds a hidden folder, and what its first folder holds whose name is not one of photos."""
    parts = folder.split("/")
    kinds = {"LR images": LOW_RESOLUTION, "sharpened images": SHARPENED}
    no_photos = (f"{kind} in {portable(part)}/" for part in parts for kind in kinds if kinds[kind].search(part))
    return any(part.startswith(".") for part in parts), next(no_photos, None)


@lru_cache(maxsize=4096)
def split_by_name(folder: str) -> str:
    """Return the split of the photos in a folder: `validation` or `test` by the names in its path."""
    parts = folder.split("/")
    if any(_VALIDATION.search(part) for part in parts):
        return "validation"
    return "test" if any(_TEST.search(part) for part in parts) else "train"
