"""Wildcards in paths and URLs, in the same way for both."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache

from degradekit.folder_walks import Listing, joined

WILDCARD = re.compile(r"[*?\[]")


class Tree(ABC):
    """A folder with its subfolders, in which paths are relative to it, with slashes, and the folder itself is empty."""

    @abstractmethod
    def listed(self, folder: str) -> Listing:
        """Return the names of the folders in a folder, and of everything else in it, sorted."""

    @abstractmethod
    def is_link(self, path: str) -> bool:
        """Return whether a folder is a link to another."""

    @abstractmethod
    def below(self, folder: str) -> Iterator[str]:
        """Yield all files below a folder."""

    def matching(self, pattern: str) -> list[str]:
        """Return the files that match a pattern, or lie below a folder that does, sorted.

        Args:
            pattern: Relative to the tree; `**` stands for any number of folders, of which links are not entered.
        """
        listed = cache(self.listed)  # `**` comes to the same folder in two ways
        paths: set[str] = set()
        waiting: list[tuple[str, list[str]]] = [("", pattern.split("/"))]
        while waiting:
            folder, parts = waiting.pop()
            if not parts:
                paths.update(self.below(folder))
                continue
            folders, files = listed(folder)
            first, *rest = parts
            if first == "**":
                waiting.append((folder, rest))
                inner = [joined(folder, name) for name in folders]
                waiting += [(path, parts) for path in inner if not self.is_link(path)]
                continue
            waiting += [(joined(folder, name), rest) for name in folders if fnmatchcase(name, first)]
            if not rest:
                paths.update(joined(folder, name) for name in files if fnmatchcase(name, first))
        return sorted(paths)


def fixed_part(pattern: str) -> str:
    """Return the folders before the first part with a wildcard."""
    parts = pattern.split("/")
    fixed = next(index for index, part in enumerate(parts) if WILDCARD.search(part))
    return "/".join(parts[:fixed]) or ("/" if pattern.startswith("/") else ".")
