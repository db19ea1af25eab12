"""Decides which files a scan takes, and counts those that it leaves out."""

from dataclasses import dataclass, field

from degradekit.dataset.sources.choice import Choice
from degradekit.picture_folders import LeftOut

ARCHIVE = ".tar"
"""The extension of files that hold photos."""
DATASET = "degradekit datasets, whose pictures are tiles and LRs"
"""Why a folder with a plan is not looked into."""


@dataclass(frozen=True)
class ScanFilter:
    """Decides for every kind of source what is taken.

    Attributes:
        choice: Which files are taken.
        left_out: How many were not, by reason.
    """

    choice: Choice
    left_out: LeftOut = field(default_factory=LeftOut)

    def takes(self, path: str) -> bool:
        """Return whether a file in a folder is taken, by its path below the root; an archive counts as a folder."""
        if path.endswith(ARCHIVE):
            return self.enters(path)
        return not self._counted(self.choice.why_not(path), path)

    def takes_named(self, path: str) -> bool:
        """Return whether a file is taken that is named itself, so that its content decides and not its name."""
        return self.enters(path) if path.endswith(ARCHIVE) else self.takes_line(path)

    def takes_line(self, line: str) -> bool:
        """Return whether a file that a list names is taken."""
        return not self._counted(self.choice.why_not_listed(line), line)

    def enters(self, folder: str) -> bool:
        """Return whether a folder or an archive is looked into."""
        return not self._counted(self.choice.why_not_entered(folder), folder)

    def leave_out(self, reason: str, name: str) -> None:
        """Count something that is left out."""
        self.left_out.add(reason, name)

    def _counted(self, reason: str | None, name: str) -> bool:
        if reason:
            self.leave_out(reason, name)
        return bool(reason)
